"""One booking, shown to its host."""

from starlette.responses import Response

from ...actions.access import sealed_answers
from ...domain.errors import AddressUnproven, NotFound, ShownBefore
from ..http.forms import is_form_key
from ..http.signed_in_pages import SignedInRequest
from .booking_view import booking_page, own


def show_booking(request: SignedInRequest) -> Response:
    """GET /host/bookings/{id}"""
    return booking_page(request, own(request))


def reveal(request: SignedInRequest) -> Response:
    """POST /host/bookings/{id}/answers: the sensitive answers, shown once, on record.

    A repeated `press`, as by a reload, shows nothing. Raises NotFound.
    """
    booking, press = own(request), request.form.get("press", "")
    if not is_form_key(press):
        raise NotFound("they are shown by a button of the booking's page")
    try:
        revealed = sealed_answers.reveal(request.rt, booking, press=press, now=request.now)
    except ShownBefore as before:
        return booking_page(request, booking, shown_before=before)
    except AddressUnproven:
        return booking_page(request, booking, status=409)
    return booking_page(request, booking, revealed=revealed)
