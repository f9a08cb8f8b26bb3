"""Recurrence rules: the examples of RFC 5545 §3.8.5.3 with their instances, and dateutil as an oracle for the rest."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.busy.periods import BusyRules, busy_periods
from calendars.ical import recurrence
from calendars.ical.instances import TooMuchWork, Work, instances
from calendars.model import Period
from tests.calendars.busy.random_objects import WEEKDAYS, calendar, event

NEW_YORK = ZoneInfo("America/New_York")
RULES = BusyRules(NEW_YORK)


def days(year: int, **months: Iterable[int]) -> list[str]:
    """`days(1997, Sep=[2, 3])` is that year's 2 and 3 September."""
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return [f"{year}-{names.index(name) + 1:02}-{day:02}" for name, listed in months.items() for day in listed]


def each(first: int, last: int, step: int = 1) -> range:
    return range(first, last + 1, step)


# Title in the RFC: first instance (09:00 in New York unless it says otherwise), rule, instances as far as it lists them.
# Where the RFC goes on with "...", the list ends and so does the comparison.
EXAMPLES = {
    "Daily for 10 occurrences": ("1997-09-02", "FREQ=DAILY;COUNT=10", days(1997, Sep=each(2, 11))),
    "Daily until December 24, 1997": (
        "1997-09-02",
        "FREQ=DAILY;UNTIL=19971224T000000Z",
        days(1997, Sep=each(2, 30), Oct=each(1, 31), Nov=each(1, 30), Dec=each(1, 23)),
    ),
    "Every other day - forever": (
        "1997-09-02",
        "FREQ=DAILY;INTERVAL=2",
        days(1997, Sep=each(2, 30, 2), Oct=each(2, 30, 2), Nov=each(1, 29, 2), Dec=each(1, 3, 2)),
    ),
    "Every 10 days, 5 occurrences": (
        "1997-09-02",
        "FREQ=DAILY;INTERVAL=10;COUNT=5",
        days(1997, Sep=[2, 12, 22], Oct=[2, 12]),
    ),
    "Every day in January, for 3 years (yearly)": (
        "1998-01-01",
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        [day for year in (1998, 1999, 2000) for day in days(year, Jan=each(1, 31))],
    ),
    "Every day in January, for 3 years (daily)": (
        "1998-01-01",
        "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
        [day for year in (1998, 1999, 2000) for day in days(year, Jan=each(1, 31))],
    ),
    "Weekly for 10 occurrences": (
        "1997-09-02",
        "FREQ=WEEKLY;COUNT=10",
        days(1997, Sep=each(2, 30, 7), Oct=each(7, 28, 7), Nov=[4]),
    ),
    "Weekly until December 24, 1997": (
        "1997-09-02",
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        days(1997, Sep=each(2, 30, 7), Oct=each(7, 28, 7), Nov=each(4, 25, 7), Dec=each(2, 23, 7)),
    ),
    "Every other week - forever": (
        "1997-09-02",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        days(1997, Sep=[2, 16, 30], Oct=[14, 28], Nov=[11, 25], Dec=[9, 23]) + days(1998, Jan=[6, 20], Feb=[3, 17]),
    ),
    "Weekly on Tuesday and Thursday for five weeks (until)": (
        "1997-09-02",
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        days(1997, Sep=[2, 4, 9, 11, 16, 18, 23, 25, 30], Oct=[2]),
    ),
    "Weekly on Tuesday and Thursday for five weeks (count)": (
        "1997-09-02",
        "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
        days(1997, Sep=[2, 4, 9, 11, 16, 18, 23, 25, 30], Oct=[2]),
    ),
    "Every other week on Monday, Wednesday, and Friday": (
        "1997-09-01",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        days(
            1997,
            Sep=[1, 3, 5, 15, 17, 19, 29],
            Oct=[1, 3, 13, 15, 17, 27, 29, 31],
            Nov=[10, 12, 14, 24, 26, 28],
            Dec=[8, 10, 12, 22],
        ),
    ),
    "Every other week on Tuesday and Thursday, for 8 occurrences": (
        "1997-09-02",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        days(1997, Sep=[2, 4, 16, 18, 30], Oct=[2, 14, 16]),
    ),
    "Monthly on the first Friday for 10 occurrences": (
        "1997-09-05",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        days(1997, Sep=[5], Oct=[3], Nov=[7], Dec=[5])
        + days(1998, Jan=[2], Feb=[6], Mar=[6], Apr=[3], May=[1], Jun=[5]),
    ),
    "Monthly on the first Friday until December 24, 1997": (
        "1997-09-05",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        days(1997, Sep=[5], Oct=[3], Nov=[7], Dec=[5]),
    ),
    "Every other month on the first and last Sunday": (
        "1997-09-07",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        days(1997, Sep=[7, 28], Nov=[2, 30]) + days(1998, Jan=[4, 25], Mar=[1, 29], May=[3, 31]),
    ),
    "Monthly on the second-to-last Monday for 6 months": (
        "1997-09-22",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        days(1997, Sep=[22], Oct=[20], Nov=[17], Dec=[22]) + days(1998, Jan=[19], Feb=[16]),
    ),
    "Monthly on the third-to-the-last day of the month, forever": (
        "1997-09-28",
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        days(1997, Sep=[28], Oct=[29], Nov=[28], Dec=[29]) + days(1998, Jan=[29], Feb=[26]),
    ),
    "Monthly on the 2nd and 15th for 10 occurrences": (
        "1997-09-02",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        days(1997, Sep=[2, 15], Oct=[2, 15], Nov=[2, 15], Dec=[2, 15]) + days(1998, Jan=[2, 15]),
    ),
    "Monthly on the first and last day of the month": (
        "1997-09-30",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        days(1997, Sep=[30], Oct=[1, 31], Nov=[1, 30], Dec=[1, 31]) + days(1998, Jan=[1, 31], Feb=[1]),
    ),
    "Every 18 months on the 10th thru 15th": (
        "1997-09-10",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        days(1997, Sep=each(10, 15)) + days(1999, Mar=each(10, 13)),
    ),
    "Every Tuesday, every other month": (
        "1997-09-02",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        days(1997, Sep=each(2, 30, 7), Nov=each(4, 25, 7)) + days(1998, Jan=each(6, 27, 7), Mar=each(3, 31, 7)),
    ),
    "Yearly in June and July for 10 occurrences": (
        "1997-06-10",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        [day for year in each(1997, 2001) for day in days(year, Jun=[10], Jul=[10])],
    ),
    "Every other year on January, February, and March": (
        "1997-03-10",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        days(1997, Mar=[10]) + [day for year in (1999, 2001, 2003) for day in days(year, Jan=[10], Feb=[10], Mar=[10])],
    ),
    "Every third year on the 1st, 100th, and 200th day": (
        "1997-01-01",
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        days(1997, Jan=[1], Apr=[10], Jul=[19])
        + days(2000, Jan=[1], Apr=[9], Jul=[18])
        + days(2003, Jan=[1], Apr=[10], Jul=[19])
        + days(2006, Jan=[1]),
    ),
    "Every 20th Monday of the year, forever": (
        "1997-05-19",
        "FREQ=YEARLY;BYDAY=20MO",
        days(1997, May=[19]) + days(1998, May=[18]) + days(1999, May=[17]),
    ),
    "Monday of week number 20, forever": (
        "1997-05-12",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        days(1997, May=[12]) + days(1998, May=[11]) + days(1999, May=[17]),
    ),
    "Every Thursday in March, forever": (
        "1997-03-13",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        days(1997, Mar=[13, 20, 27]) + days(1998, Mar=[5, 12, 19, 26]) + days(1999, Mar=[4, 11, 18, 25]),
    ),
    "Every Thursday, but only during June, July, and August, forever": (
        "1997-06-05",
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        days(1997, Jun=each(5, 26, 7), Jul=each(3, 31, 7), Aug=each(7, 28, 7))
        + days(1998, Jun=each(4, 25, 7), Jul=each(2, 30, 7), Aug=each(6, 27, 7))
        + days(1999, Jun=each(3, 24, 7), Jul=each(1, 29, 7), Aug=each(5, 26, 7)),
    ),
    "Every Friday the 13th, forever": (
        "1997-09-02",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13\nEXDATE;TZID=America/New_York:19970902T090000",
        days(1998, Feb=[13], Mar=[13], Nov=[13]) + days(1999, Aug=[13]) + days(2000, Oct=[13]),
    ),
    "The first Saturday that follows the first Sunday of the month": (
        "1997-09-13",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        days(1997, Sep=[13], Oct=[11], Nov=[8], Dec=[13])
        + days(1998, Jan=[10], Feb=[7], Mar=[7], Apr=[11], May=[9], Jun=[13]),
    ),
    "Every 4 years, the first Tuesday after a Monday in November": (
        "1996-11-05",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        days(1996, Nov=[5]) + days(2000, Nov=[7]) + days(2004, Nov=[2]),
    ),
    "The third instance into the month of Tuesday, Wednesday, or Thursday": (
        "1997-09-04",
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        days(1997, Sep=[4], Oct=[7], Nov=[6]),
    ),
    "The second-to-last weekday of the month": (
        "1997-09-29",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        days(1997, Sep=[29], Oct=[30], Nov=[27], Dec=[30]) + days(1998, Jan=[29], Feb=[26], Mar=[30]),
    ),
    # The RFC's UNTIL=19970902T170000Z would end it at 13:00; with the 17:00 it speaks of, the list is right (erratum 3883).
    "Every 3 hours from 9:00 AM to 5:00 PM on a specific day": (
        "1997-09-02",
        "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z",
        ["1997-09-02 09:00", "1997-09-02 12:00", "1997-09-02 15:00"],
    ),
    "Every 15 minutes for 6 occurrences": (
        "1997-09-02",
        "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
        [f"1997-09-02 {at}" for at in ("09:00", "09:15", "09:30", "09:45", "10:00", "10:15")],
    ),
    "Every hour and a half for 4 occurrences": (
        "1997-09-02",
        "FREQ=MINUTELY;INTERVAL=90;COUNT=4",
        [f"1997-09-02 {at}" for at in ("09:00", "10:30", "12:00", "13:30")],
    ),
    "Every 20 minutes from 9:00 AM to 4:40 PM every day (daily)": (
        "1997-09-02",
        "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        [f"1997-09-0{day} {hour:02}:{minute:02}" for day in (2, 3) for hour in each(9, 16) for minute in (0, 20, 40)],
    ),
    "Every 20 minutes from 9:00 AM to 4:40 PM every day (minutely)": (
        "1997-09-02",
        "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
        [f"1997-09-0{day} {hour:02}:{minute:02}" for day in (2, 3) for hour in each(9, 16) for minute in (0, 20, 40)],
    ),
    "Where WKST makes a difference: Monday": (
        "1997-08-05",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        days(1997, Aug=[5, 10, 19, 24]),
    ),
    "Where WKST makes a difference: Sunday": (
        "1997-08-05",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        days(1997, Aug=[5, 17, 19, 31]),
    ),
    "An invalid date (February 30) is ignored": (
        "2007-01-15",
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        days(2007, Jan=[15, 30], Feb=[15], Mar=[15, 30]),
    ),
}


@pytest.mark.parametrize(("first", "rule", "listed"), EXAMPLES.values(), ids=EXAMPLES)
def test_the_examples_of_the_rfc(first: str, rule: str, listed: list[str]):
    expected = [day if " " in day else f"{day} 09:00" for day in listed]
    start = datetime.fromisoformat(f"{first}T09:00").replace(tzinfo=NEW_YORK)
    last = datetime.fromisoformat(expected[-1]).replace(tzinfo=NEW_YORK)
    goes_on = "COUNT" not in rule and "UNTIL" not in rule
    window = Period(start - timedelta(days=1), last + timedelta(minutes=1 if goes_on else 60 * 24 * 400))
    body = calendar(event(f"DTSTART;TZID=America/New_York:{start:%Y%m%dT%H%M%S}\nDURATION:PT1M\nRRULE:{rule}"))
    reading = busy_periods(body, window=window, rules=RULES)
    assert [f"{period.start.astimezone(NEW_YORK):%Y-%m-%d %H:%M}" for period in reading.periods] == expected
    assert all(period.end - period.start == timedelta(minutes=1) for period in reading.periods)


WITHIN = (datetime(2015, 1, 1), datetime(2024, 12, 31))  # noqa: DTZ001


class BriefCalendar:
    """The datetime module as dateutil sees it: it looks for instances that never come until 2040, not until 9999."""

    MAXYEAR = 2040
    date, datetime, time, timedelta = date, datetime, time, timedelta


def by_dateutil(text: str, start: datetime, low: datetime, high: datetime) -> list[datetime]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dateutil.rrule.datetime", BriefCalendar)
        return rrulestr(text, dtstart=start).between(low, high, inc=True)


# dateutil's own readings, left out of the comparison below; `test_rules_by_force` enumerates them.
DEVIATIONS = {
    "BYSETPOS counts from DTSTART in its first period, not from where the period begins": (
        "2026-06-03",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,3;COUNT=4",
        ["06-03", "06-08", "06-10", "06-15"],
    ),
    "BYWEEKNO without BYDAY is every day of the week": (
        "2026-06-10",
        "FREQ=YEARLY;BYWEEKNO=24,27;COUNT=2",
        ["06-10", "07-01"],
    ),
}


@pytest.mark.parametrize(("first", "rule", "expected"), DEVIATIONS.values(), ids=DEVIATIONS)
def test_what_dateutil_reads_otherwise(first: str, rule: str, expected: list[str]):
    start = datetime.fromisoformat(f"{first}T09:00")
    window = start, start + timedelta(days=400)
    found = list(instances(recurrence.parse(rule), start, *window, Work(100_000)))
    assert [f"{each:%m-%d}" for each in found] == expected
    assert by_dateutil(rule, start, *window) != found


WEEKDAY_LISTS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True).map(",".join)
NTH_LISTS = st.lists(
    st.tuples(st.sampled_from(["1", "2", "3", "4", "5", "-1", "-2", "-5"]), st.sampled_from(WEEKDAYS)).map("".join),
    min_size=1,
    max_size=3,
    unique=True,
).map(",".join)
MONTHDAY_LISTS = st.lists(
    st.sampled_from([1, 2, 15, 28, 29, 30, 31, -1, -2, -31]), min_size=1, max_size=3, unique=True
).map(lambda chosen: ",".join(str(day) for day in chosen))
MONTH_LISTS = st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True).map(
    lambda chosen: ",".join(map(str, chosen))
)
COMMON = {
    "INTERVAL": st.integers(1, 6).map(str),
    "COUNT": st.integers(1, 80).map(str),
    "WKST": st.sampled_from(WEEKDAYS),
    "BYMONTH": MONTH_LISTS,
}
ALIKE = st.one_of(
    st.fixed_dictionaries(
        {"FREQ": st.sampled_from(["DAILY", "WEEKLY"])},
        optional={**COMMON, "BYDAY": WEEKDAY_LISTS, "BYHOUR": st.sampled_from(["9", "9,15"])},
    ),
    st.fixed_dictionaries(
        {"FREQ": st.sampled_from(["MONTHLY", "YEARLY"])}, optional={**COMMON, "BYMONTHDAY": MONTHDAY_LISTS}
    ),
    st.fixed_dictionaries(
        {"FREQ": st.just("MONTHLY")}, optional={**COMMON, "BYDAY": st.one_of(WEEKDAY_LISTS, NTH_LISTS)}
    ),
    st.fixed_dictionaries(
        {"FREQ": st.just("HOURLY")}, optional={"BYHOUR": st.sampled_from(["9", "9,15"]), "BYDAY": WEEKDAY_LISTS}
    ),
)


@settings(max_examples=200, deadline=None)
@given(ALIKE, st.datetimes(*WITHIN).map(lambda at: at.replace(microsecond=0)), st.integers(0, 900), st.integers(0, 250))
def test_a_rule_gives_the_instances_that_dateutil_gives(parts: dict[str, str], start: datetime, after: int, width: int):
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    low = start + timedelta(days=after)
    high = low + timedelta(days=width)
    assert list(instances(recurrence.parse(text), start, low, high, Work(10**9))) == by_dateutil(text, start, low, high)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ=NEVER",
        "INTERVAL=1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;UNTIL=never",
        "FREQ=DAILY;BYDAY=XX",
        "FREQ=DAILY;BYDAY=0MO",
        "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=DAILY;BYMONTHDAY=0",
        "FREQ=DAILY;BYMONTH=-1",
        "FREQ=DAILY;WKST=XX",
        "FREQ=DAILY;X=1",
        "FREQ=DAILY;COUNT=1_0",
        "FREQ=DAILY;COUNT=٣",
        "FREQ=DAILY;BYHOUR=",
        "FREQ",
        "FREQ=MONTHLY;RSCALE=CHINESE",
        "FREQ=DAILY;INTERVAL=99999999999",
    ],
)
def test_what_is_wrong_with_a_rule_is_said(text: str):
    assert recurrence.parse(text).doubts


def test_a_rule_is_read_in_any_case_and_with_a_semicolon_too_many():
    assert recurrence.parse("freq=weekly;byday=mo;") == recurrence.parse("FREQ=WEEKLY;BYDAY=MO")
    assert recurrence.parse("FREQ=DAILY;COUNT=-1").count is None


CHEAP = {
    "a 30th of February": ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 0),
    "a second of it": ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", 0),
    "a daily COUNT of years": ("FREQ=DAILY;COUNT=999999999", 32),
    "a weekly COUNT of years": ("FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=1,2;COUNT=999999999", 18),
    "a COUNT of seconds": ("FREQ=SECONDLY;INTERVAL=86400;COUNT=999999999", 32),
    "one minute a day": ("FREQ=MINUTELY;BYHOUR=3;BYMINUTE=7", 32),
}


@pytest.mark.parametrize(("text", "found"), CHEAP.values(), ids=CHEAP)
def test_a_long_series_costs_what_its_window_costs(text: str, found: int):
    start = datetime(1601, 1, 1)  # noqa: DTZ001
    low = datetime(2026, 1, 1)  # noqa: DTZ001
    assert len(list(instances(recurrence.parse(text), start, low, low + timedelta(days=31), Work(3000)))) in (
        found,
        found - 1,
    )


def test_what_must_be_walked_through_is_refused_before_the_first_step():
    start = datetime(1601, 1, 1)  # noqa: DTZ001
    work, low = Work(5000), datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(TooMuchWork):
        instances(recurrence.parse("FREQ=DAILY;BYMONTH=1;COUNT=99999"), start, low, low + timedelta(days=31), work)
    assert work.left == 5000


def test_the_end_of_the_calendar_is_no_surprise():
    window = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    last = Period(datetime(9999, 12, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    for freq in ("SECONDLY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        body = calendar(event(f"DTSTART:99991230T090000Z\nDURATION:PT1H\nRRULE:FREQ={freq}"))
        assert busy_periods(body, window=window, rules=RULES).periods == ()
        assert busy_periods(body, window=last, rules=RULES).periods
