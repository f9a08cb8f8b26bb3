"""Today: what waits for the host, what comes next, and the health of their calendars."""

from starlette.responses import Response

from ..http.signed_in_pages import SignedInRequest
from .today_page import today_page


def show(request: SignedInRequest) -> Response:
    """GET /host"""
    return today_page(request)
