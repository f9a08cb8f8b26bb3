"""What a host can do about one of their bookings now: the buttons on its page."""

from dataclasses import dataclass
from datetime import datetime

from ...actions.booking.find import Whole
from ...domain.booking import Booking, BookingState, Party
from ..http.signed_in import SignedInRequest
from .booking_words import host_is_asked


@dataclass(frozen=True, slots=True)
class Act:
    """A button. `asks`: it leads to a page that asks first, where nothing is done yet. `tone`: "", primary or danger."""

    text: str
    href: str
    asks: bool = False
    tone: str = ""


def acts(request: SignedInRequest, found: Whole) -> tuple[Act, ...]:
    booking, base = found.line.booking, f"/host/bookings/{found.line.booking.id}"
    if not booking.blocks(request.now) or booking.time.end <= request.now:
        return ()
    if booking.state is BookingState.CONFIRMED:
        return _about_a_booking(request, booking, base)
    if host_is_asked(booking, found.line.meeting):
        return _about_a_request(request, base)
    return _about_a_hold(request, booking, base)


def may_correct(booking: Booking, *, now: datetime) -> bool:
    """Whether its address may still be corrected: before anybody confirmed it."""
    return booking.state is BookingState.HELD and booking.blocks(now) and Party.INVITEE in booking.awaits


def _about_a_booking(request: SignedInRequest, booking: Booking, base: str) -> tuple[Act, ...]:
    language = request.language
    keep = (Act(language.text("Keep it"), request.href(f"{base}/keep")),) if booking.conflicted else ()
    return (*keep, _ending(request, base, language.text("Cancel…")))


def _about_a_request(request: SignedInRequest, base: str) -> tuple[Act, ...]:
    language = request.language
    approving = Act(language.text("Approve"), request.href(f"{base}/approve"), tone="primary")
    return (approving, _ending(request, base, language.text("Decline…")))


def _about_a_hold(request: SignedInRequest, booking: Booking, base: str) -> tuple[Act, ...]:
    language = request.language
    again = Act(language.text("Send the link again"), request.href(f"{base}/resend"))
    return (*((again,) if booking.asked else ()), _ending(request, base, language.text("Release…")))


def _ending(request: SignedInRequest, base: str, text: str) -> Act:
    return Act(text, request.href(f"{base}/cancel"), asks=True, tone="danger quiet")
