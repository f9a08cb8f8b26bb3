"""Bookings in words for signed-in pages: people, place, state."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ...actions.booking.inbox import InboxLine
from ...domain.booking import Booking, BookingState, Party
from ...domain.localized_text import LocalizedText, worded
from ...domain.meeting import MeetingType
from ...domain.owed import asked_party
from ...domain.timeline import Happened
from ...language import Language


@dataclass(frozen=True, slots=True)
class Badge:
    """A state in a word. `tone`: "" good, "wait" somebody must act, "fail" broken, "over" past or off."""

    text: str
    tone: str = ""


def badge(
    booking: Booking,
    meeting: MeetingType,
    language: Language,
    *,
    zone: ZoneInfo,
    now: datetime,
    undelivered: bool = False,
) -> Badge:
    """`undelivered`: the newest mail to the invitee failed."""
    match booking.state:
        case BookingState.HELD if booking.blocks(now):
            return _held(booking, meeting, language, zone=zone, now=now, undelivered=undelivered)
        case BookingState.CONFIRMED:
            return _confirmed(booking, language, now=now, undelivered=undelivered)
        case BookingState.HELD | BookingState.EXPIRED:
            return Badge(language.text("Expired"), "over")
        case BookingState.CANCELLED:
            return Badge(language.text("Cancelled"), "over")


def _held(
    booking: Booking, meeting: MeetingType, language: Language, *, zone: ZoneInfo, now: datetime, undelivered: bool
) -> Badge:
    if host_is_asked(booking, meeting):
        return Badge(language.text("Needs your answer"), "wait")
    if undelivered:
        return not_delivered(language)
    if not booking.reserves:
        return Badge(not_held(language), "wait")
    until = short_instant(booking.hold_until, zone, language, now=now)
    return Badge(language.text("Held until {time}", time=until), "wait")


def _confirmed(booking: Booking, language: Language, *, now: datetime, undelivered: bool) -> Badge:
    if booking.time.end <= now:
        return Badge(language.text("Past"), "over")
    if booking.conflicted:
        return Badge(language.text("Overlaps your calendar"), "fail")
    return not_delivered(language) if undelivered else Badge(language.text("Confirmed"))


def not_delivered(language: Language) -> Badge:
    """The badge of a booking whose newest mail failed."""
    return Badge(language.text("Email not delivered"), "fail")


def not_held(language: Language) -> str:
    """About a request without a hold: the first to confirm gets the time."""
    return language.text("Asked for, not held")


def host_is_asked(booking: Booking, meeting: MeetingType) -> bool:
    """Whether the host is asked next; before the invitee has confirmed, the invitee may be."""
    return asked_party(booking.awaits, meeting) is Party.HOST


def people(booking: Booking, language: Language) -> str:
    """The invitee, and the number of guests."""
    if booking.erased:
        return language.text("Erased")
    if not booking.guests:
        return booking.invitee.name
    return language.plural(
        "{name} and {count} guest", "{name} and {count} guests", len(booking.guests), name=booking.invitee.name
    )


def title(meeting: MeetingType, language: Language) -> LocalizedText:
    """The meeting type's title, in the reader's language if it is written in it."""
    return worded(meeting.title, language.code, writer=language.code)


def place(meeting: MeetingType, language: Language) -> str:
    """The address, link or number, else the kind of place."""
    return meeting.location or language.place(meeting.place)


def short_instant(instant: datetime, zone: ZoneInfo, language: Language, *, now: datetime) -> str:
    """ "10:44" if today, else "Tue 24 Nov, 10:44"."""
    local = instant.astimezone(zone)
    clock = language.clock(instant, zone)
    return clock if local.date() == now.astimezone(zone).date() else f"{language.short_day(local.date())}, {clock}"


def moved(line: InboxLine, language: Language, *, zone: ZoneInfo) -> str:
    """The time before its move, and who moved it; "" where it is over or was not moved."""
    if line.move is None or line.move.what is not Happened.MOVED or not line.booking.live:
        return ""
    was, start = datetime.fromisoformat(line.move.detail["from"]), line.booking.time.start
    time = short_instant(was, zone, language, now=start)  # with the day only if it differs
    if line.move.by == Party.HOST:
        return language.text("moved from {time} by you in the calendar", time=time)
    return language.text("moved from {time} by the invitee", time=time)


def day_title(day: date, language: Language, *, today: date) -> str:
    """ "Today", "Tuesday 24 November", or with the year if it is another one."""
    if day == today:
        return language.text("Today")
    return language.day(day) if day.year == today.year else language.full_date(day)


def half_within(length: timedelta | None, language: Language) -> str:
    """How soon people confirm; "" where nobody did."""
    if length is None:
        return ""
    return language.text("Half of those who confirm do so within {time}.", time=language.duration(length))
