"""RFC 5545 §3.3.10 word by word: every candidate instant of a period is asked, part by part, whether it is in the rule.

Slow, and written without a look at how the product does it: an oracle for it. Within a period, a part that limits and a
part that expands say the same: an instant without that value is not in the set. What a rule doesn't say comes from
DTSTART. SKIP (RFC 7529 §4.1) is worked out on the dates that a rule names, before BYDAY looks at them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY = timedelta(days=1)


def enumerated(rule: Mapping[str, str], start: datetime, until: datetime) -> list[datetime]:
    """The instances of the rule from `start` up to `until`, COUNT counted from `start` on."""
    found: list[datetime] = []
    limit = int(rule.get("COUNT", 0))
    for period in periods(rule, start):
        if period[0] > (
            until + 10 * DAY if rule["FREQ"] in ("MONTHLY", "YEARLY") else until
        ):  # weeks and SKIP reach backwards
            break
        inside = sorted(set(instants(rule, start, period)))
        if "BYSETPOS" in rule:
            places = [nth - 1 if nth > 0 else len(inside) + nth for nth in numbers(rule, "BYSETPOS")]
            inside = [each for place, each in enumerate(inside) if place in places]
        found += [each for each in inside if each >= start and each not in found[-100:]]
    found.sort()
    return [each for each in (found[:limit] if limit else found) if each <= until]


def periods(rule: Mapping[str, str], start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The periods of FREQ and INTERVAL, from the one that `start` lies in."""
    interval, freq = int(rule.get("INTERVAL", 1)), rule["FREQ"]
    midnight = start.replace(hour=0, minute=0, second=0)
    week = midnight - (start.weekday() - WEEKDAYS.index(rule.get("WKST", "MO"))) % 7 * DAY
    year = week_and_year(start.date(), rule)[1] if "BYWEEKNO" in rule else start.year
    for k in range(0, 10**9, interval):
        match freq:
            case "YEARLY":
                yield datetime(year + k, 1, 1), datetime(year + k + 1, 1, 1)  # noqa: DTZ001
            case "MONTHLY":
                yield month_at(start, k), month_at(start, k + 1)
            case "WEEKLY":
                yield week + 7 * k * DAY, week + 7 * (k + 1) * DAY
            case "DAILY":
                yield midnight + k * DAY, midnight + (k + 1) * DAY
            case "HOURLY":
                begin = start.replace(minute=0, second=0)
                yield begin + timedelta(hours=k), begin + timedelta(hours=k + 1)
            case "MINUTELY":
                begin = start.replace(second=0)
                yield begin + timedelta(minutes=k), begin + timedelta(minutes=k + 1)
            case _:
                yield start + timedelta(seconds=k), start + timedelta(seconds=k + 1)


def month_at(start: datetime, k: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + k, 12)
    return datetime(year, month + 1, 1)  # noqa: DTZ001


def instants(rule: Mapping[str, str], start: datetime, period: tuple[datetime, datetime]) -> Iterator[datetime]:
    begin, end = period
    if rule["FREQ"] in ("HOURLY", "MINUTELY", "SECONDLY"):
        by_minutes = rule["FREQ"] == "HOURLY" and "BYSECOND" not in rule  # the others are on no second of DTSTART's
        at = begin.replace(second=start.second) if by_minutes else begin
        while at < end:
            if day_is_in(rule, start, at.date()) and time_is_in(rule, start, at):
                yield at
            at += timedelta(minutes=1) if by_minutes else timedelta(seconds=1)
        return
    times = [
        timedelta(hours=hour, minutes=minute, seconds=second)
        for hour in numbers(rule, "BYHOUR") or [start.hour]
        for minute in numbers(rule, "BYMINUTE") or [start.minute]
        for second in numbers(rule, "BYSECOND") or [start.second]
    ]
    for day in days(rule, start, begin, end):
        yield from (datetime(day.year, day.month, day.day) + time for time in times)  # noqa: DTZ001


def time_is_in(rule: Mapping[str, str], start: datetime, at: datetime) -> bool:
    """What a rule within the day doesn't say about a smaller unit than its own comes from DTSTART."""
    minute_given = rule["FREQ"] == "HOURLY" and "BYMINUTE" not in rule
    second_given = rule["FREQ"] in ("HOURLY", "MINUTELY") and "BYSECOND" not in rule
    return (
        ("BYHOUR" not in rule or at.hour in numbers(rule, "BYHOUR"))
        and ("BYMINUTE" not in rule or at.minute in numbers(rule, "BYMINUTE"))
        and ("BYSECOND" not in rule or at.second in numbers(rule, "BYSECOND"))
        and (not minute_given or at.minute == start.minute)
        and (not second_given or at.second == start.second)
    )


def days(rule: Mapping[str, str], start: datetime, begin: datetime, end: datetime) -> Iterator[date]:
    if rule.get("SKIP", "OMIT") != "OMIT" and "BYWEEKNO" not in rule and rule["FREQ"] in ("MONTHLY", "YEARLY"):
        yield from (day for day in skipped(rule, start, begin, end) if weekday_is_in(rule, day, begin))
        return
    reach = 7 * DAY if "BYWEEKNO" in rule else timedelta()  # the weeks of a year reach into its neighbours
    day = begin - reach
    while day < end + reach:
        in_period = week_and_year(day.date(), rule)[1] == begin.year if "BYWEEKNO" in rule else begin <= day < end
        if in_period and day_is_in(rule, start, day.date()):
            yield day.date()
        day += DAY


def skipped(rule: Mapping[str, str], start: datetime, begin: datetime, end: datetime) -> set[date]:
    """The dates of BYMONTH, BYYEARDAY and BYMONTHDAY in a period, those that don't exist moved to where SKIP says."""
    months = [
        month_at(begin, k)
        for k in range(12 if rule["FREQ"] == "YEARLY" else 1)
        if "BYMONTH" not in rule or month_at(begin, k).month in numbers(rule, "BYMONTH")
    ]
    if "BYMONTHDAY" not in rule and ("BYDAY" in rule or "BYYEARDAY" in rule):
        found = {(month + k * DAY).date() for month in months for k in range((month_at(month, 1) - month).days)}
    else:
        given = numbers(rule, "BYMONTHDAY") or [start.day]
        if rule["FREQ"] == "YEARLY" and not {"BYMONTHDAY", "BYMONTH"} & rule.keys():
            months = [month for month in months if month.month == start.month]
        found = {day for month in months for nth in given for day in moved(rule, nth, month, month_at(month, 1))}
    if "BYYEARDAY" in rule:
        found_by_number = {day for nth in numbers(rule, "BYYEARDAY") for day in moved(rule, nth, begin, end)}
        if "BYMONTH" not in rule and "BYMONTHDAY" not in rule:
            return found_by_number
        found &= found_by_number
    return found


def moved(rule: Mapping[str, str], nth: int, begin: datetime, end: datetime) -> Iterator[date]:
    day = begin + (nth - 1) * DAY if nth > 0 else end + nth * DAY
    if not begin <= day < end:
        after = end if nth > 0 else begin
        day = after if rule["SKIP"] == "FORWARD" else after - DAY
    yield day.date()


def day_is_in(rule: Mapping[str, str], start: datetime, day: date) -> bool:
    return all(part(rule, start, day) for part in (month_is_in, week_is_in, yearday_is_in, monthday_is_in, byday_is_in))


def month_is_in(rule: Mapping[str, str], start: datetime, day: date) -> bool:
    if "BYMONTH" in rule:
        return day.month in numbers(rule, "BYMONTH")
    named = {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY"} & rule.keys()
    return rule["FREQ"] != "YEARLY" or bool(named) or day.month == start.month


def week_is_in(rule: Mapping[str, str], start: datetime, day: date) -> bool:
    if "BYWEEKNO" not in rule:
        return True
    week, year = week_and_year(day, rule)
    last, _ = week_and_year(date(year, 12, 28), rule)  # which always lies in the last week
    return week in numbers(rule, "BYWEEKNO") or week - last - 1 in numbers(rule, "BYWEEKNO")


def week_and_year(day: date, rule: Mapping[str, str]) -> tuple[int, int]:
    """The number of the week, and the year it belongs to: the one in which at least four of its days lie."""
    begin = day - (day.weekday() - WEEKDAYS.index(rule.get("WKST", "MO"))) % 7 * DAY
    year = (begin + 3 * DAY).year
    return ((begin + 3 * DAY) - date(year, 1, 1)).days // 7 + 1, year


def yearday_is_in(rule: Mapping[str, str], start: datetime, day: date) -> bool:
    length = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    nth = (day - date(day.year, 1, 1)).days + 1
    return "BYYEARDAY" not in rule or bool({nth, nth - length - 1} & set(numbers(rule, "BYYEARDAY")))


def monthday_is_in(rule: Mapping[str, str], start: datetime, day: date) -> bool:
    if "BYMONTHDAY" in rule:
        length = (month_at(datetime(day.year, day.month, 1), 1).date() - day.replace(day=1)).days  # noqa: DTZ001
        return bool({day.day, day.day - length - 1} & set(numbers(rule, "BYMONTHDAY")))
    named = {"BYWEEKNO", "BYYEARDAY", "BYDAY"} & rule.keys()
    return rule["FREQ"] not in ("MONTHLY", "YEARLY") or bool(named) or day.day == start.day


def byday_is_in(rule: Mapping[str, str], start: datetime, day: date) -> bool:
    if "BYDAY" in rule:
        return weekday_is_in(rule, day, datetime(day.year, day.month, 1))  # noqa: DTZ001
    weekly = rule["FREQ"] == "WEEKLY" or ("BYWEEKNO" in rule and not {"BYYEARDAY", "BYMONTHDAY"} & rule.keys())
    return not weekly or day.weekday() == start.weekday()


def weekday_is_in(rule: Mapping[str, str], day: date, begin: datetime) -> bool:
    """BYDAY. Its ordinals count in the month for MONTHLY, and for YEARLY with BYMONTH; else in the year."""
    if "BYDAY" not in rule:
        return True
    if rule["FREQ"] == "MONTHLY" or "BYMONTH" in rule:
        month = datetime(day.year, day.month, 1)  # noqa: DTZ001
        first, after = month.date(), month_at(month, 1).date()
    else:
        first, after = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    places = {0, (day - first).days // 7 + 1, -(((after - day).days - 1) // 7 + 1)}
    mine = [each[:-2] for each in rule["BYDAY"].split(",") if each[-2:] == WEEKDAYS[day.weekday()]]
    return any(int(nth or 0) in places for nth in mine)


def numbers(rule: Mapping[str, str], part: str) -> Sequence[int]:
    return [int(each) for each in rule[part].split(",")] if part in rule else []
