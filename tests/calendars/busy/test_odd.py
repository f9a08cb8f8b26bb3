"""What calendars of the field hold and readers trip over. Nothing that can't be understood is free; what is broken costs
itself only, and is named.

The host lives in Berlin (UTC+2 in June 2026). Expected times are UTC, `day hour > day hour`.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calendars.busy.periods import BusyReading, BusyRules, busy_periods
from calendars.model import Period
from tests.calendars.busy.random_objects import calendar, event
from tests.calendars.busy.test_matrix import shown

ODD = Path(__file__).parents[1] / "data" / "odd"
RULES = BusyRules(ZoneInfo("Europe/Berlin"), own_addresses=frozenset({"ada@example.org"}))
JUNE = Period(
    datetime(2026, 6, 1, tzinfo=UTC) - timedelta(hours=2), datetime(2026, 7, 1, tzinfo=UTC) - timedelta(hours=2)
)
SUMMER = Period(JUNE.start, datetime(2026, 8, 1, tzinfo=UTC))
SPRING = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
ALL_JUNE = "31.5. 22:00 > 30.6. 22:00"


def read(body: bytes, window: Period = JUNE, rules: BusyRules = RULES) -> BusyReading:
    return busy_periods(body, window=window, rules=rules)


def at(hours: str, *days: str, month: int = 6) -> str:
    begin, end = hours.split("-")
    return " | ".join(f"{day}.{month}. {begin} > {day}.{month}. {end}" for day in days)


FILES = {
    "floating_series_exdate_in_utc": (at("08:00-09:00", "1", "15"), False),
    "floating_series_rdate_in_a_zone": (
        "1.6. 08:00 > 1.6. 09:00 | 8.6. 08:00 > 8.6. 09:00 | 9.6. 12:00 > 9.6. 13:00 | 15.6. 08:00 > 15.6. 09:00",
        False,
    ),
    "two_masters_of_one_uid": (at("08:00-09:00", "1", "3"), False),
    "setpos_begins_midweek": (at("08:00-09:00", "3", "8", "10", "15"), False),
    "weekno_without_byday": ("10.6. 08:00 > 10.6. 09:00 | 1.7. 08:00 > 1.7. 09:00", False),
    "days_with_byhour": ("31.5. 22:00 > 1.6. 22:00 | 7.6. 22:00 > 8.6. 22:00 | 14.6. 22:00 > 15.6. 22:00", False),
    "rscale_gregorian_with_periods": (at("08:00-09:00", "1", "3", "8", "15"), False),
    "skip_where_nothing_is_skipped": (at("11:00-12:00", "5", "12", "19"), False),
    "byday_with_blanks": (at("08:00-08:30", "1", "2", "3", "4", "5"), False),
    "tzid_beside_z": (at("08:00-09:00", "1", "3"), False),
    "tzid_with_a_colon": ("1.6. 08:30 > 1.6. 09:30", False),
    "start_without_seconds": ("31.5. 22:00 > 1.6. 22:00", True),
    "broken_duration": ("1.6. 08:00 > 2.6. 08:00", True),
    "broken_alarm_in_a_series": ("1.6. 08:00 > 1.6. 09:00 | 3.6. 08:00 > 3.6. 09:00 | 6.7. 08:00 > 6.7. 09:00", False),
    "declined_by_a_delegate": ("1.6. 08:00 > 1.6. 09:00", False),
    "partstat_inside_a_name": ("1.6. 08:00 > 1.6. 09:00", False),
    "free_busy_with_a_broken_period": (at("08:00-09:00", "1", "2", "3"), True),
    "alarm_that_never_ends": (at("08:00-09:00", "1", "3"), True),
    "events_that_never_end": (at("08:00-09:00", "1", "3", "5"), True),
    "two_calendars_one_zone_name": ("1.6. 01:00 > 1.6. 02:00 | 3.6. 16:00 > 3.6. 17:00", False),
    "zone_without_offset_from": ("1.6. 00:00 > 1.6. 01:00", False),
    "until_that_is_none": (
        at("08:00-09:00", "1", "8", "15", "22", "29") + " | " + at("08:00-09:00", "6", "13", "20", "27", month=7),
        True,
    ),
    "one_broken_exdate_of_three": (at("08:00-09:00", "1", "15", "29"), True),
    "two_overrides_of_one_instance": (
        "1.6. 08:00 > 1.6. 09:00 | 8.6. 13:00 > 8.6. 14:00 | " + at("08:00-09:00", "15", "22", "29"),
        False,
    ),
}
IN_SPRING = {
    "hours_over_a_clock_change": "28.3. 11:00 > 30.3. 11:00",
    "start_in_a_gap": "29.3. 01:30 > 29.3. 02:30",
}


@pytest.mark.capability("A84")
@pytest.mark.parametrize(("name", "expected", "warned"), [(name, *each) for name, each in FILES.items()], ids=FILES)
def test_an_odd_object_blocks_what_it_means(name: str, expected: str, warned: bool):
    reading = read((ODD / f"{name}.ics").read_bytes(), SUMMER)
    assert shown(reading.periods) == expected
    assert bool(reading.warnings) is warned


@pytest.mark.parametrize(("name", "expected"), IN_SPRING.items(), ids=IN_SPRING)
def test_clock_changes_move_nothing_that_elapses(name: str, expected: str):
    reading = read((ODD / f"{name}.ics").read_bytes(), SPRING)
    assert (shown(reading.periods), reading.warnings) == (expected, ())


def test_every_odd_object_is_read_here():
    assert {path.stem for path in ODD.glob("*.ics")} == FILES.keys() | IN_SPRING.keys()


NOON = "DTSTART;TZID=Europe/Berlin:20260601T120000\nDTEND;TZID=Europe/Berlin:20260601T130000\n"
RULES_NOT_UNDERSTOOD = {
    "a part that is unknown": ("FREQ=WEEKLY;BYEASTER=1;COUNT=2", ["1", "8", "15", "22", "29"]),
    "a private part, which leaves nothing out": ("FREQ=WEEKLY;X-NOTE=1;COUNT=2", ["1", "8"]),
    "a value of several, which may be any": ("FREQ=WEEKLY;BYDAY=MO,XX;UNTIL=20260604", ["1", "2", "3", "4"]),
    "a position among values that can't be told": (
        "FREQ=MONTHLY;BYDAY=MO,XX;BYSETPOS=1;UNTIL=20260603",
        ["1", "2", "3"],
    ),
    "no value that is one": ("FREQ=WEEKLY;BYDAY=XX;UNTIL=20260604", ["1", "2", "3", "4"]),
    "months that are none": ("FREQ=DAILY;BYMONTH=13;UNTIL=20260603", ["1", "2", "3"]),
    "a COUNT of nothing": ("FREQ=WEEKLY;COUNT=0", ["1", "8", "15", "22", "29"]),
    "a COUNT that is none": ("FREQ=WEEKLY;COUNT=many", ["1", "8", "15", "22", "29"]),
    "an UNTIL in another spelling": ("FREQ=WEEKLY;UNTIL=2026-06-09", ["1", "8", "15", "22", "29"]),
    "an UNTIL that no month has": ("FREQ=WEEKLY;UNTIL=20260631T000000Z", ["1", "8", "15", "22", "29"]),
    "an INTERVAL that is none": ("FREQ=WEEKLY;INTERVAL=two", ["1", "8", "15", "22", "29"]),
    "an unknown frequency": ("FREQ=FORTNIGHTLY;BYDAY=MO", ["1", "8", "15", "22", "29"]),
    "the weeks of a weekly rule": ("FREQ=WEEKLY;BYWEEKNO=1", ["1", "8", "15", "22", "29"]),
    "ordinals in a weekly rule": ("FREQ=WEEKLY;BYDAY=1MO", ["1", "8", "15", "22", "29"]),
    "another calendar": ("RSCALE=HEBREW;FREQ=MONTHLY;BYMONTHDAY=1;UNTIL=20260603", ["1", "2", "3"]),
    "a SKIP that is none": ("RSCALE=GREGORIAN;SKIP=MAYBE;FREQ=WEEKLY;COUNT=2", ["1", "8"]),
    "a SKIP that is none, where it matters": (
        "RSCALE=GREGORIAN;SKIP=MAYBE;FREQ=MONTHLY;BYMONTHDAY=1,31;BYSETPOS=1;UNTIL=20260630",
        ["1", "30"],
    ),
    "a WKST that is none, where it can't matter": ("FREQ=WEEKLY;WKST=XX;COUNT=2", ["1", "8"]),
    "a WKST that is none, where it matters": (
        "FREQ=WEEKLY;INTERVAL=2;WKST=XX;COUNT=2",
        ["1", "8", "15", "22", "29"],
    ),
    "the months of another calendar": ("RSCALE=HEBREW;FREQ=WEEKLY;BYMONTH=1;UNTIL=20260610", ["1", "8"]),
    "COUNT and UNTIL, the later one counts": ("FREQ=WEEKLY;COUNT=3;UNTIL=20260609", ["1", "8", "15"]),
}


@pytest.mark.parametrize(("rule", "days"), RULES_NOT_UNDERSTOOD.values(), ids=RULES_NOT_UNDERSTOOD)
def test_a_rule_that_is_not_understood_gives_all_it_may_mean(rule: str, days: list[str]):
    reading = read(calendar(event(f"{NOON}RRULE:{rule}")))
    assert shown(reading.periods) == at("10:00-11:00", *days)
    assert reading.warnings


UNDERSTOOD = {
    "weeks, which all calendars share": "RSCALE=HEBREW;FREQ=WEEKLY;COUNT=2",
    "lower case, and a semicolon too many": "freq=weekly;byday=mo;count=2;",
    "blanks around everything": " FREQ = WEEKLY ; BYDAY = MO , MO ; COUNT = 2 ",
    "signs and noughts": "FREQ=MONTHLY;BYDAY=+1MO,-4MO,02MO;COUNT=2;BYMONTHDAY=+1,08",
    "the same said twice": "FREQ=WEEKLY;FREQ=WEEKLY;COUNT=2",
}


@pytest.mark.parametrize("rule", UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_a_rule_in_another_spelling_is_understood(rule: str):
    reading = read(calendar(event(f"{NOON}RRULE:{rule}")))
    assert (shown(reading.periods), reading.warnings) == (at("10:00-11:00", "1", "8"), ())


STARTS = {
    "with dashes": ("DTSTART:2026-06-10T10:00:00\nDURATION:PT1H", "9.6. 22:00 > 10.6. 22:00"),
    "an hour of 25": ("DTSTART:20260610T250000Z\nDURATION:PT1H", "9.6. 22:00 > 10.6. 22:00"),
    "in a zone, without seconds": (
        "DTSTART;TZID=Europe/Berlin:20260610T1000\nDURATION:PT1H",
        "9.6. 22:00 > 10.6. 22:00",
    ),
    "without seconds, to a later day": ("DTSTART:20260610T1000Z\nDTEND:20260612T1000Z", "9.6. 22:00 > 12.6. 22:00"),
    "without seconds, every week": (
        "DTSTART:20260610T1000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2",
        "9.6. 22:00 > 10.6. 22:00 | 16.6. 22:00 > 17.6. 22:00",
    ),
    "a path with a date in it, and nothing else": (
        "DTSTART;TZID=/made/20050126_1/Europe/Berlin:soon\nDURATION:PT1H",
        ALL_JUNE,
    ),
    "none at all": ("SUMMARY:x\nDURATION:PT1H", ALL_JUNE),
    "an end that names a later day": ("DTSTART:20260610T080000Z\nDTEND:20260612T10", "10.6. 08:00 > 12.6. 22:00"),
    "a DURATION of nothing": ("DTSTART:20260610T080000Z\nDURATION:PT", "10.6. 08:00 > 11.6. 08:00"),
    "a DURATION in months": ("DTSTART:20260610T080000Z\nDURATION:P1M", "10.6. 08:00 > 11.6. 08:00"),
    "an end that is a day": ("DTSTART:20260610T080000Z\nDTEND;VALUE=DATE:20260610", "10.6. 08:00 > 10.6. 22:00"),
}


@pytest.mark.parametrize(("lines", "expected"), STARTS.values(), ids=STARTS)
def test_times_that_cannot_be_read_block_the_days_they_name(lines: str, expected: str):
    reading = read(calendar(event(lines)))
    assert shown(reading.periods) == expected
    assert reading.warnings or "VALUE=DATE" in lines


def test_what_does_not_matter_costs_nothing():
    lost = "ATTACH;ENCODING=BASE64;VALUE=BINARY:%%%\nX-A;;=:\nGEO:here\nBEGIN:VALARM\nTRIGGER:PT-2H\nDTSTART:nonsense\nEND:VALARM"
    todo = "BEGIN:VTODO\nDTSTART:nonsense\nRRULE:nonsense\nEND:VTODO\n"
    reading = read(calendar(todo, event(f"{NOON}{lost}")))
    assert (shown(reading.periods), reading.warnings) == ("1.6. 10:00 > 1.6. 11:00", ())


def test_a_rule_behind_an_alarm_that_never_ends_is_the_event_s():
    reading = read(calendar(event(f"{NOON}BEGIN:VALARM\nDURATION:PT5M\nSTATUS:CANCELLED\nRRULE:FREQ=WEEKLY;COUNT=2")))
    assert shown(reading.periods) == at("10:00-11:00", "1", "8")
    assert reading.warnings


def test_one_broken_event_costs_itself_only():
    whole = event("DTSTART:20260603T080000Z\nDURATION:PT1H", uid="whole")
    reading = read(calendar(event("DTSTART:2026061\nDURATION:PT1H", uid="broken").replace("END:VEVENT\n", ""), whole))
    assert shown(reading.periods) == ALL_JUNE
    assert {each.split("'")[1] for each in reading.warnings} == {"broken"}


def test_an_event_outside_of_any_calendar_counts():
    assert shown(read(event(NOON).encode()).periods) == "1.6. 10:00 > 1.6. 11:00"


ATTENDEES = {
    "by the host's delegate": (
        'ATTENDEE;PARTSTAT=DECLINED;DELEGATED-FROM="mailto:ada@example.org":mailto:bob@example.org',
        True,
    ),
    "by somebody the host sent": (
        'ATTENDEE;PARTSTAT=DECLINED;SENT-BY="mailto:ada@example.org":mailto:bob@example.org',
        True,
    ),
    "in a name alone": (
        'ATTENDEE;CN=";PARTSTAT=DECLINED:mailto:ada@example.org";PARTSTAT=ACCEPTED:mailto:ada@example.org',
        True,
    ),
    "by the host, sent by another": (
        'ATTENDEE;SENT-BY="mailto:bob@example.org";PARTSTAT=DECLINED:mailto:ada@example.org',
        False,
    ),
    "by the host, blanks and capitals": ("ATTENDEE;PARTSTAT=declined:MAILTO: Ada@Example.org ", False),
    "by somebody with the host's EMAIL": (
        "ATTENDEE;PARTSTAT=DECLINED;EMAIL=ada@example.org:mailto:bob@example.org",
        True,
    ),
    "by the host once, accepted once": (
        "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.org",
        True,
    ),
}


@pytest.mark.capability("A87")
@pytest.mark.parametrize(("line", "blocks"), ATTENDEES.values(), ids=ATTENDEES)
def test_who_declined_is_the_attendee_of_the_value(line: str, blocks: bool):
    assert bool(read(calendar(event(f"{NOON}{line}"))).periods) is blocks


SERIES = "DTSTART;TZID=America/New_York:20260601T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\n"
INSTANTS = {
    "EXDATE in UTC": (f"{SERIES}EXDATE:20260608T140000Z", at("14:00-15:00", "1", "15")),
    "EXDATE in a third zone": (f"{SERIES}EXDATE;TZID=Asia/Tokyo:20260608T230000", at("14:00-15:00", "1", "15")),
    "EXDATE without zone names an instance of the series": (
        f"{SERIES}EXDATE:20260608T100000",
        at("14:00-15:00", "1", "15"),
    ),
    "EXDATE of another instant": (f"{SERIES}EXDATE:20260608T100000Z", at("14:00-15:00", "1", "8", "15")),
    "RDATE without zone is the host's time": (
        f"{SERIES}RDATE:20260609T100000",
        "1.6. 14:00 > 1.6. 15:00 | 8.6. 14:00 > 8.6. 15:00 | 9.6. 08:00 > 9.6. 09:00 | 15.6. 14:00 > 15.6. 15:00",
    ),
    "RDATE in UTC": (
        f"{SERIES}RDATE:20260609T100000Z",
        "1.6. 14:00 > 1.6. 15:00 | 8.6. 14:00 > 8.6. 15:00 | 9.6. 10:00 > 9.6. 11:00 | 15.6. 14:00 > 15.6. 15:00",
    ),
    "an RDATE that is a day": (
        f"{SERIES}RDATE;VALUE=DATE:20260609",
        "1.6. 14:00 > 1.6. 15:00 | 8.6. 14:00 > 8.6. 15:00 | 8.6. 22:00 > 9.6. 22:00 | 15.6. 14:00 > 15.6. 15:00",
    ),
    "EXDATE takes a PERIOD": (
        f"{SERIES}RDATE;VALUE=PERIOD:20260609T100000Z/PT3H\nEXDATE:20260609T100000Z",
        at("14:00-15:00", "1", "8", "15"),
    ),
    "EXDATE with a time, of days": (
        "DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260602T000000Z",
        "31.5. 22:00 > 1.6. 22:00 | 2.6. 22:00 > 3.6. 22:00",
    ),
    "an end without zone is the host's time": (
        "DTSTART;TZID=America/New_York:20260601T100000\nDTEND:20260601T170000",
        "1.6. 14:00 > 1.6. 15:00",
    ),
}


@pytest.mark.parametrize(("lines", "expected"), INSTANTS.values(), ids=INSTANTS)
def test_instants_are_compared_whatever_their_zones(lines: str, expected: str):
    assert shown(read(calendar(event(lines))).periods) == expected


LENGTHS = {
    "DTEND: the same time elapses at each": (
        "DTSTART;TZID=Europe/Berlin:20260327T220000\nDTEND;TZID=Europe/Berlin:20260328T060000\nRRULE:FREQ=DAILY;COUNT=2",
        "27.3. 21:00 > 28.3. 05:00 | 28.3. 21:00 > 29.3. 05:00",
    ),
    "a day on the wall": ("DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D", "28.3. 11:00 > 29.3. 10:00"),
    "a day as hours": ("DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:PT24H", "28.3. 11:00 > 29.3. 11:00"),
    "a week on the wall": ("DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1W", "28.3. 11:00 > 4.4. 10:00"),
    "first the day, then the hours": (
        "DTSTART;TZID=Europe/Berlin:20260328T020000\nDURATION:P1DT1H",
        "28.3. 01:00 > 29.3. 02:00",
    ),
    "DURATION of repetitions stays nominal": (
        "DTSTART;TZID=Europe/Berlin:20260327T120000\nDURATION:P1D\nRRULE:FREQ=DAILY;INTERVAL=2;COUNT=2",
        "27.3. 11:00 > 28.3. 11:00 | 29.3. 10:00 > 30.3. 10:00",
    ),
    "minutes in a gap": (
        "DTSTART;TZID=Europe/Berlin:20260328T023000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=3",
        "28.3. 01:30 > 28.3. 02:00 | 29.3. 01:30 > 29.3. 02:00 | 30.3. 00:30 > 30.3. 01:00",
    ),
    "a period over the change": (
        "DTSTART:20260301T000000Z\nDTEND:20260301T000000Z\nRDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260328T120000/P1D,20260401T120000/PT1H",
        "28.3. 11:00 > 29.3. 10:00 | 1.4. 10:00 > 1.4. 11:00",
    ),
}


@pytest.mark.parametrize(("lines", "expected"), LENGTHS.values(), ids=LENGTHS)
def test_days_are_the_wall_s_and_hours_elapse(lines: str, expected: str):
    assert shown(read(calendar(event(lines)), SPRING).periods) == expected


WEEKLY = event("DTSTART:20260601T080000Z\nDURATION:PT1H\nSEQUENCE:{}\nRRULE:FREQ=WEEKLY;COUNT=4")
THIRD = "RECURRENCE-ID{}:20260615T080000Z\nDTSTART:20260615T120000Z\nDURATION:PT2H\n"
TOGETHER = {
    "two masters, told apart": (
        [WEEKLY.format(9), event("DTSTART:20260603T080000Z\nDURATION:PT1H\nSEQUENCE:10")],
        "3.6. 08:00 > 3.6. 09:00",
    ),
    "two masters, one of them unclear": (
        [
            event("DTSTART:20260601T080000Z\nDURATION:PT1H\nSEQUENCE:x"),
            event("DTSTART:20260603T080000Z\nDURATION:PT1H\nSEQUENCE:1"),
        ],
        at("08:00-09:00", "1", "3"),
    ),
    "two overrides alike": (
        [WEEKLY.format(0), event(THIRD.format("")), event(THIRD.format("").replace("T120000", "T160000"))],
        "1.6. 08:00 > 1.6. 09:00 | 8.6. 08:00 > 8.6. 09:00 | 15.6. 12:00 > 15.6. 14:00 | 15.6. 16:00 > 15.6. 18:00 | 22.6. 08:00 > 22.6. 09:00",
    ),
    "this and all that follow": (
        [WEEKLY.format(0), event(THIRD.format(";RANGE=THISANDFUTURE"))],
        "1.6. 08:00 > 1.6. 09:00 | 8.6. 08:00 > 8.6. 09:00 | 15.6. 12:00 > 15.6. 14:00 | 22.6. 12:00 > 22.6. 14:00",
    ),
    "this and all that follow, cancelled": (
        [WEEKLY.format(0), event(THIRD.format(";RANGE=THISANDFUTURE") + "STATUS:CANCELLED")],
        at("08:00-09:00", "1", "8"),
    ),
    "an override of nobody knows what": (
        [WEEKLY.format(0), event("RECURRENCE-ID:soon\nDTSTART:20260615T120000Z\nDURATION:PT2H")],
        "1.6. 08:00 > 1.6. 09:00 | 8.6. 08:00 > 8.6. 09:00 | 15.6. 08:00 > 15.6. 09:00 | 15.6. 12:00 > 15.6. 14:00 | 22.6. 08:00 > 22.6. 09:00",
    ),
    "an override in a calendar of its own": (
        [WEEKLY.format(0), "END:VCALENDAR\nBEGIN:VCALENDAR\n", event(THIRD.format(""))],
        "1.6. 08:00 > 1.6. 09:00 | 8.6. 08:00 > 8.6. 09:00 | 15.6. 12:00 > 15.6. 14:00 | 22.6. 08:00 > 22.6. 09:00",
    ),
}


def test_a_series_that_ended_before_it_began_has_no_instance():
    ended = event("DTSTART:20260610T080000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=20260609T080000Z")
    assert read(calendar(ended)).periods == ()


@pytest.mark.parametrize(("parts", "expected"), TOGETHER.values(), ids=TOGETHER)
def test_events_of_one_uid_are_one_series(parts: list[str], expected: str):
    assert shown(read(calendar(*parts)).periods) == expected


def test_half_a_calendar_of_which_nothing_is_seen_is_never_free():
    for body in (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVNT\r\nUID:1\r\nEND:VEVNT\r\nEND:VCALENDAR\r\n",
    ):
        reading = read(body)
        assert shown(reading.periods) == ALL_JUNE
        assert reading.warnings


def test_an_empty_calendar_is_empty():
    reading = read(calendar())
    assert (reading.periods, reading.warnings) == ((), ())


def test_a_value_that_was_cut_off_is_not_believed():
    body = calendar(event("DTSTART:20260610T080000Z\nDTEND:20260610T093000Z"))
    reading = read(body[: body.index(b"T093000Z") + len("T0930")])
    assert shown(reading.periods) == "10.6. 08:00 > 11.6. 08:00"
    assert reading.warnings
    reading = read(body[: body.index(b"T093000Z") + len("T093000")])  # a time of another zone, as it seems
    assert shown(reading.periods) == "10.6. 08:00 > 11.6. 08:00"
