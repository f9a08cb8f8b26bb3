"""The days on which a rule may have instances, period by period (RFC 5545 §3.3.10, table of limits and expansions).

Days are ordinals of the proleptic Gregorian calendar, as `date.toordinal` counts them.
"""

from bisect import bisect_left
from calendar import isleap
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date

from .recurrence import Freq, Rule, Skip

_BEFORE_MONTH = (0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)  # days of a year before each month
_LAST_YEAR = 9999

Days = Callable[[int], Sequence[int]]


def periods(rule: Rule, first: date) -> tuple[Callable[[date], int], Days]:
    """For a rule of days or longer that starts on `first`: two functions.

    Which of its periods a date lies in, counted from that of `first`; and the days of a period in order, including
    those before `first`.
    """
    every = rule.interval
    match rule.freq:
        case Freq.DAILY:
            origin, allowed = first.toordinal(), limit(rule)
            return lambda day: (day.toordinal() - origin) // every, lambda k: _one(origin + k * every, allowed)
        case Freq.WEEKLY:
            monday, days = _weekly(rule, first)
            return lambda day: (day.toordinal() - monday) // (7 * every), lambda k: days(monday + 7 * every * k)
        case Freq.MONTHLY:
            month = first.year * 12 + first.month - 1
            return lambda day: (day.year * 12 + day.month - 1 - month) // every, lambda k: _monthly(
                rule, first, *divmod(month + k * every, 12)
            )
        case _:
            year = _year_of_week(first.toordinal(), rule.wkst) if rule.weeks else first.year
            days_of = _yearly_weeks if rule.weeks else _yearly
            return lambda day: (day.year - year) // every, lambda k: days_of(rule, first, year + k * every)


def limit(rule: Rule) -> Callable[[int], bool] | None:
    """Whether a day passes the parts of a rule that repeats daily or within the day; None where all days do."""
    if not rule.limits_days:
        return None
    weekdays = {weekday for _, weekday in rule.weekdays}

    def allowed(day: int) -> bool:
        if weekdays and (day - 1) % 7 not in weekdays:
            return False
        when = date.fromordinal(day)
        return (
            (not rule.months or when.month in rule.months)
            and (not rule.monthdays or _counts(when.day, _length(when.year, when.month), rule.monthdays))
            and (not rule.yeardays or _counts(day - _ordinal(when.year, 1) + 1, _year_length(when.year), rule.yeardays))
        )

    return allowed


def _one(day: int, allowed: Callable[[int], bool] | None) -> Sequence[int]:
    return (day,) if allowed is None or allowed(day) else ()


def _weekly(rule: Rule, first: date) -> tuple[int, Days]:
    """The first day of the first week, and the function from a week's first day to its days."""
    weekdays = {weekday for _, weekday in rule.weekdays} or {first.weekday()}
    offsets = sorted((weekday - rule.wkst) % 7 for weekday in weekdays)

    def days(begin: int) -> Sequence[int]:
        found = [begin + offset for offset in offsets]
        return [day for day in found if date.fromordinal(day).month in rule.months] if rule.months else found

    return first.toordinal() - (first.weekday() - rule.wkst) % 7, days


def _monthly(rule: Rule, first: date, year: int, month: int) -> Sequence[int]:
    month += 1
    if year > _LAST_YEAR or (rule.months and month not in rule.months):
        return ()
    if rule.monthdays or not rule.weekdays:
        days = _days_of_month(rule.monthdays or (first.day,), year, month, rule.skip)
        return _on_weekdays(days, rule, _in_month)
    return _nth_weekdays(rule, _ordinal(year, month), _length(year, month))


def _yearly(rule: Rule, first: date, year: int) -> Sequence[int]:
    """BYDAY limits where days of the month or year are given; otherwise it expands months, or the year."""
    if year > _LAST_YEAR:
        return ()
    if rule.monthdays or rule.yeardays:
        return _on_weekdays(_numbered_days(rule, year), rule, _weekdays_count_in(rule))
    if rule.weekdays:
        spans = [(_ordinal(year, month), _length(year, month)) for month in rule.months]
        return [
            day for span in spans or [(_ordinal(year, 1), _year_length(year))] for day in _nth_weekdays(rule, *span)
        ]
    months = rule.months or (first.month,)
    return _ordered(day for month in months for day in _days_of_month((first.day,), year, month, rule.skip))


def _numbered_days(rule: Rule, year: int) -> Sequence[int]:
    """The days of a year by BYMONTH, BYYEARDAY and BYMONTHDAY in this order; missing ones are moved by SKIP."""
    monthdays: set[int] | None = None
    if rule.monthdays:
        months = rule.months or range(1, 13)
        monthdays = {day for month in months for day in _days_of_month(rule.monthdays, year, month, rule.skip)}
    if not rule.yeardays:
        return _ordered(monthdays or ())
    begin, length = _ordinal(year, 1), _year_length(year)
    found = {day for nth in rule.yeardays for day in _numbered(nth, begin, length, rule.skip)}
    if monthdays is not None:
        found &= monthdays
    elif rule.months:
        within = (day for day in found if begin <= day < begin + length)
        found = {day for day in within if date.fromordinal(day).month in rule.months}
    return _ordered(found)


def _yearly_weeks(rule: Rule, first: date, year: int) -> Sequence[int]:
    """The days of the numbered weeks, which begin on WKST; without a part about days, the first one's weekday.

    Week 1 has at least four days in its year, so the first and last week reach into the neighbouring years (ISO 8601).
    """
    begin = _first_week(year, rule.wkst)
    count = (_first_week(year + 1, rule.wkst) - begin) // 7
    weekdays = {weekday for _, weekday in rule.weekdays}
    if not (weekdays or rule.monthdays or rule.yeardays):
        weekdays = {first.weekday()}
    weeks = {nth - 1 if nth > 0 else count + nth for nth in rule.weeks}
    days = [begin + 7 * week + day for week in sorted(weeks) if 0 <= week < count for day in range(7)]
    rest = limit(_without_weekdays(rule))
    return [
        day for day in days if (not weekdays or (day - 1) % 7 in weekdays) and _exists(day) and (not rest or rest(day))
    ]


def _without_weekdays(rule: Rule) -> Rule:
    return Rule(rule.freq, months=rule.months, monthdays=rule.monthdays, yeardays=rule.yeardays)


def _days_of_month(numbers: Iterable[int], year: int, month: int, skip: Skip) -> Sequence[int]:
    begin, length = _ordinal(year, month), _length(year, month)
    return _ordered(day for nth in numbers for day in _numbered(nth, begin, length, skip))


def _numbered(nth: int, begin: int, length: int, skip: Skip) -> Iterator[int]:
    """The nth day of a month or year, from its end where negative; a missing one becomes a neighbour (RFC 7529
    §4.1)."""
    at = nth - 1 if nth > 0 else length + nth
    if 0 <= at < length:
        yield begin + at
    elif skip is not Skip.OMIT:
        edge = begin + length if at > 0 else begin
        days = {Skip.FORWARD: (edge,), Skip.BACKWARD: (edge - 1,)}.get(skip, (edge - 1, edge))
        yield from filter(_exists, days)


def _weekdays_count_in(rule: Rule) -> Callable[[date], tuple[int, int]]:
    """In what BYDAY's ordinals count in a yearly rule: the month where there is BYMONTH, else the year."""
    return _in_month if rule.months else lambda day: (_ordinal(day.year, 1), _year_length(day.year))


def _in_month(day: date) -> tuple[int, int]:
    return _ordinal(day.year, day.month), _length(day.year, day.month)


def _on_weekdays(days: Sequence[int], rule: Rule, span: Callable[[date], tuple[int, int]]) -> Sequence[int]:
    """Those of `days` that pass BYDAY where it limits. `span`: the month or year in which a day is counted."""
    if not rule.weekdays:
        return days
    plain = {weekday for nth, weekday in rule.weekdays if nth == 0}
    return [day for day in days if (day - 1) % 7 in plain or _has_ordinal(day, rule, *span(date.fromordinal(day)))]


def _has_ordinal(day: int, rule: Rule, begin: int, length: int) -> bool:
    at, from_end = (day - begin) // 7 + 1, (begin + length - 1 - day) // 7 + 1
    return any(weekday == (day - 1) % 7 and nth in (at, -from_end) for nth, weekday in rule.weekdays)


def _nth_weekdays(rule: Rule, begin: int, length: int) -> Sequence[int]:
    """The days of BYDAY in a month or year: all of a weekday, or the nth from either end."""
    found: set[int] = set()
    for nth, weekday in rule.weekdays:
        days = range(begin + (weekday - begin + 1) % 7, begin + length, 7)
        if nth == 0:
            found.update(days)
        elif -len(days) <= nth <= len(days):
            found.add(days[nth - 1 if nth > 0 else nth])
    return sorted(found)


def _ordered(days: Iterable[int]) -> Sequence[int]:
    return sorted(set(days))


def _counts(number: int, length: int, numbers: Collection[int]) -> bool:
    return number in numbers or number - length - 1 in numbers


def _first_week(year: int, wkst: int) -> int:
    """The first day of week 1, which has 4 January in it."""
    fourth = _ordinal(year, 1) + 3
    return fourth - (fourth - 1 - wkst) % 7


def _year_of_week(day: int, wkst: int) -> int:
    year = date.fromordinal(day).year
    starts = [_first_week(each, wkst) for each in (year, year + 1)]
    return year - 1 + bisect_left(starts, day + 1)


def _exists(day: int) -> bool:
    return 1 <= day <= date.max.toordinal()


def _ordinal(year: int, month: int) -> int:
    """The first day of a month; also works for the year 10000."""
    before = year - 1
    leap_day = month > 2 and isleap(year)
    return before * 365 + before // 4 - before // 100 + before // 400 + _BEFORE_MONTH[month] + leap_day + 1


def _length(year: int, month: int) -> int:
    return _BEFORE_MONTH[month + 1] - _BEFORE_MONTH[month] + (month == 2 and isleap(year))


def _year_length(year: int) -> int:
    return 365 + isleap(year)
