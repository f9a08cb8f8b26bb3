"""The present state of a booking as its pages tell it."""

from datetime import datetime
from enum import StrEnum

from ...actions.booking.show import SeenBooking
from ...domain.booking import BookingState, Cause, Party
from ...domain.owed import asked_party


class PageState(StrEnum):
    """A page's state. The words are used in addresses and in state.json."""

    WRITING = "writing"  # decided, but the event is not known to stand yet
    WAITING = "waiting"  # for the invitee's confirmation
    DELAYED = "delayed"  # the mail that asks has not been sent
    WITH_HOST = "with-host"  # for the host's approval
    BOOKED = "booked"
    CHECKING = "checking"  # its event was not found; the host knows why
    EXPIRED = "expired"
    TAKEN = "taken"  # somebody else was first
    UNREACHABLE = "unreachable"  # the calendar could not be written to
    RELEASED = "released"  # given up before it was confirmed
    CANCELLED = "cancelled"
    DECLINED = "declined"  # released or cancelled by the host
    UNDELIVERABLE = "undeliverable"


ENDED = frozenset(
    {
        PageState.EXPIRED,
        PageState.TAKEN,
        PageState.UNREACHABLE,
        PageState.RELEASED,
        PageState.CANCELLED,
        PageState.DECLINED,
        PageState.UNDELIVERABLE,
    }
)


def state_of(seen: SeenBooking, *, now: datetime) -> PageState:
    booking = seen.booking
    match booking.state:
        case BookingState.CONFIRMED:
            if seen.missing:
                return PageState.CHECKING
            return PageState.WRITING if booking.owed and seen.unlooked else PageState.BOOKED
        case BookingState.HELD if now >= booking.hold_until:
            return PageState.EXPIRED
        case BookingState.HELD if booking.owed:
            return PageState.WRITING
        case BookingState.HELD:
            if host_is_asked(seen):
                return PageState.WITH_HOST
            return PageState.DELAYED if seen.delayed and not seen.mailed else PageState.WAITING
        case BookingState.EXPIRED:
            return PageState.EXPIRED
        case BookingState.CANCELLED:
            return _ended_by(seen)


def host_is_asked(seen: SeenBooking) -> bool:
    return asked_party(seen.booking.awaits, seen.meeting) is Party.HOST


def _ended_by(seen: SeenBooking) -> PageState:
    booking = seen.booking
    match booking.cause, booking.cancelled_by:
        case Cause.TAKEN, _:
            return PageState.TAKEN
        case Cause.CALENDAR, _:
            return PageState.UNREACHABLE
        case Cause.UNDELIVERABLE, _:
            return PageState.UNDELIVERABLE
        case _, Party.HOST:
            return PageState.DECLINED
        case _:
            return PageState.CANCELLED if booking.invited else PageState.RELEASED
