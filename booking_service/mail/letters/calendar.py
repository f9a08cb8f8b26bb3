"""What a host is told about their calendar:
it can't be read, it changed over a booking, many events are gone from it."""

from dataclasses import dataclass
from datetime import datetime

from calendars.errors import explain_kind

from ...domain.booking import Booking
from ...domain.effects import MailKind
from ...domain.meeting import MeetingType
from ...domain.people import Host, Organisation
from ...language import language_of
from ..headers import Mailbox, clean
from ..message import OutgoingMail, stable_message_id
from .blocks import Button, Fact, Letter, Says, Table, written
from .phrases import Reader, moment, until, when_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class HostNoticeFacts:
    """`calendar`: its name, `failure`: the class of what went wrong (calendars.errors), `since` when; `vanished`: how
    many of our events went at once; `booking`: what another event lies over; `act`: the address where the host
    decides."""

    host: Host
    organisation: Organisation
    sender: str
    occasion: str
    calendar: str = ""
    failure: str = ""
    since: datetime | None = None
    vanished: int = 0
    booking: Booking | None = None
    meeting: MeetingType | None = None
    act: str = ""
    now: datetime


def compose_host_notice(kind: MailKind, *, facts: HostNoticeFacts) -> OutgoingMail | None:
    """The mail to the host; None where there is nothing to tell any more."""
    reader = Reader(language_of(facts.host.language), facts.host.zone, facts.host.zone, "")
    letter = _letter(reader, kind, facts)
    if letter is None:
        return None
    text, html = written(letter)
    return OutgoingMail(
        sender=Mailbox(facts.sender, clean(facts.organisation.name)),
        to=Mailbox(facts.host.email, facts.host.name),
        subject=letter.subject,
        text=text,
        html=html,
        message_id=stable_message_id(
            booking_id=str(facts.host.id),
            kind=kind,
            recipient=facts.host.email,
            occasion=facts.occasion,
            domain=facts.sender.rpartition("@")[2],
        ),
        date=facts.now,
    )


def _letter(reader: Reader, kind: MailKind, facts: HostNoticeFacts) -> Letter | None:
    match kind:
        case MailKind.CALENDAR_UNREADABLE:
            return _unreadable(reader, facts, facts.since) if facts.since else None
        case MailKind.MASS_DELETION:
            return _mass_deletion(reader, facts, facts.since) if facts.since else None
        case MailKind.CALENDAR_CHANGED:
            live = facts.booking is not None and facts.booking.blocks(facts.now)
            return _changed(reader, facts, facts.booking, facts.meeting) if live else None
        case _:
            raise ValueError(f"{kind} is not about a calendar")


def _unreadable(reader: Reader, facts: HostNoticeFacts, since: datetime) -> Letter:
    language, meant = reader.language, explain_kind(facts.failure)
    return Letter(
        language=language,
        subject=language.text("We can't read your calendar"),
        blocks=(
            Says(
                language.text(
                    "Your calendar “{calendar}” can't be read since {time}.",
                    calendar=facts.calendar,
                    time=until(reader, since),
                )
            ),
            Says(language.text(meant.sentence)),
            Says(language.text(meant.remedy)),
            Says(
                language.text(
                    "Until then your page offers no times: what can't be checked is not free. Bookings that stand are kept. "
                    "The page opens again by itself as soon as the calendar can be read."
                )
            ),
        ),
    )


def _mass_deletion(reader: Reader, facts: HostNoticeFacts, since: datetime) -> Letter:
    language = reader.language
    return Letter(
        language=language,
        subject=language.text("Many bookings are gone from your calendar"),
        blocks=(
            Says(
                language.plural(
                    "{count} booking vanished from your calendar “{calendar}”, seen on {time}.",
                    "{count} bookings vanished from your calendar “{calendar}” at once, seen on {time}.",
                    facts.vanished,
                    calendar=facts.calendar,
                    time=until(reader, since),
                )
            ),
            Says(language.text("Nothing was cancelled, and nobody was told: this looks like an accident.")),
            Says(
                language.text(
                    "Was it one? Restore the events from the calendar's trash bin, or have them written again."
                )
            ),
            Says(language.text("Did you mean it? Then have the bookings cancelled, so that each invitee is told.")),
            Button(language.text("See which, and decide"), facts.act),
        ),
    )


def _changed(
    reader: Reader, facts: HostNoticeFacts, booking: Booking | None, meeting: MeetingType | None
) -> Letter | None:
    if booking is None or meeting is None:
        return None
    language, name = reader.language, clean(booking.invitee.name)
    rows = (
        Fact(language.text("What"), meeting.title),
        *when_rows(reader, booking.time),
        Fact(language.text("Name"), name),
    )
    return Letter(
        language=language,
        subject=language.text(
            "Your calendar changed: {name}, {when}", name=name, when=moment(reader, booking.time.start)
        ),
        blocks=(
            Says(
                language.text(
                    "Another event of your calendar now lies over the time below. Nothing was changed by that."
                )
            ),
            Table(rows),
            Button(language.text("Keep it, or offer another time"), facts.act),
        ),
    )
