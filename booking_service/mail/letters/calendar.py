"""The words of mails to a host about their time: what is wrong with a calendar, and that many requests wait."""

from calendars.errors import explain_kind

from ...domain.booking import BookingState
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
                    "Until it can be read again, your page offers no times: what can't be checked is not free. Existing "
                    "bookings are kept. The page opens again by itself."
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
                    "{count} booking vanished from your calendar “{calendar}”, seen on {time}.",
                    "{count} bookings vanished from your calendar “{calendar}” at once, seen on {time}.",
                    facts.vanished,
                    calendar=facts.calendar,
                    time=until(reader, facts.since),
                )
            ),
            Says(language.text("Nothing was cancelled, and nobody was told: this looks like an accident."), unless=""),
            Says(
                language.text(
                    "Was it one? Restore the events from the calendar's trash bin, or have them written again."
                ),
                unless="",
            ),
            Says(
                language.text("Did you mean it? Then have the bookings cancelled, so that each invitee is told."),
                unless="",
            ),
            Button(language.text("See which, and decide"), facts.act),
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
                    "Another event of your calendar now lies over the time below. Nothing was changed by that."
                )
            ),
            *_wins(language, facts),
            Table(rows),
            Button(language.text("Keep it, or offer another time"), facts.act),
        ),
    )


def _wins(language: Language, facts: HostNoticeFacts) -> tuple[Says, ...]:
    """Where nobody has confirmed yet, and the host's event wins then."""
    booking, meeting = facts.booking, facts.meeting
    if booking is None or meeting is None or not (meeting.calendar_wins and booking.state is BookingState.HELD):
        return ()
    told = language.text("Unless you keep it, whoever confirms it is offered other times.")
    return (Says(told, unless=""),)


def many_holds(reader: Reader, facts: HostNoticeFacts) -> Letter | None:
    """Nothing where all of them were confirmed, released or over before it left."""
    if not facts.holds:
        return None
    language = reader.language
    return Letter(
        language=language,
        subject=language.plural(
            "{count} request for your time waits unconfirmed",
            "{count} requests for your time wait unconfirmed",
            facts.holds,
        ),
        blocks=(
            Says(language.text("Unconfirmed requests keep more than half of the time that they may keep of yours.")),
            Says(
                language.text(
                    "Your page stays open: what nobody confirms becomes free by itself, sooner than usual now, and past the "
                    "limit requests keep no time at all."
                ),
                unless="",
            ),
            Says(
                language.text(
                    "Does it look like a flood? Then release them all at once; whoever meant it can ask again."
                ),
                unless="",
            ),
            Button(language.text("Look through them"), facts.act),
        ),
    )
