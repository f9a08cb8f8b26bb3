"""The instances of a rule (RFC 5545 §3.3.10) as wall-clock times of its series, computed only near a window.

The work follows the days of the window and the instances in it, whatever the rule says: long series are entered by
arithmetic, and any iteration is paid for in steps beforehand.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice, product
from typing import TypeVar

from . import days
from .recurrence import Freq, Rule

_Moment = TypeVar("_Moment", int, datetime)
_DAY_S = 86_400
_UNITS = {Freq.SECONDLY: 1, Freq.MINUTELY: 60, Freq.HOURLY: 3600}
_DAYS = {Freq.DAILY: 1, Freq.WEEKLY: 7, Freq.MONTHLY: 31, Freq.YEARLY: 366}


class TooMuchWork(Exception):
    """The rule would take more steps than allowed."""


@dataclass(slots=True)
class Work:
    """The steps that are left. Looking at a day, or counting an instance, is one step."""

    left: int

    def spend(self, steps: int) -> None:
        """Subtract `steps`. Raises TooMuchWork."""
        if steps > self.left:
            raise TooMuchWork
        self.left -= steps


def instances(rule: Rule, start: datetime, low: datetime, high: datetime, work: Work) -> Iterator[datetime]:
    """The instances from `low` to `high` of a rule with DTSTART `start`, in order; all without zone.

    Includes DTSTART only where the rule gives it; ignores UNTIL, which is the caller's task. Raises TooMuchWork, before
    the first instance.
    """
    low = max(low, start)
    if low > high:
        return iter(())
    way = _within_days if rule.freq < Freq.DAILY else _by_periods
    return (each for each in way(rule, start, low, high, work) if low <= each <= high)


def _by_periods(rule: Rule, start: datetime, low: datetime, high: datetime, work: Work) -> Iterator[datetime]:
    """Rules of days and longer: the days of each period, times the clock times of each day."""
    index, days_of = days.periods(rule, start.date())
    clock = _clock(rule, start)
    begin, end = max(0, index(low.date()) - 1), index(high.date()) + 1
    left = rule.count
    if left is not None and begin:
        if _is_even(rule):
            left -= _count(rule, days_of(0), clock, start) + (begin - 1) * _count(rule, days_of(1), clock, start)
        else:
            begin = 0
    work.spend((end - begin + 1) * (_DAYS[rule.freq] if rule.limits_days or rule.positions else 1))
    sets = (days_of(k) for k in range(begin, end + 1))
    if not rule.positions:
        return _on_days(_distinct(chain.from_iterable(sets)), clock, start, low, high, left)
    found = _distinct(each for days in sets for each in _at_positions(days, clock, rule.positions))
    found = (each for each in found if each >= start)
    return found if left is None else islice(found, max(0, left))


def _clock(rule: Rule, start: datetime) -> Sequence[time]:
    """The times of day at which the rule has instances."""
    every = product(rule.hours or (start.hour,), rule.minutes or (start.minute,), rule.seconds or (start.second,))
    return [time(*each) for each in every]


def _is_even(rule: Rule) -> bool:
    """Whether all periods but the first have the same number of instances."""
    return (rule.freq is Freq.DAILY and not rule.limits_days) or (rule.freq is Freq.WEEKLY and not rule.months)


def _count(rule: Rule, days: Sequence[int], clock: Sequence[time], start: datetime) -> int:
    """The number of instances of a period from `start` on."""
    chosen = _at_positions(days, clock, rule.positions) if rule.positions else _combined(days, clock)
    return sum(each >= start for each in chosen)


def _combined(days: Iterable[int], clock: Sequence[time]) -> Iterator[datetime]:
    return (datetime.combine(date.fromordinal(day), at) for day in days for at in clock)


def _at_positions(days: Sequence[int], clock: Sequence[time], positions: Iterable[int]) -> Iterator[datetime]:
    """The nth instances of a period (BYSETPOS), from its end where negative, in order."""
    size = len(days) * len(clock)
    places = {nth - 1 if nth > 0 else size + nth for nth in positions if abs(nth) <= size}
    for place in sorted(places):
        day, at = divmod(place, len(clock))
        yield datetime.combine(date.fromordinal(days[day]), clock[at])


def _on_days(
    found: Iterable[int], clock: Sequence[time], start: datetime, low: datetime, high: datetime, left: int | None
) -> Iterator[datetime]:
    """The instances on these days; those before `low` are only counted."""
    first, lowest, highest = start.toordinal(), low.toordinal(), high.toordinal()
    for day in found:
        if day > highest or (left is not None and left <= 0):
            return
        if day < first or (left is None and day < lowest):
            continue
        times = clock if day > first else [at for at in clock if at >= start.time()]
        if left is not None:
            times = times[:left]
            left -= len(times)
        if day >= lowest:
            when = date.fromordinal(day)
            for at in times:
                yield datetime.combine(when, at)


def _distinct(found: Iterable[_Moment]) -> Iterator[_Moment]:
    """Without consecutive duplicates: SKIP may move a day onto another one of the rule."""
    last = None
    for each in found:
        if each != last:
            yield each
        last = each


def _within_days(rule: Rule, start: datetime, low: datetime, high: datetime, work: Work) -> Iterator[datetime]:
    """Rules of hours, minutes and seconds: each day's matching units, times the instances in a unit."""
    inside, units_of, cost = _inside(rule, start), *_units(rule, start)
    allowed, left, begin = days.limit(rule), rule.count, low.toordinal()
    if left is not None and low > start:
        if not (allowed or rule.hours or rule.minutes or rule.seconds):
            return _bare(rule, start, low, high)
        begin = start.toordinal()
        cost *= len(inside)
    work.spend(high.toordinal() - begin + 1)
    found = [day for day in range(begin, high.toordinal() + 1) if allowed is None or allowed(day)]
    work.spend(len(found) * cost)
    unit = _UNITS[rule.freq]
    walls = (_wall(day, unit * at + second) for day in found for at in units_of(day) for second in inside)
    later = (each for each in walls if each >= start)
    return later if left is None else islice(later, left)


def _bare(rule: Rule, start: datetime, low: datetime, high: datetime) -> Iterator[datetime]:
    """A rule with nothing but COUNT: every instance is the one before it plus the same step."""
    step = timedelta(seconds=_UNITS[rule.freq]) * rule.interval
    first, last = -((start - low) // step), (high - start) // step
    return (start + k * step for k in range(first, min(last + 1, rule.count or 0)))


def _inside(rule: Rule, start: datetime) -> Sequence[int]:
    """The offsets of instances within a unit, in seconds: expanded by the smaller parts, then BYSETPOS."""
    minutes = (rule.minutes or (start.minute,)) if rule.freq is Freq.HOURLY else (0,)
    seconds = (rule.seconds or (start.second,)) if rule.freq >= Freq.MINUTELY else (0,)
    found = [60 * minute + second for minute in minutes for second in seconds]
    if not rule.positions:
        return found
    places = {nth - 1 if nth > 0 else len(found) + nth for nth in rule.positions}
    return [second for place, second in enumerate(found) if place in places]


def _units(rule: Rule, start: datetime) -> tuple[Callable[[int], Iterable[int]], int]:
    """The units of a day that pass INTERVAL and the limiting parts, and the maximum cost of finding them."""
    unit, every = _UNITS[rule.freq], rule.interval
    size = _DAY_S // unit
    origin = (start.toordinal() * _DAY_S + start.hour * 3600 + start.minute * 60 + start.second) // unit
    limited = _limited(rule, size)
    if size % every == 0:  # the same every day
        same = limited if every == 1 else [at for at in limited if (at - origin) % every == 0]
        return lambda _: same, len(same)
    if len(limited) <= size // every:
        return lambda day: (at for at in limited if (day * size + at - origin) % every == 0), len(limited)
    members = limited if isinstance(limited, range) else frozenset(limited)
    return lambda day: (
        at for at in range((origin - day * size) % every, size, every) if at in members
    ), size // every + 1


def _limited(rule: Rule, size: int) -> Sequence[int]:
    """The units of a day that pass the limiting BYHOUR, BYMINUTE and BYSECOND."""
    if rule.freq is Freq.HOURLY:
        return rule.hours or range(size)
    minutes = rule.minutes or range(60)
    if rule.freq is Freq.MINUTELY:
        return [60 * hour + minute for hour in rule.hours or range(24) for minute in minutes]
    if not (rule.hours or rule.minutes or rule.seconds):
        return range(size)
    hours, seconds = rule.hours or range(24), rule.seconds or range(60)
    return [3600 * hour + 60 * minute + second for hour in hours for minute in minutes for second in seconds]


def _wall(day: int, second: int) -> datetime:
    return datetime.combine(date.fromordinal(day), time(second // 3600, second // 60 % 60, second % 60))
