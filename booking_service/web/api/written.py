"""How what programs read is written."""

from datetime import datetime
from zoneinfo import ZoneInfo

from ..http.request import PageRequest


def shown(instant: datetime, zone: ZoneInfo) -> str:
    """RFC 3339, with the offset of `zone` at that instant."""
    return instant.astimezone(zone).isoformat(timespec="seconds")


def address(request: PageRequest, path: str) -> str:
    """The whole address of one of our pages."""
    base = (request.rt.settings.base_url or "").removesuffix(request.rt.settings.root_path)
    return f"{base}{request.plain(path)}"
