"""What an invitee can still change, and the names of giving up.

A booking is cancelled, a hold released, a request without a hold withdrawn.
"""

from ...actions.booking import show
from ...crypto.tokens import LinkPurpose
from ...domain.booking import Booking, BookingState
from ...language import Language
from ..http.responses import Link
from .booking_page import BookingPage


def changes(page: BookingPage) -> tuple[Link, ...]:
    """Links to reschedule and give up, for the manage link, as far as possible."""
    if locked(page):
        return ()
    language, manage = page.language, show.link(page.rt, page.booking, LinkPurpose.MANAGE)
    ending = Link(giving_up(page.booking, language), page.request.href(f"{manage}/cancel"))
    if locked(page, moving=True):
        return (ending,)
    return (Link(language.text("Reschedule"), page.request.href(f"{manage}/move")), ending)


def locked(page: BookingPage, *, moving: bool = False) -> str:
    """Why the invitee can't change it here, with whom to write to; "" while they can."""
    language, contact = page.language, page.seen.organisation.contact or page.host.email
    if page.now >= page.booking.time.end:
        return language.text("It is over.")
    if page.now >= page.booking.time.start - page.meeting.change_until:
        return language.text(
            "It is too close to the start to be changed here. Please write to {contact}.", contact=contact
        )
    if moving and page.booking.moves >= page.meeting.moves_at_most:
        return language.text(
            "It can't be rescheduled again. You can cancel it, or write to {contact}.", contact=contact
        )
    return ""


def giving_up(booking: Booking, language: Language) -> str:
    """The label of the button that ends it for the invitee."""
    if booking.state is BookingState.CONFIRMED:
        return language.text("Cancel booking")
    return language.text("Release this time") if booking.reserves else language.text("Withdraw this request")


def giving_up_asked(booking: Booking, language: Language) -> str:
    """The same as a question."""
    if booking.state is BookingState.CONFIRMED:
        return language.text("Cancel this booking?")
    return language.text("Release this time?") if booking.reserves else language.text("Withdraw this request?")
