"""Booking pages embedded in other web sites: which sites may, and the script.

Only the pages from free times to the waiting page; links in mails are never embedded.
"""

from collections.abc import Callable

from starlette.responses import Response

from ...actions.booking import show
from ...actions.times.offers import find_offering
from ...domain.errors import BookingError, StorageBusy
from ..http import errors
from ..http.endpoint import Page
from ..http.request import PageRequest
from ..http.security import policy
from ..http.static import assets, response_of

SCRIPT = "embed.js"
_KEPT_FOR = "public, max-age=3600"

Sites = Callable[[PageRequest], tuple[str, ...]]


def of_meeting(page: Page) -> Page:
    """The page of a meeting type, with the sites that may embed it."""
    return _framed(page, _sites_of_meeting)


def of_booking(page: Page) -> Page:
    """A waiting page, with the sites that may embed its meeting type."""
    return _framed(page, lambda request: show.embed_from(request.rt, request.params["id"]))


def script(request: PageRequest) -> Response:
    """GET /embed.js: for all sites. It may change with a version, so it is valid for an hour."""
    headers = {"Cache-Control": _KEPT_FOR, "Cross-Origin-Resource-Policy": "cross-origin"}
    return response_of(assets()[SCRIPT], request.headers, headers)


def _framed(page: Page, sites: Sites) -> Page:
    def answer(request: PageRequest) -> Response:
        try:
            response = page(request)
        except (BookingError, StorageBusy) as error:
            response = errors.answer(request, error)
        response.headers["Content-Security-Policy"] = policy(framed_by=_found(sites, request))
        return response

    return answer


def _found(sites: Sites, request: PageRequest) -> tuple[str, ...]:
    """No sites where they can't be found out."""
    try:
        return sites(request)
    except (BookingError, StorageBusy):
        return ()


def _sites_of_meeting(request: PageRequest) -> tuple[str, ...]:
    host, meeting = request.params["host"], request.params["meeting"]
    return find_offering(request.rt, host, meeting, now=request.now).meeting.embed_from
