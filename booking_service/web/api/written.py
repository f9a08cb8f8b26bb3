"""How what programs read is written."""

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from zoneinfo import ZoneInfo

from ..http.request import PageRequest
from ..http.throttle import Left


def shown(instant: datetime, zone: ZoneInfo) -> str:
    """RFC 3339, with the offset of `zone` at that instant."""
    return instant.astimezone(zone).isoformat(timespec="seconds")


def address(request: PageRequest, path: str) -> str:
    """The whole address of one of our pages."""
    base = (request.rt.settings.base_url or "").removesuffix(request.rt.settings.root_path)
    return f"{base}{request.plain(path)}"


def limit_headers(left: Left | None, *, now: datetime) -> Mapping[str, str]:
    """What may still be asked for (draft-ietf-httpapi-ratelimit-headers-10), so that a program slows down before it is refused."""
    if left is None:
        return {}
    seconds, rest = ceil(left.rate.per.total_seconds()), ceil((left.until - now).total_seconds())
    return {
        "RateLimit-Policy": f'"{left.rule}";q={left.rate.count};w={seconds}',
        "RateLimit": f'"{left.rule}";r={left.count};t={max(0, rest)}',
    }
