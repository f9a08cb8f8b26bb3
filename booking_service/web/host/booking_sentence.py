"""A booking's state in one sentence for its host."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...domain.booking import Booking, BookingState, Cause, Party
from ...domain.meeting import MeetingType
from ...language import Language
from .booking_words import host_is_asked, short_instant


def sentence(booking: Booking, meeting: MeetingType, language: Language, *, zone: ZoneInfo, now: datetime) -> str:
    until = short_instant(booking.hold_until, zone, language, now=now)
    match booking.state:
        case BookingState.HELD if booking.blocks(now):
            return _held(booking, meeting, language, until=until, left=time_left(booking.hold_until - now, language))
        case BookingState.HELD | BookingState.EXPIRED if host_is_asked(booking, meeting):
            return language.text("You did not answer before {time}. Nothing was booked.", time=until)
        case BookingState.HELD | BookingState.EXPIRED:
            return language.text("Nobody confirmed before {time}. Nothing was booked.", time=until)
        case BookingState.CONFIRMED:
            return _confirmed(booking, language, now=now)
        case BookingState.CANCELLED:
            return _ended(booking, language)


def time_left(length: timedelta, language: Language) -> str:
    """Such as "2 hours 5 minutes", or "3 days" from two days on."""
    return (
        language.plural("{count} day", "{count} days", length.days) if length.days >= 2 else language.duration(length)
    )


def _held(booking: Booking, meeting: MeetingType, language: Language, *, until: str, left: str) -> str:
    name = booking.invitee.name
    if host_is_asked(booking, meeting):
        return language.text(
            "Not booked yet. {name} is waiting for your answer until {time}: {left} left.",
            name=name,
            time=until,
            left=left,
        )
    if not booking.reserves:
        return language.text(
            "Not booked yet, and the time is not held: whoever confirms first gets it. The link we mailed "
            "works until {time}.",
            time=until,
        )
    return language.text(
        "Not booked yet. The time is kept until {time}, {left} left. We wait for {name} to press Confirm in our email.",
        name=name,
        time=until,
        left=left,
    )


def _confirmed(booking: Booking, language: Language, *, now: datetime) -> str:
    if booking.time.end <= now:
        return language.text("It is over.")
    if booking.conflicted:
        return language.text("It is booked, and you have another appointment at the same time.")
    if booking.owed:
        return language.text("It is booked. We are writing it to your calendar; then everybody is told by email.")
    if booking.time.start <= now:
        return language.text("It is taking place now.")
    return language.text("It is booked, and starts in {left}.", left=time_left(booking.time.start - now, language))


def _ended(booking: Booking, language: Language) -> str:
    match booking.cause:
        case Cause.TAKEN:
            return language.text("Something else was entered in your calendar in the meantime. Nothing was booked.")
        case Cause.CALENDAR:
            return language.text("Your calendar could not be written in time. Nothing was booked.")
        case Cause.DELETED:
            return language.text("You deleted the entry in your calendar, so it was cancelled.")
        case Cause.NOT_ME:
            return language.text("The owner of this mailbox did not ask for it. The time was released.")
        case Cause.UNDELIVERABLE:
            return language.text("This address can’t receive email. The time was released.")
        case None if booking.cancelled_by is Party.HOST:
            return language.text("You cancelled it.")
        case None if booking.cancelled_by is Party.INVITEE:
            return language.text("{name} cancelled it.", name=booking.invitee.name or language.text("The invitee"))
        case None:
            return language.text("It was cancelled.")
