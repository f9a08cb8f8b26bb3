"""Free times for programs: times only, open to pages of any origin, nothing about anybody."""

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.times.offers import find_public, slots_of
from ...domain.availability import zone_of
from ...domain.errors import BookingError
from ...domain.interval import Interval
from ..http import errors
from ..http.parsing import read_day
from ..http.request import PageRequest
from ..http.responses import problem
from ..public.unavailable import closed_page
from .formats import limit_headers, read_moment, shown

LONGEST = timedelta(days=62)
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, RateLimit, RateLimit-Policy, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def slots(request: PageRequest) -> Response:
    """GET /api/v1/slots?host=&meeting=&from=&to=&zone="""
    try:
        request.look("slots_per_network")
        answer = _slots(request)
        answer.headers.update(limit_headers(request, "slots_per_network"))
    except BookingError as error:
        answer = errors.answer(request, error)
    answer.headers.update(OPEN)
    return answer


def _slots(request: PageRequest) -> Response:
    query = request.query
    offering = find_public(request.rt, query.get("host", ""), query.get("meeting", ""), now=request.now)
    try:
        zone = zone_of(query["zone"]) if query.get("zone") else offering.host.zone
        window = _window(query.get("from", ""), query.get("to", ""), zone, now=request.now)
    except ValueError as error:
        return problem(request, 422, kind="unreadable", title="The request can't be read", detail=str(error))
    offered = slots_of(request.rt, offering, window, now=request.now)
    if offered.closed is not None:
        language = request.choose_language(offering.organisation, host=offering.host.language)
        return closed_page(request, offered, language)
    return _listed(
        request,
        offered.slots,
        {
            "host": offering.host.slug,
            "meeting": offering.meeting.slug,
            "time_zone": zone.key,
            "from": shown(window.start, zone),
            "to": shown(window.end, zone),
        },
        zone,
    )


def _listed(request: PageRequest, free: tuple[Interval, ...], about: dict[str, str], zone: ZoneInfo) -> Response:
    """The answer, or 304 where the asker has it already (RFC 9110 §13.1.2)."""
    times = [{"start": shown(slot.start, zone), "end": shown(slot.end, zone)} for slot in free]
    body = json.dumps({**about, "slots": times}).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _window(first: str, last: str, zone: ZoneInfo, *, now: datetime) -> Interval:
    """[from, to): dates on the clocks of `zone` (`to` included then) or instants. Raises ValueError: the sentence to answer with."""
    start = _moment(first, zone) if first else now.replace(microsecond=0)
    end = _moment(last, zone, ahead=timedelta(days=1)) if last else start + timedelta(days=31)
    if end <= start:
        raise ValueError("`to` must come after `from`.")
    if end - start > LONGEST:
        raise ValueError("At most 62 days can be asked for at once.")
    return Interval(start, end)


def _moment(text: str, zone: ZoneInfo, *, ahead: timedelta = timedelta(0)) -> datetime:
    day: date | None = read_day(text)
    if day is not None:
        return datetime.combine(day + ahead, time(0), zone).astimezone(UTC)
    if (instant := read_moment(text)) is not None:
        return instant
    raise ValueError("Write `from` and `to` as dates (2026-11-24) or instants (2026-11-24T08:00:00Z).")
