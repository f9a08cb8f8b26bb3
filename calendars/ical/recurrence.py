"""Parsing recurrence rules (RFC 5545 §3.3.10, RFC 7529) so that nothing in them ever makes time free.

What can't be read widens the rule, with a warning: an unknown part or value stands for all its values, an unreadable
end is no end. `ical.instances` computes the instances.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from enum import Enum, IntEnum
from functools import lru_cache
from typing import TypeVar

from .moments import Unreadable, instant, moment


class Freq(IntEnum):
    """The period of a rule, from the shortest to the longest."""

    SECONDLY = 0
    MINUTELY = 1
    HOURLY = 2
    DAILY = 3
    WEEKLY = 4
    MONTHLY = 5
    YEARLY = 6


class Skip(Enum):
    """What becomes of a day that its month or year doesn't have (RFC 7529 §4.1)."""

    OMIT = "OMIT"
    BACKWARD = "BACKWARD"
    FORWARD = "FORWARD"
    EITHER = ""  # unknown: both days count


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE. `weekdays`: (ordinal or 0, weekday with Monday 0). All lists are sorted, without duplicates.

    `doubts`: sentences about what could not be read or obeyed. `until`: a DATE, or a DATE-TIME as written; beside a
    `count` only where the text has both, which is not allowed.
    """

    freq: Freq
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    wkst: int = 0
    months: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    yeardays: tuple[int, ...] = ()
    monthdays: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    skip: Skip = Skip.OMIT
    doubts: tuple[str, ...] = ()

    @property
    def limits_days(self) -> bool:
        """Whether any part says which days count."""
        return bool(self.months or self.weeks or self.yeardays or self.monthdays or self.weekdays)


_LISTS = {  # lowest and highest absolute value, whether it may be negative
    "BYMONTH": (1, 12, False),
    "BYWEEKNO": (1, 53, True),
    "BYYEARDAY": (1, 366, True),
    "BYMONTHDAY": (1, 31, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
    "BYSECOND": (0, 60, False),
    "BYSETPOS": (1, 366, True),
}
_SCALARS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "RSCALE", "SKIP")
_WEEKDAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_BLANK = re.compile(r"[\s\"]+")
_Value = TypeVar("_Value", int, tuple[int, int])
_MOST_DOUBTS = 5
_COMMON_CHARS = 500  # longer texts are not cached, as nobody writes them twice


def parse(text: str) -> Rule:
    """The rule of `text`, or the narrowest one that surely has all of its instances."""
    return _remembered(text) if len(text) <= _COMMON_CHARS else _parse(text)


@lru_cache(maxsize=2048)
def of_dates(rule: Rule) -> Rule:
    """The rule for a DTSTART that is a DATE: clock parts MUST be ignored (RFC 5545 §3.3.10).

    What would repeat within a day repeats daily.
    """
    clockless = replace(rule, hours=(), minutes=(), seconds=())
    if rule.freq >= Freq.DAILY:
        return clockless
    doubts = (*rule.doubts, "it repeats within a day that has no times, so every day counts")
    return replace(clockless, freq=Freq.DAILY, interval=1, yeardays=(), positions=(), doubts=doubts)


def until(rule: Rule, zone: tzinfo, *, all_day: bool) -> datetime | None:
    """The last instant at which an instance may start; `zone` is that of the series.

    A date in a timed series counts to the end of that day, and a time without Z is on the series' clock: neither is
    allowed, both are common. In an all-day series only the date counts.
    """
    last = rule.until
    if last is None:
        return None
    if all_day:
        return instant(date(last.year, last.month, last.day), zone)
    if not isinstance(last, datetime):
        last = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=zone)
    return instant(last, zone)


def _parse(text: str) -> Rule:
    reading = _Reading()
    parts = _parts(text, reading)
    freq, wkst = reading.frequency(parts), reading.week_start(parts)
    rule = Rule(
        freq=freq,
        wkst=wkst,
        interval=reading.interval(parts),
        count=reading.count(parts),
        until=reading.until(parts),
        weekdays=reading.weekdays(parts),
        skip=reading.skip(parts),
        months=reading.numbers("BYMONTH", parts),
        weeks=reading.numbers("BYWEEKNO", parts),
        yeardays=reading.numbers("BYYEARDAY", parts),
        monthdays=reading.numbers("BYMONTHDAY", parts),
        hours=reading.numbers("BYHOUR", parts),
        minutes=reading.numbers("BYMINUTE", parts),
        seconds=reading.numbers("BYSECOND", parts),
        positions=reading.numbers("BYSETPOS", parts),
    )
    rule = _obeyable(replace(rule, positions=()) if reading.more_days else rule, reading, foreign=_is_foreign(parts))
    # A widened rule would reach its COUNT too early.
    return replace(
        rule, count=None if reading.widened else rule.count, doubts=tuple(dict.fromkeys(reading.doubts))[:_MOST_DOUBTS]
    )


_remembered = lru_cache(maxsize=2048)(_parse)


def _parts(text: str, reading: "_Reading") -> dict[str, str]:
    """The parts by upper-case name, without blanks. Lists that are given twice are joined."""
    parts: dict[str, str] = {}
    for piece in filter(None, _BLANK.sub("", text).upper().split(";")):
        name, equals, value = piece.partition("=")
        if not equals or (name not in _LISTS and name not in _SCALARS and name != "BYDAY"):
            reading.doubt(f"{name[:20]!r} in its rule means nothing known", widens=not name.startswith("X-"))
        elif name not in parts:
            parts[name] = value
        elif name in _SCALARS:
            parts[name] = value if parts[name] == value else "given twice"
        else:
            parts[name] = f"{parts[name]},{value}"
    return parts


class _Reading:
    """The doubts while reading a rule, and whether they widened it.

    `more_days`: within a period, so that positions (BYSETPOS) can't be told.
    """

    def __init__(self) -> None:
        self.doubts: list[str] = []
        self.widened = False
        self.more_days = False

    def doubt(self, sentence: str, *, widens: bool = True) -> None:
        self.doubts.append(sentence)
        self.widened |= widens

    def frequency(self, parts: dict[str, str]) -> Freq:
        name = parts.get("FREQ", "")
        freq = Freq.__members__.get(name)
        if freq is not None and (freq < Freq.MONTHLY or not _is_foreign(parts)):
            return freq  # days and weeks are the same in all calendars
        self.doubt("how often it repeats can't be understood, so every day counts")
        parts.pop("INTERVAL", None)
        parts.pop("BYSETPOS", None)
        return Freq.DAILY

    def interval(self, parts: dict[str, str]) -> int:
        text = parts.get("INTERVAL", "1")
        number = int(text) if _NUMBER.fullmatch(text) else 0
        if number < 1:
            self.doubt("its INTERVAL can't be read, so every period counts")
        return max(1, number)

    def count(self, parts: dict[str, str]) -> int | None:
        text = parts.get("COUNT")
        number = int(text) if text and _NUMBER.fullmatch(text) else 0
        if text is not None and number == 0:
            self.doubt("its COUNT can't be read, so it has no end")
        return number if number > 0 else None  # some write COUNT=-1 for "without end"

    def until(self, parts: dict[str, str]) -> date | datetime | None:
        text = parts.get("UNTIL")
        try:
            return None if text is None else moment(text, None)
        except Unreadable:
            self.doubt("its UNTIL can't be read, so it has no end", widens=False)
            return None

    def week_start(self, parts: dict[str, str]) -> int:
        name = parts.get("WKST", "MO")
        if name not in _WEEKDAYS:
            which_weeks = parts.get("FREQ") == "WEEKLY" and parts.pop("INTERVAL", "1") != "1"
            self.doubt("its WKST can't be read", widens=which_weeks or "BYWEEKNO" in parts)
        return _WEEKDAYS.get(name, 0)

    def skip(self, parts: dict[str, str]) -> Skip:
        name = parts.get("SKIP", "OMIT")
        if name in ("OMIT", "BACKWARD", "FORWARD"):
            return Skip[name]
        matters = parts.get("FREQ") in ("MONTHLY", "YEARLY")
        self.doubt("its SKIP can't be read", widens=matters)
        self.more_days |= matters
        return Skip.EITHER if matters else Skip.OMIT

    def weekdays(self, parts: dict[str, str]) -> tuple[tuple[int, int], ...]:
        found = self._values("BYDAY", [_weekday(text) for text in _listed(parts, "BYDAY")])
        return tuple((0, each) for each in range(7)) if found is None else found

    def numbers(self, name: str, parts: dict[str, str]) -> tuple[int, ...]:
        found = self._values(name, [_number(name, text) for text in _listed(parts, name)])
        if found is None:  # any value
            low, high, _ = _LISTS[name]
            return () if name == "BYSETPOS" else tuple(range(low, high + 1))
        return found

    def _values(self, name: str, read: list[_Value | None]) -> tuple[_Value, ...] | None:
        """The values of a part; None where one can't be read, which may stand for any."""
        if None in read:
            what = f"a value of its {name}" if any(each is not None for each in read) else f"its {name}"
            self.doubt(f"{what} can't be read, so it leaves nothing out")
            self.more_days = True
            return None
        return tuple(sorted({each for each in read if each is not None}))


def _listed(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _weekday(text: str) -> tuple[int, int] | None:
    match = _WEEKDAY.fullmatch(text)
    nth = int(match[1] or 0) if match else 0
    return None if match is None or abs(nth) > 53 or (match[1] and nth == 0) else (nth, _WEEKDAYS[match[2]])


def _number(name: str, text: str) -> int | None:
    low, high, negative = _LISTS[name]
    number = int(text) if _NUMBER.fullmatch(text) else high + 1
    if not low <= abs(number) <= high or (number < 0 and not negative):
        return None
    return min(number, 59) if name == "BYSECOND" else number  # a leap second is the second before it


def _is_foreign(parts: dict[str, str]) -> bool:
    """Whether the rule counts in another calendar than the Gregorian (RFC 7529 §4.1)."""
    return parts.get("RSCALE", "GREGORIAN") != "GREGORIAN"


def _obeyable(rule: Rule, reading: _Reading, *, foreign: bool) -> Rule:
    """The rule without what has no meaning in it ("N/A" and "MUST NOT" in the table of RFC 5545 §3.3.10).

    Obeying that could only leave instances out.
    """
    plain = replace(
        rule,
        months=() if foreign else rule.months,
        weeks=() if foreign or rule.freq < Freq.YEARLY else rule.weeks,
        yeardays=() if foreign or Freq.DAILY <= rule.freq <= Freq.MONTHLY else rule.yeardays,
        monthdays=() if foreign or rule.freq is Freq.WEEKLY else rule.monthdays,
    )
    if plain != rule:
        reading.doubt("it has parts that mean nothing in it")
        rule = plain
    if any(nth for nth, _ in rule.weekdays) and (rule.freq < Freq.MONTHLY or rule.weeks):
        reading.doubt("it counts weekdays where there is nothing to count them in")
        rule = replace(rule, weekdays=tuple(sorted({(0, weekday) for _, weekday in rule.weekdays})))
    if rule.until is not None and rule.count is not None:
        reading.doubt("it has both COUNT and UNTIL, the later one counts", widens=False)
    if rule.positions and not (rule.limits_days or rule.hours or rule.minutes or rule.seconds):
        reading.doubt("it has a BYSETPOS of nothing", widens=not {1, -1} & set(rule.positions))
        rule = replace(rule, positions=())
    return rule
