"""Unsubscribing by a mail program's button, without a page (RFC 8058)."""

from starlette.responses import HTMLResponse, Response

from ..http.request import PageRequest
from ..http.security import PRIVATE

_FIELD = "List-Unsubscribe"  # what a mail program sends (§3.1)


def is_one_click(request: PageRequest) -> bool:
    return _FIELD in request.form


def done() -> Response:
    """A mail program expects a response without a redirect."""
    return HTMLResponse("", 200, PRIVATE)
