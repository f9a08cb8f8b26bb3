"""The button of a mail program that ends mails of a kind without a page (RFC 8058)."""

from starlette.responses import HTMLResponse, Response

from ..http.request import PageRequest
from ..http.security import PRIVATE

_FIELD = "List-Unsubscribe"  # what a mail program sends by itself (§3.1)


def is_one_click(request: PageRequest) -> bool:
    return _FIELD in request.form


def done() -> Response:
    """A mail program wants an answer without a redirect."""
    return HTMLResponse("", 200, PRIVATE)
