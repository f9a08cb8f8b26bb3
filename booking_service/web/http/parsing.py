"""Days, months, instants and numbers of rows as they stand in addresses and forms."""

import re
from datetime import UTC, date, datetime

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_YEARS = range(1971, 2199)  # nobody is open in others, and there is room for arithmetic around them
_HIGHEST = 2**31 - 1  # of a row: PostgreSQL refuses to compare its numbers with a higher one
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def read_instant(text: str) -> datetime | None:
    """A slot's value, such as 2026-11-24T08:00:00Z. Only this shape: fromisoformat takes weeks and other digits too."""
    found = _parsed(_INSTANT, text)
    return found if found and found.year in _YEARS else None


def read_moment(text: str) -> datetime | None:
    """An instant with its offset, to the microsecond, as lists write the place where they go on. Some that can be written
    have no place in UTC, and some no place in a database."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo and found.year in _YEARS else None
    except ValueError:
        return None


def read_number(text: str) -> int | None:
    """The number of a row."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(_HIGHEST)):
        return None
    return int(text) if int(text) <= _HIGHEST else None


def read_day(text: str) -> date | None:
    found = _parsed(_DAY, text)
    return found.date() if found and found.year in _YEARS else None


def read_month(text: str) -> date | None:
    """The first day of a month written 2026-11."""
    found = _parsed(_MONTH, text, "-01")
    return found.date() if found and found.year in _YEARS else None


def _parsed(shape: re.Pattern[str], text: str, rest: str = "") -> datetime | None:
    if shape.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text + rest)
    except ValueError:
        return None
