"""How a booking stands for its reader at this moment."""

from ..actions.booking import show
from ..actions.booking.show import SeenBooking
from ..actions.times import public
from ..domain.errors import BookingError
from ..domain.slots import NotOffered, Reason
from .http.request import Asked
from .wording import State, state_of


def standing(asked: Asked, seen: SeenBooking) -> State:
    """Its state; a request that holds nothing is lost to its reader once somebody else has the time, pressed or not."""
    state = state_of(seen, now=asked.now)
    if state is State.WAITING and not seen.booking.reserves and _lost(asked, seen):
        return State.TAKEN
    return state


def _lost(asked: Asked, seen: SeenBooking) -> bool:
    """Only what is known to be gone is called so: while a calendar can't be read, nothing is known."""
    try:
        found = show.found_of(asked.rt, seen, now=asked.now)
        public.must_be_on_offer(asked.rt, found, seen.booking.time.start, now=asked.now)
    except NotOffered as refused:
        return refused.reason in (Reason.BOOKED, Reason.BUSY)
    except BookingError:
        return False
    return False
