"""Time zones by the names in calendars: IANA's, Windows', paths, and offsets in any spelling."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from .lines import Line, unfolded
from .zone_definitions import Definition, definitions

_NO_ZONES = {"localtime", "factory", "posixrules"}  # files of the zone database that are no zones of a place
_UTC_NAMES = {"tzone://microsoft/utc", "z", "utc/gmt", "coordinated universal time"}
_OFFSET = re.compile(
    r"(?:UTC|GMT|UT)?\s*([+\-\u2212])\s*(\d{1,2})(?:[:.]?([0-5]\d))?(?::?00)?(?:\s*\([^)]*\))?",
    re.IGNORECASE | re.ASCII,
)
# Windows' display name: "(UTC-05:00) Eastern Time (US & Canada)".
_SHOWN = re.compile(r"\(((?:UTC|GMT)[^)]*)\)\s*(.*)", re.IGNORECASE | re.DOTALL)
# Display names without a city of the zone database.
_SHOWN_PLACES = {
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
    "pacific time": "America/Los_Angeles",
    "atlantic time": "America/Halifax",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
    "arizona": "America/Phoenix",
    "newfoundland": "America/St_Johns",
    "saskatchewan": "America/Regina",
    "indiana (east)": "America/Indiana/Indianapolis",
    "central america": "America/Guatemala",
    "baja california": "America/Tijuana",
    "greenland": "America/Nuuk",
    "brasilia": "America/Sao_Paulo",
    "city of buenos aires": "America/Argentina/Buenos_Aires",
    "cabo verde is": "Atlantic/Cape_Verde",
    "cape verde is": "Atlantic/Cape_Verde",
    "west central africa": "Africa/Lagos",
    "chennai": "Asia/Kolkata",
    "abu dhabi": "Asia/Dubai",
    "islamabad": "Asia/Karachi",
    "ekaterinburg": "Asia/Yekaterinburg",
    "astana": "Asia/Almaty",
    "beijing": "Asia/Shanghai",
    "osaka": "Asia/Tokyo",
    "canberra": "Australia/Sydney",
    "solomon is": "Pacific/Guadalcanal",
    "samoa": "Pacific/Apia",
    "kyiv": "Europe/Kyiv",
    "jerusalem": "Asia/Jerusalem",
}
_LONGEST_NAME = 255  # a longer name is no zone, and not worth caching
_SAMPLES = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))


def iana(name: str) -> str | None:
    """The IANA name that `name` means: itself, a Windows name, or the end of a path (`/vendor/Europe/Berlin`)."""
    return _iana(name) if len(name) <= _LONGEST_NAME else None


@lru_cache(maxsize=1024)
def _iana(name: str) -> str | None:
    known = _known()
    plain = _bare(name).strip("/")
    folded = plain.casefold()
    if folded not in known and folded in _windows():
        return _windows()[folded]
    parts = plain.split("/")
    ends = range(max(0, len(parts) - 3), len(parts))
    candidates = ("/".join(parts[at:]).replace(" ", "_").casefold() for at in ends)
    # A last part alone only counts as the whole name: "/vendor/Berlin" and "My/Jamaica" are no IANA names.
    return next((known[each] for each in candidates if each in known and ("/" in each or len(parts) == 1)), None)


def place(name: str) -> ZoneInfo | None:
    """The zone of the place that `name` means; see `iana`."""
    key = iana(name)
    return ZoneInfo(key) if key else None


def named(name: str) -> tzinfo | None:
    """The zone that `name` means by itself: of a place, or an offset."""
    return place(name) or (_spelled(_bare(name)) if len(name) <= _LONGEST_NAME else None)


def resolve(tzid: str, content: Iterable[Line]) -> tzinfo | None:
    """The zone that `tzid` means in the calendar with these lines; None where it is unknown."""
    if place(tzid):
        return place(tzid)
    found = definitions("\n".join(unfolded(each.raw) for each in content))
    return zone(tzid, [each for defined in found.values() for each in defined])


def zone(tzid: str, defined: Iterable[Definition]) -> tzinfo | None:
    """The zone that `tzid` means in a calendar with these definitions (RFC 5545 §3.8.3.1).

    A place wins over its definition, as clients define zones from what they know of the place; an offset in the name
    comes last.
    """
    known, name = place(tzid), _bare(tzid)
    mine = [each for each in defined if _bare(each.tzid) == name] if known is None else []
    for each in mine:
        found = (place(each.location) if each.location else None) or each.zone
        if found is not None:
            return found
    return known or named(tzid)


def _bare(name: str) -> str:
    """A name without surrounding quotes and blanks, and without backslashes."""
    return " ".join(name.replace("\\", "").split()).strip("\"' ")


def _spelled(name: str) -> tzinfo | None:
    if name.casefold() in _UTC_NAMES:
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset:
        return _fixed(offset)
    shown = _SHOWN.fullmatch(name)
    if shown is None:
        return _place_shown(name, None)
    match = _OFFSET.fullmatch(shown[1])
    fixed = _fixed(match) if match else UTC if shown[1].casefold() in ("utc", "gmt") else None
    return fixed and (_place_shown(shown[2], fixed) or fixed)


def _fixed(match: re.Match[str]) -> tzinfo | None:
    hours = int(match[2])
    length = timedelta(hours=hours, minutes=int(match[3] or 0))
    return timezone(length if match[1] == "+" else -length) if hours <= 14 else None


def _place_shown(text: str, fixed: tzinfo | None) -> ZoneInfo | None:
    """The place of a display name, if its clocks ever show the offset displayed with it.

    Without an offset a city alone is ambiguous.
    """
    for part in re.split(r"[,;/]", text.casefold()):
        words = part.split("(us")[0].split("(canada")[0].strip(" .")
        key = _SHOWN_PLACES.get(words) or (_cities().get(words) if fixed else None)
        if key:
            found = ZoneInfo(key)
            offsets = {each.astimezone(found).utcoffset() for each in _SAMPLES}
            return found if fixed is None or fixed.utcoffset(None) in offsets else None
    return None


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() if name.casefold() not in _NO_ZONES}


@lru_cache(maxsize=1)
def _windows() -> dict[str, str]:
    return {name.casefold(): place for name, place in WINDOWS_TO_OLSON.items()}


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """The last parts of IANA names, as people write them."""
    places = (name for name in sorted(_known().values()) if name.count("/") == 1 and not name.startswith("Etc/"))
    return {name.rpartition("/")[2].replace("_", " ").casefold(): name for name in places}
