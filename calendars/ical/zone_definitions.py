"""Time zones that a calendar defines itself (VTIMEZONE, RFC 5545 §3.6.5), as far as they can be understood."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import islice

from . import recurrence
from .instances import TooMuchWork, Work, instances
from .lines import parsed
from .moments import Unreadable, moment

_BLOCK = re.compile(r"^BEGIN:(VCALENDAR|VTIMEZONE)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_BLOCK_END = re.compile(r"^(?:END:VTIMEZONE|BEGIN:V|END:VCALENDAR)", re.IGNORECASE | re.MULTILINE)
_OFFSET = re.compile(r"([+-]?)(\d\d):?([0-5]\d)(?::?([0-5]\d))?", re.ASCII)
_OBSERVANCES = {"STANDARD", "DAYLIGHT"}
MAX_CHARS = 32_000  # the longest real definitions have some 150 lines
_MAX_CHANGES = 200  # changes of one observance in a few years; more are an attack
_STEPS = 20_000
_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Observance:
    """One STANDARD or DAYLIGHT: the offset from UTC is `after` from each onset on.

    Onsets are wall-clock times in the offset `before`.
    """

    start: datetime
    before: timedelta
    after: timedelta
    dates: tuple[datetime, ...] = ()
    rule: recurrence.Rule | None = None

    def onsets(self, low: datetime, high: datetime) -> Iterator[datetime]:
        """The onsets between the two, and roughly the last one before them."""
        yield from (each for each in (self.start, *self.dates) if each <= high)
        if self.rule is None:
            return
        last = recurrence.until(self.rule, UTC, all_day=False)
        if last is not None:
            high = min(high, last.replace(tzinfo=None) + self.before)
        low = min(low, high) - _YEAR * min(self.rule.interval, 100)
        try:
            yield from islice(instances(self.rule, self.start, low, high, Work(_STEPS)), _MAX_CHANGES)
        except TooMuchWork:
            return


class DefinedZone(tzinfo):
    """A zone by its observances. A skipped local time has the offset before the gap; a repeated one means the first."""

    def __init__(self, name: str, observances: Sequence[Observance]) -> None:
        self._name = name
        self._observances = observances
        self._earliest = min(observances, key=lambda each: each.start).before
        self._years: dict[int, tuple[list[datetime], list[timedelta]]] = {}

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        if when is None:
            return None
        walls, offsets = self._changes(when.year)
        return offsets[bisect_right(walls, when.replace(tzinfo=None))]

    def dst(self, when: datetime | None) -> timedelta | None:
        return None if when is None else timedelta()

    def tzname(self, when: datetime | None) -> str:
        return self._name

    def _changes(self, year: int) -> tuple[list[datetime], list[timedelta]]:
        """The wall-clock times of changes in and around a year, and the offsets between them: one more."""
        if year not in self._years:
            low = datetime(max(200, year - 1), 1, 1)  # noqa: DTZ001
            high = datetime(min(9999, year + 1), 12, 31)  # noqa: DTZ001
            changes = sorted(
                (onset - each.before, max(each.before, each.after), each.after)
                for each in self._observances
                for onset in each.onsets(low, high)
                if 1 < onset.year < 9999
            )
            walls = [at + offset for at, offset, _ in changes]
            self._years[year] = walls, [self._earliest, *(after for _, _, after in changes)]
        return self._years[year]


@dataclass(slots=True)
class Definition:
    """A VTIMEZONE: its TZID, libical's name for it, and the zone of its observances, if they make one."""

    tzid: str = ""
    location: str = ""
    zone: tzinfo | None = None


@dataclass(slots=True)
class _Found:
    """The lines of one observance that matter."""

    start: datetime | None = None
    before: timedelta | None = None
    after: timedelta | None = None
    dates: list[datetime] = field(default_factory=list)
    rule: recurrence.Rule | None = None

    def observance(self) -> Observance | None:
        """The observance; with only one offset given, it serves as both, as an incomplete definition is better than
        none."""
        before = self.after if self.before is None else self.before
        after = self.before if self.after is None else self.after
        if before is None or after is None:
            return None
        start = self.start or datetime(1601, 1, 1)  # noqa: DTZ001
        return Observance(start, before, after, tuple(self.dates), self.rule if before != after else None)


def definitions(text: str) -> Mapping[int, Sequence[Definition]]:
    """The zones defined in an unfolded text, by the calendar's index."""
    found: dict[int, list[Definition]] = {}
    number = 0
    for match in _BLOCK.finditer(text):
        if match[1].upper() == "VCALENDAR":
            number += 1
            continue
        end = _BLOCK_END.search(text, match.end())
        block = text[match.end() : end.start() if end else len(text)]
        if len(block) <= MAX_CHARS:
            found.setdefault(number, []).append(_definition(block))
    return found


@lru_cache(maxsize=256)
def _definition(block: str) -> Definition:
    definition = Definition()
    observances: list[_Found] = []
    for raw in filter(None, block.splitlines()):
        line = parsed(raw)
        value = line.value.strip()
        match line.name:
            case "TZID":
                definition.tzid = value
            case "X-LIC-LOCATION":
                definition.location = value
            case "BEGIN" if value.upper() in _OBSERVANCES:
                observances.append(_Found())
            case name if observances:
                _learn(observances[-1], name, value)
            case _:
                pass
    usable = [each for found in observances if (each := found.observance()) is not None]
    definition.zone = DefinedZone(definition.tzid, usable) if usable else None
    return definition


def _learn(found: _Found, name: str, value: str) -> None:
    match name:
        case "TZOFFSETFROM":
            found.before = _offset(value)
        case "TZOFFSETTO":
            found.after = _offset(value)
        case "DTSTART":
            found.start = next(_walls(value), None)
        case "RDATE":
            found.dates += _walls(value)
        case "RRULE":
            rule = recurrence.parse(value)
            found.rule = rule if rule.freq >= recurrence.Freq.MONTHLY and not rule.doubts else None
        case _:
            pass


def _walls(value: str) -> Iterator[datetime]:
    for text in value.split(","):
        try:
            when = moment(text.partition("/")[0], None)
        except Unreadable:
            continue
        yield datetime(when.year, when.month, when.day) if not isinstance(when, datetime) else when.replace(tzinfo=None)  # noqa: DTZ001


def _offset(value: str) -> timedelta | None:
    """A UTC-OFFSET (RFC 5545 §3.3.14) of less than a day."""
    match = _OFFSET.fullmatch(value)
    if match is None or int(match[2]) > 23:
        return None
    length = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    return -length if match[1] == "-" else length
