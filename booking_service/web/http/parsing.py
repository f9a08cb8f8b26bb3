"""Dates, months, instants, row numbers and places in lists, in addresses and forms."""

import re
from datetime import UTC, date, datetime
from uuid import UUID

from ...domain.booking_filter import ListCursor

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_YEARS = range(1971, 2199)  # hosts are open in these only, and there is room for arithmetic
_HIGHEST = 2**31 - 1  # of a row: PostgreSQL refuses comparisons with higher ones
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def read_instant(text: str) -> datetime | None:
    """A slot's value, such as 2026-11-24T08:00:00Z. Only this spelling, as fromisoformat accepts weeks and other digits
    too."""
    found = _parsed(_INSTANT, text)
    return found if found and found.year in _YEARS else None


def read_moment(text: str) -> datetime | None:
    """An instant with offset, to the microsecond, as positions in lists are written.

    Some valid spellings have no instant in UTC, or none that a database can store.
    """
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo and found.year in _YEARS else None
    except ValueError:
        return None


def read_cursor(text: str) -> ListCursor | None:
    """A place in a list of bookings, as `written_cursor` writes it."""
    instant, _, id = text.partition("~")
    starts_at = read_moment(instant)
    try:
        return ListCursor(starts_at, UUID(id)) if starts_at else None
    except ValueError:
        return None


def written_cursor(place: ListCursor) -> str:
    return f"{place.starts_at:%Y-%m-%dT%H:%M:%SZ}~{place.id}"


def read_number(text: str) -> int | None:
    """A row's number."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(_HIGHEST)):
        return None
    return int(text) if int(text) <= _HIGHEST else None


def read_day(text: str) -> date | None:
    found = _parsed(_DAY, text)
    return found.date() if found and found.year in _YEARS else None


def read_month(text: str) -> date | None:
    """The first day of a month such as 2026-11."""
    found = _parsed(_MONTH, text, "-01")
    return found.date() if found and found.year in _YEARS else None


def _parsed(shape: re.Pattern[str], text: str, rest: str = "") -> datetime | None:
    if shape.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text + rest)
    except ValueError:
        return None
