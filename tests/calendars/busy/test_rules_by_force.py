"""Rules made up by Hypothesis, worked out by the product and by enumeration: every part, every frequency, SKIP, COUNT."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calendars.ical import recurrence
from calendars.ical.instances import Work, instances
from tests.calendars.busy.brute_force import WEEKDAYS, enumerated

PLENTY = 10**9


def some(low: int, high: int, *, most: int = 3, negative: bool = False) -> st.SearchStrategy[str]:
    """Some of the numbers of a part, those at its edges more often than others."""
    numbers = st.one_of(st.integers(low, high), st.sampled_from([low, high, max(low, high - 1), min(high, low + 1)]))
    if negative:
        numbers = st.one_of(numbers, numbers.map(lambda number: -number))
    return st.lists(numbers, min_size=1, max_size=most, unique=True).map(lambda found: ",".join(map(str, found)))


PLAIN_DAYS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=5, unique=True).map(",".join)
TIMES = {"BYHOUR": some(0, 23), "BYMINUTE": some(0, 59, most=2), "BYSECOND": some(0, 59, most=2)}
SKIPS = st.sampled_from(["OMIT", "BACKWARD", "FORWARD"])


def numbered(most: int) -> st.SearchStrategy[str]:
    nth = st.one_of(st.just(""), st.integers(1, most).map(str), st.integers(1, most).map(lambda number: f"-{number}"))
    each = st.tuples(nth, st.sampled_from(WEEKDAYS)).map("".join)
    return st.lists(each, min_size=1, max_size=4, unique=True).map(",".join)


def rules(freq: str, most_apart: int, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    common = {
        "WKST": st.sampled_from(WEEKDAYS),
        "COUNT": st.integers(1, 40).map(str),
        "INTERVAL": st.integers(1, most_apart).map(str),
    }
    return st.fixed_dictionaries(
        {"FREQ": st.just(freq)}, optional={**common, **parts, "BYSETPOS": some(1, 6, negative=True)}
    )


YEARLY = st.one_of(
    rules(
        "YEARLY",
        4,
        BYMONTH=some(1, 12),
        BYMONTHDAY=some(1, 31, negative=True),
        BYDAY=numbered(5),
        BYHOUR=some(0, 23),
        SKIP=SKIPS,
    ),
    rules(
        "YEARLY", 4, BYYEARDAY=some(1, 366, negative=True), BYDAY=numbered(53), BYMINUTE=some(0, 59, most=2), SKIP=SKIPS
    ),
    rules("YEARLY", 3, BYWEEKNO=some(1, 53, negative=True), BYDAY=PLAIN_DAYS, BYMONTH=some(1, 12, most=6)),
    rules(
        "YEARLY",
        2,
        BYMONTH=some(1, 12, most=6),
        BYYEARDAY=some(1, 366, most=20, negative=True),
        BYMONTHDAY=some(1, 31, most=20),
        SKIP=SKIPS,
    ),
    rules("YEARLY", 2, BYWEEKNO=some(1, 53, most=20), BYYEARDAY=some(1, 366, most=20), BYMONTHDAY=some(1, 31, most=20)),
)
MONTHLY = rules(
    "MONTHLY",
    7,
    BYMONTH=some(1, 12, most=6),
    BYMONTHDAY=some(1, 31, negative=True),
    BYDAY=numbered(5),
    SKIP=SKIPS,
    **TIMES,
)
WEEKLY = rules("WEEKLY", 5, BYMONTH=some(1, 12, most=6), BYDAY=PLAIN_DAYS, **TIMES)
DAILY = rules(
    "DAILY", 9, BYMONTH=some(1, 12, most=6), BYMONTHDAY=some(1, 31, most=9, negative=True), BYDAY=PLAIN_DAYS, **TIMES
)
DATED = {
    "BYMONTH": some(1, 12, most=9),
    "BYMONTHDAY": some(1, 31, most=20, negative=True),
    "BYDAY": PLAIN_DAYS,
    "BYYEARDAY": some(1, 366, most=40),
}
HOURLY = rules("HOURLY", 50, **DATED, **TIMES)
MINUTELY = rules("MINUTELY", 200, BYDAY=PLAIN_DAYS, **TIMES)
SECONDLY = rules("SECONDLY", 5000, BYDAY=PLAIN_DAYS, **TIMES)
YEARS, WEEKS = st.one_of(YEARLY, MONTHLY), st.one_of(WEEKLY, DAILY)
STARTS = st.datetimes(datetime(2015, 1, 1), datetime(2025, 12, 31)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001
ANYWHERE = st.floats(0, 1)


def compare(rule: Mapping[str, str], start: datetime, span: timedelta, place: float, width: float) -> None:
    """The whole of `span` as enumerated, and a stretch of it that the product enters in the middle."""
    if set(rule) <= {"FREQ", "INTERVAL", "COUNT", "WKST", "BYSETPOS", "SKIP"}:
        rule = {name: value for name, value in rule.items() if name != "BYSETPOS"}  # of nothing: it is not allowed
    text = ";".join(f"{name}={value}" for name, value in rule.items())
    parsed = recurrence.parse(f"RSCALE=GREGORIAN;{text}" if "SKIP" in rule else text)
    assert parsed.doubts == ()
    expected = enumerated(rule, start, start + span)
    assert list(instances(parsed, start, start, start + span, Work(PLENTY))) == expected
    low = start + span * place
    high = low + (span - span * place) * width
    inside = list(instances(parsed, start, low, high, Work(PLENTY)))
    assert inside == [each for each in expected if low <= each <= high]


def check(examples: int) -> None:
    """Hypothesis tries as many rules as `examples`, those of years, weeks and within a day in turn."""
    spans = (
        (YEARS, timedelta(days=800), 5),
        (WEEKS, timedelta(days=100), 3),
        (HOURLY, timedelta(days=3), 1),
        (MINUTELY, timedelta(hours=3), 1),
        (SECONDLY, timedelta(minutes=10), 1),
    )
    for made, span, share in spans:
        settled = settings(max_examples=examples * share // 11, deadline=None, suppress_health_check=list(HealthCheck))
        settled(given(made, STARTS, st.just(span), ANYWHERE, ANYWHERE)(compare))()


def test_a_rule_has_the_instances_that_enumeration_finds():
    check(110)


@pytest.mark.extended
@pytest.mark.timeout(3600)
def test_a_rule_has_the_instances_that_enumeration_finds_whatever_the_rule():
    check(5500)
