"""One booking of a host's, looked at."""

from starlette.responses import Response

from ...actions.access import sealed_answers
from ..http.signed_in import SignedInRequest
from .booking_view import booking_page, own


def show_booking(request: SignedInRequest) -> Response:
    """GET /host/bookings/{id}"""
    return booking_page(request, own(request))


def reveal(request: SignedInRequest) -> Response:
    """POST /host/bookings/{id}/answers: the sensitive answers, shown once and put on record."""
    booking = own(request)
    return booking_page(request, booking, revealed=sealed_answers.reveal(request.rt, booking, now=request.now))
