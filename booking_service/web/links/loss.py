"""Whether a request without a hold has lost its time."""

from dataclasses import replace

from ...actions.booking import show
from ...actions.times import public
from ...domain.errors import BookingError
from ...domain.slots import NotOffered, Reason
from .booking_page import BookingPage
from .state import PageState


def lost_to_others(page: BookingPage) -> BookingPage:
    """The page as the reader should see it: a time without a hold that others have now is lost, pressed or not."""
    if page.state in (PageState.WAITING, PageState.DELAYED) and not page.booking.reserves and _lost(page):
        return replace(page, state=PageState.TAKEN)
    return page


def _lost(page: BookingPage) -> bool:
    """Only what is known to be gone counts: while a calendar can't be read, nothing is known."""
    try:
        offering = show.offering_of(page.rt, page.seen, now=page.now)
        public.check_offered(page.rt, offering, page.booking.time.start, now=page.now)
    except NotOffered as refused:
        return refused.reason in (Reason.BOOKED, Reason.BUSY)
    except BookingError:
        return False
    return False
