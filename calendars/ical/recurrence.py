"""Recurrence rules (RFC 5545 §3.3.10): read strictly, the plain ones expanded by arithmetic, long series cut short.

A library that walks a rule from its first instance can be kept busy for hours by one line of text. Here plain rules
cost as much as they have instances in the window; for the others `forwarded` moves the first instance close to it.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import product
from math import prod

from .moments import Unreadable, instant, moment

_STEPS = {
    "SECONDLY": timedelta(seconds=1),
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
}
_FREQUENCIES = {*_STEPS, "MONTHLY", "YEARLY"}
_WEEKDAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_LIMITS = {  # lowest and highest absolute value, whether it may be negative
    "BYSECOND": (0, 60, False),
    "BYMINUTE": (0, 59, False),
    "BYHOUR": (0, 23, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYMONTH": (1, 12, False),
    "BYSETPOS": (1, 366, True),
}
MAX_TIMES = 100  # a day
MAX_COUNTED_PERIODS = 20_000  # how far a rule with COUNT is counted through before it goes the long way


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE. `weekdays` are (ordinal or 0, weekday from Monday 0), `clock` its hours, minutes and seconds; `fine`: it
    has parts that no plain rule has."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: str | None = None
    wkst: int = 0
    weekdays: tuple[tuple[int, int], ...] = ()
    monthdays: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    clock: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] = ((), (), ())
    fine: bool = False

    @property
    def bare(self) -> bool:
        """Whether it has no BY part: every instance is the one before it plus `step`."""
        return not (self.weekdays or self.monthdays or self.months or self.positions or any(self.clock) or self.fine)

    @property
    def step(self) -> timedelta | None:
        """The length of INTERVAL periods, None for months and years, which have none."""
        unit = _STEPS.get(self.freq)
        return unit * self.interval if unit else None


@lru_cache(maxsize=2048)
def parse(text: str) -> Rule:
    """The rule that `text` writes. Raises Unreadable: unknown parts, an INTERVAL of 0, numbers out of range."""
    parts = _parts(text)
    freq = parts.pop("FREQ", "")
    if freq not in _FREQUENCIES:
        raise Unreadable("a recurrence without a known frequency")
    interval = _number(parts.pop("INTERVAL", "1"))
    if not 1 <= interval <= 100_000:
        raise Unreadable("a recurrence whose interval is no number of periods")
    count = _number(parts.pop("COUNT", "-1"))
    if count == 0:
        raise Unreadable("a recurrence without instances")
    until = parts.pop("UNTIL", None)
    if until is not None:
        moment(until, None)
    wkst = parts.pop("WKST", "MO")
    if wkst not in _WEEKDAYS:
        raise Unreadable("a week that starts on no weekday")
    weekdays = tuple(_weekday(each) for each in _listed(parts.pop("BYDAY", "")))
    numbers = {name: _numbers(name, text) for name, text in parts.items()}
    return Rule(
        freq=freq,
        interval=interval,
        count=count if count > 0 else None,  # some write COUNT=-1 for "without end"
        until=until,
        wkst=_WEEKDAYS[wkst],
        weekdays=weekdays,
        monthdays=numbers.pop("BYMONTHDAY", ()),
        months=numbers.pop("BYMONTH", ()),
        positions=numbers.pop("BYSETPOS", ()),
        clock=(numbers.pop("BYHOUR", ()), numbers.pop("BYMINUTE", ()), numbers.pop("BYSECOND", ())),
        fine=bool(numbers),
    )


def is_plain(rule: Rule) -> bool:
    """Whether `dates` can expand it: whole days, and BY parts whose meaning needs no calendar of the year."""
    if rule.fine or (any(rule.clock) and (rule.count or rule.positions or not _few_times(rule))):
        return False
    ordinals = any(nth for nth, _ in rule.weekdays)
    match rule.freq:
        case "DAILY" | "WEEKLY":
            return not (ordinals or rule.monthdays or rule.positions)
        case "MONTHLY":
            return not rule.positions or bool(rule.weekdays or rule.monthdays)
        case "YEARLY":
            return not rule.positions and (bool(rule.months) or not rule.weekdays)
        case _:
            return False


def dates(rule: Rule, first: date, low: date, high: date) -> Iterator[date] | None:
    """The dates of a plain rule that starts on `first`, from `low` to `high`, in order; UNTIL is the caller's affair.

    None where COUNT would have to be counted through too many periods.
    """
    index, days = _periods(rule, first)
    begin = 0 if rule.count or low <= first else index(low)
    end = index(high)
    if rule.count and end > MAX_COUNTED_PERIODS:
        return None
    found = (day for period in range(begin, end + 1) for day in days(period))
    return _counted(found, rule.count, first.toordinal(), low.toordinal(), high.toordinal())


def times(rule: Rule, at: time) -> list[time]:
    """When on each of its days a plain rule has instances; `at` is the time of the first one, zone included."""
    hours, minutes, seconds = rule.clock
    every = product(hours or (at.hour,), minutes or (at.minute,), seconds or (at.second,))
    return [time(*each, tzinfo=at.tzinfo) for each in every]


def forwarded(rule: Rule, start: datetime, low: datetime) -> tuple[datetime, int | None] | None:
    """A later first instance, and the COUNT that is left from there, such that nothing from `low` on changes.

    Both are wall-clock times without zone. None where nothing can be saved or the rule doesn't allow it: it moves in
    whole INTERVAL periods of a fixed length, so months and years stay, and COUNT only bends where every period has
    exactly one instance. One period is kept before `low`: the first week of a rule may be cut short by its start.
    """
    step = rule.step
    if step is None or (rule.count and not rule.bare):
        return None
    periods = (low - start) // step - 1
    if periods <= 0:
        return None
    if rule.count is None:
        return start + periods * step, None
    periods = min(periods, rule.count - 1)
    return start + periods * step, rule.count - periods


def until(rule: Rule, zone: tzinfo, *, all_day: bool) -> datetime | None:
    """The last instant at which an instance may start; `zone` is that of the series.

    A date in a timed series counts to the end of that day, and a time without Z is on the series' clock: neither is
    allowed, both are common. In an all-day series only the date counts.
    """
    if rule.until is None:
        return None
    last = moment(rule.until, None)
    if all_day:
        return instant(date(last.year, last.month, last.day), zone)
    if not isinstance(last, datetime):
        last = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=zone)
    return instant(last, zone)


def _few_times(rule: Rule) -> bool:
    return prod(max(1, len(part)) for part in rule.clock) <= MAX_TIMES and 60 not in rule.clock[2]


def _counted(found: Iterator[int], count: int | None, first: int, low: int, high: int) -> Iterator[date]:
    left = count
    for day in found:
        if day < first:
            continue
        if day > high or left == 0:
            return
        if left is not None:
            left -= 1
        if day >= low:
            yield date.fromordinal(day)


def _periods(rule: Rule, first: date) -> tuple[Callable[[date], int], Callable[[int], Sequence[int]]]:
    """Which period of the rule a date lies in, counted from the first one; and the days (ordinals) of a period."""
    every = rule.interval
    match rule.freq:
        case "DAILY":
            origin = first.toordinal()
            return lambda day: (day.toordinal() - origin) // every, lambda k: _day(rule, origin + k * every)
        case "WEEKLY":
            monday = first.toordinal() - (first.weekday() - rule.wkst) % 7
            offsets = _week_offsets(rule, first)
            return lambda day: (day.toordinal() - monday) // (7 * every), lambda k: _week(
                rule, monday + 7 * every * k, offsets
            )
        case "MONTHLY":
            month = _month(first)
            return lambda day: (_month(day) - month) // every, lambda k: _month_days(rule, first, month + k * every)
        case _:
            return lambda day: (day.year - first.year) // every, lambda k: _year_days(
                rule, first, first.year + k * every
            )


def _day(rule: Rule, day: int) -> Sequence[int]:
    if rule.weekdays and all(weekday != (day - 1) % 7 for _, weekday in rule.weekdays):
        return ()
    return (day,) if _in_months(rule, day) else ()


def _week_offsets(rule: Rule, first: date) -> Sequence[int]:
    weekdays = {weekday for _, weekday in rule.weekdays} or {first.weekday()}
    return sorted((weekday - rule.wkst) % 7 for weekday in weekdays)


def _week(rule: Rule, begin: int, offsets: Sequence[int]) -> Sequence[int]:
    days = [begin + offset for offset in offsets]
    return [day for day in days if _in_months(rule, day)] if rule.months else days


def _in_months(rule: Rule, day: int) -> bool:
    return not rule.months or date.fromordinal(day).month in rule.months


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_days(rule: Rule, first: date, month: int) -> Sequence[int]:
    year, number = divmod(month, 12)
    if rule.months and number + 1 not in rule.months:
        return ()
    before = date(year, number + 1, 1).toordinal() - 1
    length = monthrange(year, number + 1)[1]
    days = sorted(_chosen(rule, first.day, before, length))
    if rule.positions:
        places = {at - 1 if at > 0 else len(days) + at for at in rule.positions}
        days = [day for at, day in enumerate(days) if at in places]
    return [before + day for day in days]


def _chosen(rule: Rule, day_of_first: int, before: int, length: int) -> set[int]:
    """Days of the month that BYMONTHDAY and BYDAY leave; `before` is the ordinal of the day before the 1st."""
    if not (rule.monthdays or rule.weekdays):
        return {day_of_first} if day_of_first <= length else set()
    days = set(range(1, length + 1))
    if rule.monthdays:
        days &= {day if day > 0 else length + 1 + day for day in rule.monthdays}
    if rule.weekdays:
        days &= {day for nth, weekday in rule.weekdays for day in _weekdays_of(nth, (weekday - before) % 7 + 1, length)}
    return days


def _weekdays_of(nth: int, first: int, length: int) -> Sequence[int]:
    """The days of one weekday in a month that has it first on day `first`: all of them, or the nth from either end."""
    days = range(first, length + 1, 7)
    if nth == 0:
        return days
    at = nth - 1 if nth > 0 else len(days) + nth
    return days[at : at + 1] if 0 <= at < len(days) else ()


def _year_days(rule: Rule, first: date, year: int) -> Sequence[int]:
    if rule.months or rule.monthdays:
        months = sorted(set(rule.months)) or range(1, 13)
        return [day for month in months for day in _month_days(rule, first, year * 12 + month - 1)]
    return _month_days(rule, first, year * 12 + first.month - 1)


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in filter(None, text.strip().upper().split(";")):
        name, equals, value = piece.partition("=")
        if not equals or name in parts:
            raise Unreadable("a recurrence that says something twice or nothing")
        parts[name] = value
    if parts.pop("RSCALE", "GREGORIAN") != "GREGORIAN":
        raise Unreadable("a recurrence of another calendar scale")
    if parts.pop("SKIP", "OMIT") != "OMIT":
        raise Unreadable("a recurrence that moves its impossible days")
    return parts


def _listed(text: str) -> list[str]:
    return text.split(",") if text else []


def _weekday(text: str) -> tuple[int, int]:
    match = _WEEKDAY.fullmatch(text)
    nth = int(match[1] or 0) if match else 0
    if match is None or abs(nth) > 53 or (match[1] and nth == 0):
        raise Unreadable("a recurrence on no weekday")
    return nth, _WEEKDAYS[match[2]]


def _numbers(name: str, text: str) -> tuple[int, ...]:
    if name not in _LIMITS:
        raise Unreadable("a recurrence with an unknown part")
    low, high, negative = _LIMITS[name]
    numbers = tuple(_number(each) for each in _listed(text))
    if not numbers or not all(low <= abs(each) <= high and (each >= 0 or negative) for each in numbers):
        raise Unreadable("a recurrence with a number out of range")
    return numbers


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise Unreadable("a recurrence with something else where a number belongs")
    return int(text)
