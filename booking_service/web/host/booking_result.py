"""What was just done about a booking, told on the page where the host did it."""

from starlette.responses import Response

from ...actions.access import mailbox_blocks
from ...actions.booking import find
from ...domain.booking import Booking, BookingState, Party
from ...domain.errors import NotFound
from ...language import Language
from ..http.responses import see_other
from ..http.signed_in_pages import SignedInRequest
from .booking_words import people, short_instant

VIEWS = {"today": "/host", "holds": "/host/bookings/holds"}  # the lists with buttons for bookings


def led_back(request: SignedInRequest, booking: Booking, did: str) -> Response:
    """After an act: to the list in which it was pressed, else to the booking's page."""
    if view := VIEWS.get(back_of(request)):
        return see_other(request.href(view, did=did, about=str(booking.id)))
    return see_other(request.href(f"/host/bookings/{booking.id}", did=did))


def back_of(request: SignedInRequest) -> str:
    """The list that the host came from; "" for the booking's page."""
    back = request.form.get("back") or request.query.get("back") or ""
    return back if back in VIEWS else ""


def back_href(request: SignedInRequest, booking: Booking) -> str:
    """Where the host returns to without acting."""
    return request.href(VIEWS.get(back_of(request), f"/host/bookings/{booking.id}"))


def done_in_list(request: SignedInRequest) -> str:
    """What was done, and to whose booking; "" where the address does not say, or the booking contradicts it."""
    did, about = request.query.get("did", ""), request.query.get("about", "")
    if not did or not about:
        return ""
    try:
        booking = find.own(request.rt, request.person.host_id, about)
    except NotFound:
        return ""
    told = done(request, did, booking)
    return f"{people(booking, request.language)}: {told}" if told else ""


def done(request: SignedInRequest, did: str, booking: Booking) -> str:
    """What was pressed, as far as the booking confirms it."""
    if booking.state is BookingState.CANCELLED:
        return _ended(request, booking) if did == "cancelled" else ""
    return _went_on(request, did, booking) if booking.live else ""


def _ended(request: SignedInRequest, booking: Booking) -> str:
    language = request.language
    if mailbox_blocks.stands(request.rt, booking.invitee.email):
        freed = language.text("Done. The time is free again.")
        told = language.text(
            "{name} wants no email at this address. Please tell them yourself.", name=booking.invitee.name
        )
        return f"{freed} {told}"
    if booking.asked or booking.invited:
        return language.text(
            "Done. {name} will be told by email, and the time is free again.", name=booking.invitee.name
        )
    return language.text("Done. The time is free again.")


def _went_on(request: SignedInRequest, did: str, booking: Booking) -> str:
    language, name = request.language, booking.invitee.name
    match did:
        case "resent" | "invited" | "corrected":
            return _mailed(did, booking, language)
        case "confirmed" if booking.state is BookingState.CONFIRMED:
            return language.text("It is booked. {name} will be told by email.", name=name)
        case "booked" if booking.state is BookingState.HELD:
            return language.text("Held. {name} is being asked by email to confirm.", name=name)
        case "booked":
            return language.text("It is booked. {name} will be told by email.", name=name)
        case "approved" if Party.HOST not in booking.awaits:
            return language.text("Approved. {name} will be told by email.", name=name)
        case "kept":
            return language.text("It stays as it is. Nothing changes for {name}.", name=name)
        case "longer" if booking.state is BookingState.HELD:
            return _kept_longer(request, booking)
        case "offered" if booking.on_offer:
            time = short_instant(booking.on_offer.start, request.person.zone, language, now=request.now)
            return language.text(
                "{name} is being asked by email about {time}. Until then nothing changes.", name=name, time=time
            )
        case _:
            return ""


def _mailed(did: str, booking: Booking, language: Language) -> str:
    match did:
        case "resent" if booking.resends:
            return language.text("The email with the link is on its way again.")
        case "invited" if booking.invited:
            return language.text("The invitation is on its way again.")
        case "corrected" if booking.generation:
            return language.text(
                "The link goes to {email}. The previous link no longer works.", email=booking.invitee.email
            )
        case _:
            return ""


def _kept_longer(request: SignedInRequest, booking: Booking) -> str:
    language = request.language
    until = short_instant(booking.hold_until, request.person.zone, language, now=request.now)
    if not booking.asked:
        return language.text("Kept until {time}.", time=until)
    return language.text("Kept until {time}. {name} will be told by email.", time=until, name=booking.invitee.name)
