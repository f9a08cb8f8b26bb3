"""Parts of letters: times with zones, places, people, answers, and the footer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...domain.booking import Party
from ...domain.effects import Mail, MailRole
from ...domain.interval import Interval
from ...domain.localized_text import worded
from ...domain.meeting import MeetingType, Place, shown_zone
from ...domain.people import Host, Organisation
from ...domain.questions import Answered, answered
from ...domain.text import several_lines
from ...language import Language, ambiguous, language_of, offset, zone_label
from ..facts import MailFacts
from ..headers import clean
from .blocks import Block, Fact, FurtherLink, Letter, Quote, Says, Table


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader: language, zone, and the other party's zone to be shown too."""

    language: Language
    zone: ZoneInfo
    other_zone: ZoneInfo
    other_label: str


def reader_of(mail: Mail, facts: MailFacts) -> Reader:
    """Hosts read times in their own zone; invitees and guests in the invitee's, or that of the place of the meeting."""
    host, invitee = facts.host, facts.booking.invitee
    theirs = shown_zone(facts.meeting, host.zone, kept=invitee.zone)
    if mail.to is MailRole.HOST:
        language = language_of(host.language)
        return Reader(language, host.zone, theirs, language.text("For {name}", name=clean(invitee.name)))
    language = language_of(invitee.language)
    return Reader(language, theirs, host.zone, language.text("For {name}", name=host.name))


def with_zone(reader: Reader, time: Interval) -> str:
    """Tuesday 24 November 2026, 09:00–09:30, Europe/Berlin (UTC+1)."""
    return f"{reader.language.when(time.start, time.end, reader.zone)}, {zone_label(time.start, reader.zone)}"


def moment(reader: Reader, instant: datetime) -> str:
    """Tue 24 Nov, 09:00: for subjects."""
    local = instant.astimezone(reader.zone)
    told_apart = f" ({offset(local)})" if ambiguous(local) else ""
    return f"{reader.language.short_day(local.date())}, {reader.language.time(local)}{told_apart}"


def until(reader: Reader, instant: datetime) -> str:
    """Monday 23 November, 11:14, Europe/Berlin (UTC+1)."""
    return f"{reader.language.instant(instant, reader.zone)}, {zone_label(instant, reader.zone)}"


def stamp(reader: Reader, instant: datetime) -> str:
    """Monday 23 November 2026, 11:14, Europe/Berlin (UTC+1): for evidence."""
    local = instant.astimezone(reader.zone)
    return (
        f"{reader.language.full_date(local.date())}, {reader.language.time(local)}, {zone_label(instant, reader.zone)}"
    )


def when_rows(reader: Reader, time: Interval, *, before: Interval | None = None) -> tuple[Fact, ...]:
    """The time in the reader's zone, in the other zone where that differs, and the previous time."""
    language = reader.language
    rows = [Fact(language.text("Before"), with_zone(reader, before), gone=True)] if before else []
    rows.append(Fact(language.text("When"), with_zone(reader, time)))
    return (*rows, *elsewhere(reader, time))


def elsewhere(reader: Reader, time: Interval) -> tuple[Fact, ...]:
    """The time in the other zone, where that differs."""
    if reader.other_zone.key == reader.zone.key:
        return ()
    there = Reader(reader.language, reader.other_zone, reader.zone, "")
    return (Fact(reader.other_label, with_zone(there, time)),)


def what(language: Language, meeting: MeetingType, host: Host) -> Fact:
    """What is booked, in the reader's language if the host wrote it in that."""
    title = worded(meeting.title, language.code, writer=host.language)
    return Fact(language.text("What"), title.text, foreign=title.foreign)


def place(language: Language, meeting: MeetingType, *, promised: bool, host: str) -> Fact:
    """Where it takes place, and who calls. A video link or number is told only where the booking stands
    (`promised`)."""
    if meeting.place is Place.PHONE:
        return _call(language, meeting, promised=promised, host=host)
    known = meeting.location if promised or meeting.place is Place.IN_PERSON else ""
    url = known if known.startswith(("https://", "http://")) else ""
    return Fact(language.text("Where"), known or language.place(meeting.place), url=url)


def _call(language: Language, meeting: MeetingType, *, promised: bool, host: str) -> Fact:
    where, number = language.text("Where"), meeting.location
    if not number:
        return Fact(where, language.text("{host} calls you", host=host))
    if not promised:
        return Fact(where, language.text("You call {host}; the number follows in the confirmation", host=host))
    return Fact(where, language.text("Call {host}: {number}", host=host, number=number), url=meeting.dialled)


def _call_of_host(language: Language, meeting: MeetingType, name: str) -> Fact:
    """As `place` for a call, as the host reads it."""
    if meeting.location:
        calls = language.text("{name} calls you: {number}", name=name, number=meeting.location)
    else:
        calls = language.text("You call {name}", name=name)
    return Fact(language.text("Where"), calls)


def table(reader: Reader, facts: MailFacts, *, promised: bool, before: Interval | None = None) -> Table:
    """The table for invitees and guests: what, when, where, with whom."""
    language = reader.language
    return Table(
        (
            what(language, facts.meeting, facts.host),
            *when_rows(reader, facts.booking.time, before=before),
            place(language, facts.meeting, promised=promised, host=facts.host.name),
            Fact(language.text("With"), facts.host.name),
        )
    )


def host_table(reader: Reader, facts: MailFacts, *, before: Interval | None = None) -> Table:
    """The table for the host, with what the invitee wrote except sensitive answers."""
    language, booking = reader.language, facts.booking
    given = answered(facts.meeting.questions, booking.answers, booking.sealed)
    return Table(
        (
            *hold_table(reader, facts, before=before).rows,
            Fact(language.text("Email"), clean(booking.invitee.email)),
            *(Fact(language.text("Guest"), clean(guest)) for guest in booking.guests),
            *(_answer(language, each, writer=facts.host.language) for each in given),
        )
    )


def hold_table(reader: Reader, facts: MailFacts, *, before: Interval | None = None) -> Table:
    """The table for the host about a hold: of what the invitee wrote only the name, which stands in the event too."""
    language, name = reader.language, clean(facts.booking.invitee.name)
    by_phone = facts.meeting.place is Place.PHONE
    return Table(
        (
            what(language, facts.meeting, facts.host),
            *when_rows(reader, facts.booking.time, before=before),
            _call_of_host(language, facts.meeting, name)
            if by_phone
            else place(language, facts.meeting, promised=True, host=facts.host.name),
            Fact(language.text("Name"), name),
        )
    )


def _answer(language: Language, given: Answered, *, writer: str) -> Fact:
    """An answer; one to a removed question is labelled by its key."""
    text = several_lines(language.given(given, writer=writer))
    if given.question is None:
        return Fact(clean(given.key), text)
    label = worded(given.question.label, language.code, writer=writer)
    return Fact(label.text, text, label_foreign=label.foreign)


def to_attendees(reader: Reader, facts: MailFacts, subject: str, *blocks: Block) -> Letter:
    """A letter to an invitee or guest, with imprint and the link to the privacy text."""
    return Letter(
        language=reader.language,
        subject=subject,
        blocks=blocks,
        imprint=imprint(facts.organisation, facts.host.name, reader.language),
        imprint_foreign=facts.organisation.own(facts.organisation.imprint, reader.language.code).foreign,
        privacy=facts.links["privacy"],
        preferences=own_data(reader.language, facts.links["preferences"]),
    )


def own_data(language: Language, url: str) -> FurtherLink:
    """The link to the page that mails a link to one's own data."""
    return FurtherLink(language.text("Your data"), url)


def imprint(organisation: Organisation, host: str, language: Language) -> tuple[str, ...]:
    """Who is responsible, without a repeated line: imprints often begin with the name."""
    own = organisation.own(organisation.imprint, language.code).text
    lines = [line.strip() for line in own.splitlines() if line.strip()]
    name = organisation.name or host
    return tuple(lines) if lines and lines[0].startswith(name) else (name, *lines)


def change_ways(reader: Reader, mail: Mail, facts: MailFacts) -> tuple[Block, ...]:
    """What the recipient can still change."""
    language = reader.language
    if mail.to is MailRole.GUEST:
        return (FurtherLink(language.text("Can't come? Decline"), facts.links["decline"]),)
    label = language.text("Reschedule or cancel")
    last = facts.booking.time.start - facts.meeting.change_until
    if facts.now >= last:
        contact = facts.organisation.contact or facts.host.email
        return (
            Says(
                language.text(
                    "It is too close to the start to be changed here. Please write to {contact}.", contact=contact
                ),
                unless="",
            ),
        )
    if facts.meeting.change_until > timedelta(0):
        label = language.text("Reschedule or cancel (until {time})", time=until(reader, last))
    return (FurtherLink(label, facts.links["manage"]),)


def reason_given(reader: Reader, mail: Mail, facts: MailFacts) -> tuple[Block, ...]:
    """The reason given by who cancelled; an invitee's reason does not go to guests, who did not ask for mail."""
    booking, wrote = facts.booking, several_lines(facts.booking.reason)
    by_invitee = booking.cancelled_by is Party.INVITEE
    if not wrote or (by_invitee and mail.to is not MailRole.HOST):
        return ()
    name = clean(booking.invitee.name) if by_invitee else facts.host.name
    return (Quote(reader.language.text("{name} wrote", name=name), wrote),)
