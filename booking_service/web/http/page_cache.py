"""A cache of public pages of free times, valid while nothing they show can have changed.

A lookup costs one small query. A page is valid under three conditions: the host's version is the one in its key, which
rises with every change of their offers; their calendars are as healthy as then, which is in the key too; and the time
is between its making and the end of that minute, or the first hold's deadline before that. So a clock set back finds
nothing. With an ETag the browser need not load it again (RFC 9110 §13.1.2).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from starlette.responses import Response

from ...actions.times.offers import Offering, closed_now
from .request import PageRequest, accepted
from .responses import CARRIED

MINUTE = timedelta(minutes=1)
_TOLD_APART_BY = (*sorted(CARRIED), "lang")
_LONGEST = 61  # characters of such a value; a longer one has no effect on the page


@dataclass(frozen=True, slots=True)
class _Page:
    response: Response
    etag: str
    since: datetime
    until: datetime


def cached(request: PageRequest, offering: Offering, make: Callable[[], Response]) -> Response:
    """The cached page, or a new one. Only successful responses are cached."""
    key = _key(request, offering)
    page: _Page | None = request.rt.cache.get(key)
    if page is None or not page.since <= request.now < page.until:
        response = make()
        if response.status_code != 200:
            return response
        page = _Page(response, _etag(response), request.now, _until(request.now, offering))
        request.rt.cache.put(key, page)
    return _response(request, page)


def _response(request: PageRequest, page: _Page) -> Response:
    headers = {"ETag": page.etag, **{name: value for name, value in page.response.headers.items() if name in _HEADERS}}
    if page.etag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(page.response.body, 200, headers, media_type="text/html")


_HEADERS = frozenset({"cache-control", "content-language", "content-encoding", "vary"})


def _key(request: PageRequest, offering: Offering) -> tuple[object, ...]:
    chosen = tuple(request.query.get(name, "")[:_LONGEST] for name in _TOLD_APART_BY)
    wanted = tuple(accepted(request.headers.get("accept-language", "")))
    reader = (wanted, "gzip" in request.headers.get("accept-encoding", ""))
    return (
        "page",
        request.embedded,
        request.path,
        chosen,
        reader,
        offering.version,
        closed_now(request.rt, offering, now=request.now),
    )


def _until(now: datetime, offering: Offering) -> datetime:
    minute = now.replace(second=0, microsecond=0) + MINUTE
    return min(minute, offering.next_release or minute)


def _etag(response: Response) -> str:
    return f'"{sha256(bytes(response.body)).hexdigest()[:32]}"'
