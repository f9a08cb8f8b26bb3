"""What an invitee may still change, and what giving it up is called: a booking is cancelled, a hold released, a request
that holds nothing withdrawn."""

from ...actions.booking import show
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import Purpose
from ...domain.booking import Booking, BookingState
from ...language import Language
from ..http.request import PageRequest
from ..http.responses import Link


def changes(request: PageRequest, seen: SeenBooking, language: Language) -> tuple[Link, ...]:
    """Rescheduling and giving up by the manage link, as far as they are still possible."""
    if locked(request, seen, language):
        return ()
    manage = show.link(request.rt, seen.booking, Purpose.MANAGE)
    ending = Link(giving_up(seen.booking, language), request.href(f"{manage}/cancel"))
    if locked(request, seen, language, moving=True):
        return (ending,)
    return (Link(language.text("Reschedule"), request.href(f"{manage}/move")), ending)


def locked(request: PageRequest, seen: SeenBooking, language: Language, *, moving: bool = False) -> str:
    """Why the invitee can't change it here, with whom to write to; nothing while they can."""
    contact = seen.organisation.contact or seen.host.email
    if request.now >= seen.booking.time.start - seen.meeting.change_until:
        return language.text(
            "It is too close to the start to be changed here. Please write to {contact}.", contact=contact
        )
    if moving and seen.booking.moves >= seen.meeting.moves_at_most:
        return language.text(
            "It can't be rescheduled again. You can cancel it, or write to {contact}.", contact=contact
        )
    return ""


def giving_up(booking: Booking, language: Language) -> str:
    if booking.state is BookingState.CONFIRMED:
        return language.text("Cancel booking")
    return language.text("Release this time") if booking.reserves else language.text("Withdraw this request")


def giving_up_asked(booking: Booking, language: Language) -> str:
    """The same as a question, for the page that asks once more."""
    if booking.state is BookingState.CONFIRMED:
        return language.text("Cancel this booking?")
    return language.text("Release this time?") if booking.reserves else language.text("Withdraw this request?")
