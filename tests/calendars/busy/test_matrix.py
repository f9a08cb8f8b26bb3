"""What blocks time: every kind of event that calendars hold, and the stretches that are busy because of it.

The host lives in Berlin (UTC+1, from 29 March 2026 02:00 UTC+2). Expected times are UTC, `day hour > day hour`.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calendars.busy.periods import BusyRules, busy_periods, merged
from calendars.model import Period
from tests.calendars.busy.random_objects import calendar, event

BERLIN = ZoneInfo("Europe/Berlin")
RULES = BusyRules(BERLIN, own_addresses=frozenset({"ada@example.org"}))
WINDOW = Period(datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 4, 13, tzinfo=UTC))

TIMES = {
    "UTC": ("DTSTART:20260325T090000Z\nDTEND:20260325T100000Z", "25.3. 09:00 > 25.3. 10:00"),
    "TZID, no VTIMEZONE": (
        "DTSTART;TZID=America/New_York:20260325T090000\nDTEND;TZID=America/New_York:20260325T100000",
        "25.3. 13:00 > 25.3. 14:00",
    ),
    "quoted TZID": (
        'DTSTART;TZID="Europe/Berlin":20260325T090000\nDTEND;TZID="Europe/Berlin":20260325T100000',
        "25.3. 08:00 > 25.3. 09:00",
    ),
    "Windows name": (
        "DTSTART;TZID=Tokyo Standard Time:20260325T090000\nDTEND;TZID=Tokyo Standard Time:20260325T100000",
        "25.3. 00:00 > 25.3. 01:00",
    ),
    "name with a path": (
        "DTSTART;TZID=/freeassociation.sourceforge.net/America/Argentina/Buenos_Aires:20260325T090000\nDURATION:PT1H",
        "25.3. 12:00 > 25.3. 13:00",
    ),
    "floating": ("DTSTART:20260325T090000\nDTEND:20260325T100000", "25.3. 08:00 > 25.3. 09:00"),
    "two zones": (
        "DTSTART;TZID=Europe/Berlin:20260325T090000\nDTEND;TZID=America/New_York:20260325T090000",
        "25.3. 08:00 > 25.3. 13:00",
    ),
    "DATE": ("DTSTART;VALUE=DATE:20260325\nDTEND;VALUE=DATE:20260326", "24.3. 23:00 > 25.3. 23:00"),
    "DATE without end": ("DTSTART;VALUE=DATE:20260325", "24.3. 23:00 > 25.3. 23:00"),
    "DATE that ends as it begins": (
        "DTSTART;VALUE=DATE:20260325\nDTEND;VALUE=DATE:20260325",
        "24.3. 23:00 > 25.3. 23:00",
    ),
    "days across the clock change": (
        "DTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260331",
        "27.3. 23:00 > 30.3. 22:00",
    ),
    "DURATION": ("DTSTART:20260325T090000Z\nDURATION:PT1H30M", "25.3. 09:00 > 25.3. 10:30"),
    "DURATION in weeks and days": ("DTSTART:20260325T090000Z\nDURATION:P1W", "25.3. 09:00 > 1.4. 09:00"),
    "DURATION of a DATE": ("DTSTART;VALUE=DATE:20260325\nDURATION:P2D", "24.3. 23:00 > 26.3. 23:00"),
    "neither end nor duration": ("DTSTART:20260325T090000Z", ""),
    "zero length": ("DTSTART:20260325T090000Z\nDTEND:20260325T090000Z", ""),
    "end before start": ("DTSTART:20260325T100000Z\nDTEND:20260325T090000Z", "25.3. 09:00 > 25.3. 10:00"),
    "multi-day": ("DTSTART:20260325T220000Z\nDTEND:20260327T060000Z", "25.3. 22:00 > 27.3. 06:00"),
    "begins before the window, unclipped": (
        "DTSTART:20260301T000000Z\nDTEND:20260324T000000Z",
        "1.3. 00:00 > 24.3. 00:00",
    ),
    "ends as the window begins": ("DTSTART:20260322T000000Z\nDTEND:20260323T000000Z", ""),
    "begins as the window ends": ("DTSTART:20260413T000000Z\nDTEND:20260414T000000Z", ""),
    "a time in the gap": (
        "DTSTART;TZID=Europe/Berlin:20260329T023000\nDTEND;TZID=Europe/Berlin:20260329T040000",
        "29.3. 01:30 > 29.3. 02:00",
    ),
    "the gap alone": (
        "DTSTART;TZID=Europe/Berlin:20260329T023000\nDTEND;TZID=Europe/Berlin:20260329T030000",
        "",
    ),
    "a leap second": ("DTSTART:20260325T085960Z\nDTEND:20260325T100000Z", "25.3. 08:59:59 > 25.3. 10:00"),
}
SERIES = {
    "DAILY": (
        "DTSTART:20200101T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=7",
        "25.3. 09:00 > 25.3. 10:00 | 1.4. 09:00 > 1.4. 10:00 | 8.4. 09:00 > 8.4. 10:00",
    ),
    "WEEKLY keeps its wall clock": (
        "DTSTART;TZID=Europe/Berlin:20250107T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY",
        "24.3. 08:00 > 24.3. 09:00 | 31.3. 07:00 > 31.3. 08:00 | 7.4. 07:00 > 7.4. 08:00",
    ),
    "WEEKLY in a zone of other changes": (
        "DTSTART;TZID=America/New_York:20250107T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;INTERVAL=2",
        "31.3. 13:00 > 31.3. 14:00",
    ),
    "WEEKLY, WKST decides": (
        "DTSTART:20260302T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
        "29.3. 09:00 > 29.3. 10:00 | 30.3. 09:00 > 30.3. 10:00 | 12.4. 09:00 > 12.4. 10:00",
    ),
    "MONTHLY by weekday": (
        "DTSTART:20260108T090000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=2TH",
        "9.4. 09:00 > 9.4. 10:00",
    ),
    "MONTHLY on a day few months have": (
        "DTSTART:20260131T090000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY",
        "31.3. 09:00 > 31.3. 10:00",
    ),
    "BYSETPOS": (
        "DTSTART:20260130T090000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "31.3. 09:00 > 31.3. 10:00",
    ),
    "YEARLY": ("DTSTART;VALUE=DATE:19700401\nRRULE:FREQ=YEARLY", "31.3. 22:00 > 1.4. 22:00"),
    "COUNT counts from the first": (
        "DTSTART:20260320T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5",
        "23.3. 09:00 > 23.3. 10:00 | 24.3. 09:00 > 24.3. 10:00",
    ),
    "COUNT used up before the window": ("DTSTART:20260301T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5", ""),
    "UNTIL, the instant included": (
        "DTSTART:20260320T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260324T090000Z",
        "23.3. 09:00 > 23.3. 10:00 | 24.3. 09:00 > 24.3. 10:00",
    ),
    "UNTIL a DATE, that day included": (
        "DTSTART;TZID=Europe/Berlin:20260320T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260324",
        "23.3. 08:00 > 23.3. 09:00 | 24.3. 08:00 > 24.3. 09:00",
    ),
    "UNTIL on the wall": (
        "DTSTART;TZID=America/New_York:20260320T220000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260323T220000",
        "23.3. 02:00 > 23.3. 03:00 | 24.3. 02:00 > 24.3. 03:00",
    ),
    "UNTIL of an all-day series": (
        "DTSTART;VALUE=DATE:20260301\nRRULE:FREQ=WEEKLY;UNTIL=20260329",
        "28.3. 23:00 > 29.3. 22:00",
    ),
    "EXDATE": (
        "DTSTART:20260320T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=6\nEXDATE:20260323T090000Z,20260324T090000Z",
        "25.3. 09:00 > 25.3. 10:00",
    ),
    "EXDATE in another zone": (
        "DTSTART;TZID=Europe/Berlin:20260322T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Asia/Tokyo:20260323T170000",
        "24.3. 08:00 > 24.3. 09:00",
    ),
    "EXDATE as a DATE": (
        "DTSTART;TZID=Europe/Berlin:20260322T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20260323",
        "24.3. 08:00 > 24.3. 09:00",
    ),
    "EXDATE as a DATE takes an RDATE of that day as well": (
        "DTSTART;TZID=Europe/Berlin:20260322T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE;VALUE=DATE:20260324\n"
        "RDATE;TZID=Europe/Berlin:20260324T120000",
        "23.3. 08:00 > 23.3. 09:00 | 25.3. 08:00 > 25.3. 09:00",
    ),
    "EXDATE of the first": (
        "DTSTART:20260325T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260325T090000Z",
        "26.3. 09:00 > 26.3. 10:00",
    ),
    "RDATE": (
        "DTSTART:20260325T090000Z\nDURATION:PT1H\nRDATE:20260327T120000Z,20260520T120000Z",
        "25.3. 09:00 > 25.3. 10:00 | 27.3. 12:00 > 27.3. 13:00",
    ),
    "RDATE with PERIODs": (
        "DTSTART:20260325T090000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260327T120000Z/PT3H,20260328T120000Z/20260328T123000Z",
        "25.3. 09:00 > 25.3. 10:00 | 27.3. 12:00 > 27.3. 15:00 | 28.3. 12:00 > 28.3. 12:30",
    ),
    "nights across the clock change": (
        "DTSTART;TZID=Europe/Berlin:20260327T220000\nDTEND;TZID=Europe/Berlin:20260328T060000\nRRULE:FREQ=DAILY;COUNT=3",
        "27.3. 21:00 > 28.3. 05:00 | 28.3. 21:00 > 29.3. 05:00 | 29.3. 20:00 > 30.3. 04:00",
    ),
    "HOURLY": (
        "DTSTART:20200101T000000Z\nDURATION:PT30M\nRRULE:FREQ=HOURLY;INTERVAL=5;UNTIL=20260323T120000Z",
        "23.3. 03:00 > 23.3. 03:30 | 23.3. 08:00 > 23.3. 08:30",
    ),
    "BYHOUR": (
        "DTSTART:20260301T090000Z\nDURATION:PT30M\nRRULE:FREQ=WEEKLY;BYDAY=MO;BYHOUR=9,15;UNTIL=20260325T000000Z",
        "23.3. 09:00 > 23.3. 09:30 | 23.3. 15:00 > 23.3. 15:30",
    ),
    "BYHOUR, DTSTART on a day of its own": (
        "DTSTART:20260324T080000Z\nDURATION:PT30M\nRRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=9,15;UNTIL=20260327T000000Z",
        "24.3. 08:00 > 24.3. 08:30 | 26.3. 09:00 > 26.3. 09:30 | 26.3. 15:00 > 26.3. 15:30",
    ),
    "longer than its period": (
        "DTSTART:20260324T090000Z\nDURATION:P2D\nRRULE:FREQ=DAILY;COUNT=3",
        "24.3. 09:00 > 28.3. 09:00",
    ),
    "begins before the window, reaches into it": (
        "DTSTART:20260301T000000Z\nDURATION:P10D\nRRULE:FREQ=MONTHLY;BYMONTHDAY=15",
        "15.3. 00:00 > 25.3. 00:00",
    ),
}
STANDING = {
    "TRANSPARENT": ("TRANSP:TRANSPARENT", False),
    "OPAQUE": ("TRANSP:OPAQUE", True),
    "CANCELLED": ("STATUS:CANCELLED", False),
    "CONFIRMED": ("STATUS:CONFIRMED", True),
    "TENTATIVE": ("STATUS:TENTATIVE", True),
    "declined by the host": ("ATTENDEE;PARTSTAT=DECLINED:MAILTO:Ada@Example.org", False),
    "declined by the host, quoted": ('ATTENDEE;CN="x;y:z";PARTSTAT="DECLINED":mailto:ada@example.org', False),
    "declined by the host, known by EMAIL": ("ATTENDEE;PARTSTAT=DECLINED;EMAIL=ada@example.org:urn:uuid:1", False),
    "declined by somebody else": ("ATTENDEE;PARTSTAT=DECLINED:mailto:grace@example.org", True),
    "accepted by the host": ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.org", True),
    "BUSYSTATUS FREE": ("X-MICROSOFT-CDO-BUSYSTATUS:FREE", False),
    "BUSYSTATUS BUSY": ("X-MICROSOFT-CDO-BUSYSTATUS:BUSY", True),
    "BUSYSTATUS OOF": ("X-MICROSOFT-CDO-BUSYSTATUS:OOF", True),
    "BUSYSTATUS BUSY on a transparent event": ("TRANSP:TRANSPARENT\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY", False),
    "lower case": ("transp:transparent", False),
    "an alarm's DURATION and a note like a property": (
        "DESCRIPTION:see\\nTRANSP:TRANSPARENT\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDURATION:PT9H\nREPEAT:1\nDESCRIPTION:x\nEND:VALARM",
        True,
    ),
    "a folded note that looks like a property": ("DESCRIPTION:see\n  STATUS:CANCELLED\n TRANSP:TRANSPARENT", True),
}


def periods(body: bytes, *, rules: BusyRules = RULES) -> str:
    reading = busy_periods(body, window=WINDOW, rules=rules)
    assert reading.warnings == ()
    return shown(reading.periods)


def shown(busy: tuple[Period, ...]) -> str:
    return " | ".join(f"{short(start)} > {short(end)}" for start, end in busy)


def short(when: datetime) -> str:
    seconds = f":{when:%S}" if when.second else ""
    return f"{when.day}.{when.month}. {when:%H:%M}{seconds}"


@pytest.mark.parametrize(("lines", "expected"), [*TIMES.values(), *SERIES.values()], ids=[*TIMES, *SERIES])
def test_an_event_blocks_the_time_it_says(lines: str, expected: str):
    assert periods(calendar(event(lines))) == expected


@pytest.mark.capability("A87")
@pytest.mark.parametrize(("lines", "blocks"), STANDING.values(), ids=STANDING)
def test_an_event_blocks_only_if_it_is_meant_to(lines: str, blocks: bool):
    body = calendar(event(f"DTSTART:20260325T090000Z\nDTEND:20260325T100000Z\n{lines}"))
    assert periods(body) == ("25.3. 09:00 > 25.3. 10:00" if blocks else "")


@pytest.mark.parametrize("line", ["STATUS:TENTATIVE", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"])
def test_tentative_events_can_be_left_out(line: str):
    body = calendar(event(f"DTSTART:20260325T090000Z\nDTEND:20260325T100000Z\n{line}"))
    assert periods(body, rules=BusyRules(BERLIN, tentative_counts=False)) == ""


SERIES_OF_THREE = event("DTSTART:20260324T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3")
INSTANCES = {
    "moved": (
        "RECURRENCE-ID:20260325T090000Z\nDTSTART:20260325T150000Z\nDURATION:PT2H",
        "24.3. 09:00 > 24.3. 10:00 | 25.3. 15:00 > 25.3. 17:00 | 26.3. 09:00 > 26.3. 10:00",
    ),
    "cancelled": (
        "RECURRENCE-ID:20260325T090000Z\nDTSTART:20260325T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED",
        "24.3. 09:00 > 24.3. 10:00 | 26.3. 09:00 > 26.3. 10:00",
    ),
    "made transparent": (
        "RECURRENCE-ID:20260325T090000Z\nDTSTART:20260325T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT",
        "24.3. 09:00 > 24.3. 10:00 | 26.3. 09:00 > 26.3. 10:00",
    ),
    "named in another zone": (
        "RECURRENCE-ID;TZID=Asia/Tokyo:20260325T180000\nDTSTART:20260325T150000Z\nDURATION:PT1H",
        "24.3. 09:00 > 24.3. 10:00 | 25.3. 15:00 > 25.3. 16:00 | 26.3. 09:00 > 26.3. 10:00",
    ),
    "moved out of the window": (
        "RECURRENCE-ID:20260325T090000Z\nDTSTART:20260825T090000Z\nDURATION:PT1H",
        "24.3. 09:00 > 24.3. 10:00 | 26.3. 09:00 > 26.3. 10:00",
    ),
    "this and all that follow": (
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260325T090000Z\nDTSTART:20260325T120000Z\nDURATION:PT2H",
        "24.3. 09:00 > 24.3. 10:00 | 25.3. 12:00 > 25.3. 14:00 | 26.3. 12:00 > 26.3. 14:00",
    ),
}


@pytest.mark.parametrize("first", ["series", "instance"])
@pytest.mark.parametrize(("lines", "expected"), INSTANCES.values(), ids=INSTANCES)
def test_one_instance_goes_its_own_way(lines: str, expected: str, first: str):
    parts = [SERIES_OF_THREE, event(lines)]
    assert periods(calendar(*(parts if first == "series" else reversed(parts)))) == expected


def test_an_instance_moved_into_the_window_counts_though_its_series_is_outside():
    series = event("DTSTART:20260501T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3")
    moved = event("RECURRENCE-ID:20260502T090000Z\nDTSTART:20260325T090000Z\nDURATION:PT1H")
    assert periods(calendar(series, moved)) == "25.3. 09:00 > 25.3. 10:00"


def test_an_instance_of_a_series_that_is_not_here_counts():
    alone = event("RECURRENCE-ID:20260502T090000Z\nDTSTART:20260325T090000Z\nDURATION:PT1H")
    assert periods(calendar(alone)) == "25.3. 09:00 > 25.3. 10:00"


def test_a_time_that_comes_twice_is_the_first_of_the_two():
    window = Period(datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC))
    night = event(
        "DTSTART;TZID=Europe/Berlin:20261024T023000\nDTEND;TZID=Europe/Berlin:20261024T033000\nRRULE:FREQ=DAILY;COUNT=3"
    )
    reading = busy_periods(calendar(night), window=window, rules=RULES)
    assert (
        shown(reading.periods)
        == "24.10. 00:30 > 24.10. 01:30 | 25.10. 00:30 > 25.10. 01:30 | 26.10. 01:30 > 26.10. 02:30"
    )


def test_a_year_of_days_is_counted_through():
    window = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))
    reading = busy_periods(
        calendar(event("DTSTART:20240101T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY")), window=window, rules=RULES
    )
    assert len(reading.periods) == 424


@pytest.mark.parametrize(("kind", "busy"), [("", True), (";FBTYPE=BUSY-UNAVAILABLE", True), (";FBTYPE=FREE", False)])
def test_a_published_free_busy_list_counts(kind: str, busy: bool):
    body = calendar(
        f"BEGIN:VFREEBUSY\nUID:made\nFREEBUSY{kind}:20260325T090000Z/PT1H,20260326T090000Z/20260326T100000Z\nEND:VFREEBUSY\n"
    )
    assert periods(body) == ("25.3. 09:00 > 25.3. 10:00 | 26.3. 09:00 > 26.3. 10:00" if busy else "")


@pytest.mark.parametrize("component", ["VTODO", "VJOURNAL"])
def test_tasks_and_journals_block_nothing(component: str):
    assert (
        periods(calendar(f"BEGIN:{component}\nUID:1\nDTSTART:20260325T090000Z\nDURATION:PT1H\nEND:{component}\n")) == ""
    )


def test_several_events_in_one_object_all_count():
    body = calendar(
        event("DTSTART:20260325T090000Z\nDURATION:PT1H", uid="a"),
        event("DTSTART:20260325T093000Z\nDURATION:PT1H", uid="b"),
    )
    assert periods(body) == "25.3. 09:00 > 25.3. 10:30"


def test_a_calendar_may_name_the_zone_of_its_floating_times():
    body = calendar("X-WR-TIMEZONE:Asia/Tokyo\n", event("DTSTART:20260325T090000\nDURATION:PT1H"))
    assert periods(body) == "25.3. 00:00 > 25.3. 01:00"


def test_the_host_s_zone_decides_over_days():
    body = calendar(event("DTSTART;VALUE=DATE:20260325"))
    assert periods(body, rules=BusyRules(ZoneInfo("Pacific/Chatham"))) == "24.3. 10:15 > 25.3. 10:15"


DAILY = " | ".join(
    f"{day} 09:00 > {day} 10:00"
    for day in [*(f"{each}.3." for each in range(25, 32)), *(f"{each}.4." for each in range(1, 13))]
)
ALL = "23.3. 00:00 > 13.4. 00:00"
BROKEN = {
    "no start": ("SUMMARY:x", ALL),
    "a start that is none": ("DTSTART:soon\nDTEND:20260325T100000Z", ALL),
    "a 30th of February": ("DTSTART:20260230T090000Z\nDURATION:PT1H", ALL),
    "an end that is none": ("DTSTART:20260325T090000Z\nDTEND:later", "25.3. 09:00 > 26.3. 09:00"),
    "a rule that is none": ("DTSTART:20260325T090000Z\nDURATION:PT1H\nRRULE:FREQ=OFTEN", DAILY),
    "a rule without parts": ("DTSTART:20260325T090000Z\nDURATION:PT1H\nRRULE:every day", DAILY),
    "an interval of nothing": (
        "DTSTART:20260325T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=0",
        DAILY,
    ),
    "an EXDATE that is none": (
        "DTSTART:20260325T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:sometimes",
        "25.3. 09:00 > 25.3. 10:00 | 26.3. 09:00 > 26.3. 10:00",
    ),
    "two starts": ("DTSTART:20260325T090000Z\nDTSTART:20260327T090000Z\nDURATION:PT1H", "25.3. 09:00 > 25.3. 10:00"),
}


@pytest.mark.capability("A84")
@pytest.mark.parametrize(("lines", "expected"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_counts_for_all_it_may_be_and_is_named(lines: str, expected: str):
    reading = busy_periods(calendar(event(lines)), window=WINDOW, rules=RULES)
    assert shown(reading.periods) == expected
    assert reading.warnings
    assert all("made" in each for each in reading.warnings)


@pytest.mark.capability("A84")
@pytest.mark.parametrize(
    "mangle",
    [
        lambda body: body[: body.index(b"END:VEVENT")],
        lambda body: body.replace(b"END:VEVENT", b"END:VTODO"),
        lambda body: body.replace(b"BEGIN:VCALENDAR\r\n", b""),
        lambda body: b"HTTP/1.1 200 OK\r\n" + body,
    ],
    ids=["cut short", "wrong end", "no beginning", "something before"],
)
def test_half_an_object_counts_for_what_can_be_seen_of_it(mangle):
    body = mangle(calendar(event("DTSTART:20260325T090000Z\nDTEND:20260325T100000Z")))
    reading = busy_periods(body, window=WINDOW, rules=RULES)
    assert shown(reading.periods) in ("25.3. 09:00 > 25.3. 10:00", "")
    assert reading.warnings or reading.periods


@pytest.mark.parametrize("body", [b"", b"\0" * 100, b"<html></html>", b"\xff\xfe\x00", b"BEGIN:VCALENDAR"])
def test_what_is_no_calendar_counts_all_the_time_and_is_named(body: bytes):
    reading = busy_periods(body, window=WINDOW, rules=RULES)
    assert reading.periods == (WINDOW,)
    assert reading.warnings


def test_a_warning_never_shows_the_title():
    reading = busy_periods(
        calendar(event("SUMMARY:Secret\nDTSTART:20260325T090000Z\nRRULE:FREQ=X")), window=WINDOW, rules=RULES
    )
    assert reading.warnings
    assert "Secret" not in "".join(reading.warnings)


def test_merged_periods_are_the_same_time_in_as_few_as_possible():
    hours = [datetime(2026, 3, 25, hour, tzinfo=UTC) for hour in range(10)]
    given = [
        Period(hours[4], hours[5]),
        Period(hours[0], hours[3]),
        Period(hours[1], hours[2]),
        Period(hours[3], hours[4]),
        Period(hours[7], hours[7]),
        Period(hours[8], hours[9]),
    ]
    assert merged(given) == [Period(hours[0], hours[5]), Period(hours[8], hours[9])]
    assert merged([]) == []
