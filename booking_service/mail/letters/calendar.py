"""The letters to a host about calendars that fail or conflict, and about many unconfirmed holds."""

from calendars.errors import explain_kind

from ...domain.booking import BookingState
from ...domain.meeting import Approval
from ...language import Language
from ..facts import HostNoticeFacts
from ..headers import clean
from .blocks import Button, Fact, Letter, Says, Table
from .phrases import Reader, moment, until, what, when_rows


def unreadable(reader: Reader, facts: HostNoticeFacts) -> Letter | None:
    if facts.since is None:
        return None
    language, meant = reader.language, explain_kind(facts.failure)
    return Letter(
        language=language,
        subject=language.text("We can't read your calendar"),
        blocks=(
            Says(
                language.text(
                    "Your calendar “{calendar}” has been unreadable since {time}.",
                    calendar=facts.calendar,
                    time=until(reader, facts.since),
                )
            ),
            Says(language.text(meant.sentence), unless=""),
            Says(language.text(meant.remedy), unless=""),
            Says(
                language.text(
                    "Until it can be read again, your page offers no times: time that can't be checked does "
                    "not count as free. Existing bookings are kept. The page opens again automatically."
                ),
                unless="",
            ),
        ),
    )


def mass_deletion(reader: Reader, facts: HostNoticeFacts) -> Letter | None:
    if facts.since is None:
        return None
    language = reader.language
    return Letter(
        language=language,
        subject=language.text("Many bookings are gone from your calendar"),
        blocks=(
            Says(
                language.plural(
                    "{count} booking vanished from your calendar “{calendar}”, noticed on {time}.",
                    "{count} bookings vanished from your calendar “{calendar}” at once, noticed on {time}.",
                    facts.vanished,
                    calendar=facts.calendar,
                    time=until(reader, facts.since),
                )
            ),
            Says(language.text("Nothing was cancelled, and nobody was told: this looks like an accident."), unless=""),
            Says(
                language.text(
                    "If it was, restore the events from the calendar's trash bin, or have them written again."
                ),
                unless="",
            ),
            Says(
                language.text("If you meant it, have the bookings cancelled, so that each invitee is told."),
                unless="",
            ),
            Button(language.text("See which ones, and decide"), facts.act),
        ),
    )


def changed(reader: Reader, facts: HostNoticeFacts) -> Letter | None:
    booking, meeting = facts.booking, facts.meeting
    if booking is None or meeting is None or not booking.blocks(facts.now):
        return None
    language, name = reader.language, clean(booking.invitee.name)
    rows = (
        what(language, meeting, facts.host),
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
                    "Another event in your calendar now overlaps the time below. That has not changed anything."
                )
            ),
            *_wins(language, facts),
            Table(rows),
            Button(language.text("Keep it, or offer another time"), facts.act),
        ),
    )


def _wins(language: Language, facts: HostNoticeFacts) -> tuple[Says, ...]:
    """Said where nobody has confirmed yet, and the host's event wins when somebody does; not where the host decides
    then."""
    booking, meeting = facts.booking, facts.meeting
    if booking is None or meeting is None or not meeting.calendar_wins:
        return ()
    if booking.state is not BookingState.HELD or meeting.approval is Approval.AFTER:
        return ()
    told = language.text("Unless you keep it, whoever confirms it will be offered other times instead.")
    return (Says(told, unless=""),)


def many_holds(reader: Reader, facts: HostNoticeFacts) -> Letter | None:
    """None where all holds were confirmed, released or ended before the mail left."""
    if not facts.holds:
        return None
    language = reader.language
    return Letter(
        language=language,
        subject=language.plural(
            "{count} request for your time is still unconfirmed",
            "{count} requests for your time are still unconfirmed",
            facts.holds,
        ),
        blocks=(
            Says(
                language.text("Unconfirmed requests hold more than half of what they are allowed to hold of your time.")
            ),
            Says(
                language.text(
                    "Your page stays open: times that nobody confirms become free automatically, sooner than usual "
                    "for now, and beyond the limit requests hold no time at all."
                ),
                unless="",
            ),
            Says(
                language.text(
                    "Does it look like a flood? Then release them all at once; anybody who was serious can ask again."
                ),
                unless="",
            ),
            Button(language.text("Look through them"), facts.act),
        ),
    )
