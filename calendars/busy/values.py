"""Dates, times, durations and periods as property values, with their zones.

Common spellings are read by one pattern; others part by part, in every variant that occurs in practice.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple

from ..ical import zones
from ..ical.moments import Length, Unreadable, duration, instant
from ..ical.zone_definitions import Definition, definitions
from ..model import Period
from .components import Outline, unfolded
from .rules import BusyRules

_WRITTEN = r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?\s*"
_WHEN = re.compile(
    rf'(?:;(?:VALUE=DATE(?:-TIME)?|TZID=(?P<tzid>"[^"]*"|[^";:]*)|X-[^=;:"]*=[^";:]*))*:{_WRITTEN}',
    re.IGNORECASE | re.ASCII,
)
_VALUE = re.compile(rf"\s*{_WRITTEN}", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"(?<!\d)(\d{4})([-/.]?)(\d\d)\2(\d\d)", re.ASCII)
_HEAD = re.compile(r'(?:;[^:;="]+=(?:"[^"]*"|[^";:]*))*:')
_PARAMETER = re.compile(r';([^:;="]+)=\s*("[^"]*"|[^";]*)')


class When(NamedTuple):
    """A date, or a wall-clock time with its zone; `zone` None: floating."""

    wall: date | datetime
    zone: tzinfo | None

    @property
    def all_day(self) -> bool:
        """Whether it is a date."""
        return not isinstance(self.wall, datetime)

    @property
    def day(self) -> date:
        """The date it is on."""
        return self.wall.date() if isinstance(self.wall, datetime) else self.wall


class Places:
    """The zones of one object's times.

    A zone defined in a calendar serves that calendar alone (RFC 5545 §3.8.3.1). Floating times are in the zone that the
    calendar names (X-WR-TIMEZONE), else in the host's; dates always are in the host's.
    """

    __slots__ = ("_body", "_defined", "_floating", "_known", "rules", "unknown")

    def __init__(self, body: bytes, outline: Outline, rules: BusyRules) -> None:
        self.rules = rules
        self.unknown: dict[str, None] = {}
        self._body = body
        self._floating = outline.floating
        self._known: dict[tuple[int, str], tzinfo | None] = {}
        self._defined: dict[int, Sequence[Definition]] | None = None

    def floating(self, calendar: int) -> tzinfo:
        """The zone of floating times."""
        name = self._floating.get(calendar)
        return (zones.named(name) if name else None) or self.rules.zone

    def zone(self, tzid: str, calendar: int) -> tzinfo | None:
        """The zone that a calendar's TZID means. None: unknown, with a warning; such times count as floating."""
        key = (calendar, tzid)
        if key not in self._known:
            self._known[key] = self._found(tzid, calendar)
        return self._known[key]

    def instant(self, moment: When, calendar: int) -> datetime:
        """The UTC instant of a moment; of a date, its midnight."""
        zone = self.rules.zone if moment.all_day else moment.zone or self.floating(calendar)
        return instant(moment.wall, zone)

    def _found(self, tzid: str, calendar: int) -> tzinfo | None:
        found: tzinfo | None = zones.place(tzid)
        if found is None:
            if self._defined is None:
                self._defined = dict(definitions(unfolded(self._body)))
            found = zones.zone(tzid, self._defined.get(calendar, ()))
        if found is None:
            self.unknown[tzid] = None
        return found


def when(rest: str, calendar: int, places: Places) -> When:
    """A DATE or DATE-TIME with its parameters. Raises Unreadable."""
    match = _WHEN.fullmatch(rest)
    if match is not None:
        return _moment(match, match["tzid"], calendar, places)
    head, _, value = rest.rpartition(":")  # TZIDs with colons are met without quotes, and no date has one
    match = _VALUE.fullmatch(value)
    if match is None:
        raise Unreadable("not a date or date with time")
    return _moment(match, parameters(head).get("TZID"), calendar, places)


def moments(rests: Sequence[str], calendar: int, places: Places) -> Iterator[When | str]:
    """The values of a multi-valued property on any number of lines; an unreadable one as its text."""
    for rest in rests:
        head, _, values = rest.rpartition(":")
        for value in values.split(","):
            try:
                yield when(f"{head}:{value}", calendar, places)
            except Unreadable:
                yield value


def period(value: str, head: str, calendar: int, places: Places) -> tuple[When, When | Length]:
    """A PERIOD (RFC 5545 §3.3.9): its start, and its end or how long it lasts. Raises Unreadable."""
    begins, slash, ends = value.partition("/")
    if not slash:
        raise Unreadable("not a period")
    start = when(f"{head}:{begins}", calendar, places)
    if ends.strip()[:2].upper().lstrip("+-").startswith("P"):
        return start, duration(ends.upper())
    return start, when(f"{head}:{ends}", calendar, places)


def named_day(rest: str) -> date | None:
    """The day that an otherwise unreadable value names."""
    head = _HEAD.match(rest)
    for match in _DAY.finditer(rest, head.end() if head else 0):
        try:
            return date(int(match[1]), int(match[3]), int(match[4]))
        except ValueError:
            continue
    return None


def whole_day(day: date, places: Places) -> Period:
    """A whole day in the host's zone."""
    return Period(instant(day, places.rules.zone), Length(days=1).after(day, places.rules.zone))


def parameters(head: str) -> dict[str, str]:
    """The parameters before a value, by upper-case name, unquoted."""
    return {name.strip().upper(): text.strip().strip('"') for name, text in _PARAMETER.findall(head)}


def _moment(match: re.Match[str], tzid: str | None, calendar: int, places: Places) -> When:
    *_, year, month, day, hour, minute, second, utc = match.groups()
    try:
        if hour is None:
            return When(date(int(year), int(month), int(day)), None)
        wall = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59))  # noqa: DTZ001
    except ValueError as error:
        raise Unreadable("a date that no calendar has") from error
    if utc:
        return When(wall, UTC)  # Z counts, whatever TZID stands beside it (RFC 5545 §3.2.19)
    return When(wall, places.zone(tzid.strip('"'), calendar) if tzid else None)
