"""How what programs read is written, and how instants that they write are read, or refused."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import ceil
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...config.notation import Left
from ..http.request import PageRequest
from ..http.responses import problem

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})")
_YEARS = range(1971, 2199)


def read_moment(text: str) -> datetime | None:
    """An instant in RFC 3339, to the second and with any offset; None for what is none."""
    if not _MOMENT.fullmatch(text) or int(text[:4]) not in _YEARS:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:  # the 30th of February
        return None


def shown(instant: datetime, zone: ZoneInfo) -> str:
    """RFC 3339, with the offset of `zone` at that instant."""
    return instant.astimezone(zone).isoformat(timespec="seconds")


def unreadable(request: PageRequest, detail: str) -> Response:
    """The answer to what can't be read, with what to write instead."""
    return problem(request, 422, kind="unreadable", title="The request can't be read", detail=detail)


def address(request: PageRequest, path: str) -> str:
    """The whole address of one of our pages."""
    base = (request.rt.settings.base_url or "").removesuffix(request.rt.settings.root_path)
    return f"{base}{request.plain(path)}"


def limit_headers(request: PageRequest, rule: str) -> Mapping[str, str]:
    """What may still be asked for (draft-ietf-httpapi-ratelimit-headers-10), so that a program slows down before it is refused."""
    return told_left(rule, request.left(rule), now=request.now)


def told_left(rule: str, left: Left | None, *, now: datetime) -> Mapping[str, str]:
    """The same of a limit that is counted elsewhere."""
    if left is None:
        return {}
    seconds, rest = ceil(left.rate.per.total_seconds()), ceil((left.until - now).total_seconds())
    return {
        "RateLimit-Policy": f'"{rule}";q={left.rate.count};w={seconds}',
        "RateLimit": f'"{rule}";r={left.count};t={rest}',
    }
