"""Time zones of foreign calendars: whatever they are called, and whatever another calendar called by the same name."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.busy.periods import BusyRules, busy_periods
from calendars.ical import ics, zones
from calendars.model import Period
from tests.calendars.busy.random_objects import calendar, event

RULES = BusyRules(ZoneInfo("Europe/Berlin"))
WINDOW = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def definition(offset: str, *, tzid: str = "Custom", more: str = "") -> str:
    """A zone without clock changes."""
    return (
        f"BEGIN:VTIMEZONE\nTZID:{tzid}\n{more}BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:{offset}\n"
        f"TZOFFSETTO:{offset}\nTZNAME:X\nEND:STANDARD\nEND:VTIMEZONE\n"
    )


def meeting(tzid: str = "Custom") -> str:
    return event(f"DTSTART;TZID={tzid}:20260325T090000\nDTEND;TZID={tzid}:20260325T100000")


def start(body: bytes) -> str:
    reading = busy_periods(body, window=WINDOW, rules=RULES)
    (period,) = reading.periods
    return f"{period.start:%H:%M}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ('"Europe/Berlin"', "Europe/Berlin"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/softwarestudio.org/Olson_20011030_5/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("/mozilla.org/20070129_1/America/Indiana/Knox", "America/Indiana/Knox"),
        ("UTC", "UTC"),
        ("Etc/GMT-3", "Etc/GMT-3"),
        ("W. europe standard TIME", "Europe/Berlin"),
        ("  Europe/Berlin ", "Europe/Berlin"),
        ("GMT+0100", None),
        ("Customized Time Zone", None),
        ("/my/Jamaica", None),
        ("localtime", None),
        ("Factory", None),
        ("", None),
        ("../../etc/passwd", None),
        ("Europe", None),
        ("\0", None),
        ("x" * 5000, None),
    ],
)
def test_a_name_means_an_iana_zone_or_nothing(name: str, expected: str | None):
    assert zones.iana(name) == expected


@pytest.mark.parametrize("order", [1, -1])
def test_two_calendars_with_the_same_name_and_other_offsets_are_both_right(order: int):
    bodies = {"07:00": calendar(definition("+0200"), meeting()), "14:00": calendar(definition("-0500"), meeting())}
    for expected, body in list(bodies.items())[::order] * 2:
        assert start(body) == expected
        seen = ics.read(body)
        assert seen is not None
        assert f"{seen.time.start:%H:%M}" == expected


def test_two_calendars_with_the_same_name_are_right_in_threads_too():
    bodies = [calendar(definition(f"+{hours:02}00"), meeting()) for hours in range(1, 9)] * 4
    with ThreadPoolExecutor(4) as pool:
        starts = list(pool.map(start, bodies))
    assert starts == [f"{9 - hours:02}:00" for hours in range(1, 9)] * 4


def test_two_calendars_in_one_object_keep_their_zones_apart():
    second = calendar(definition("-0500"), event("DTSTART;TZID=Custom:20260326T090000\nDURATION:PT1H", uid="second"))
    reading = busy_periods(calendar(definition("+0200"), meeting()) + second, window=WINDOW, rules=RULES)
    assert [f"{each.start:%d %H:%M}" for each in reading.periods] == ["25 07:00", "26 14:00"]


def test_a_zone_of_another_calendar_is_a_zone_nobody_knows():
    body = calendar(definition("-0500")) + calendar(meeting())
    assert start(body) == "08:00"
    assert "Custom" in busy_periods(body, window=WINDOW, rules=RULES).warnings[0]


@pytest.mark.parametrize(
    ("tzid", "expected"),
    [
        ("GMT+05:30", "03:30"),
        ('"GMT+05:30"', "03:30"),
        ("GMT-0500", "14:00"),
        ("GMT+0100", "08:00"),
        ("UTC+2", "07:00"),
        ("+0200", "07:00"),
        ("utc-05:00", "14:00"),
        ("Etc/GMT-3", "06:00"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "13:00"),
        ('"(UTC-05:00) Eastern Time (US & Canada)"', "13:00"),
        ("(GMT-08:00) Pacific Time (US & Canada); Tijuana", "16:00"),
        ("(UTC+01:00) Amsterdam\\, Berlin\\, Bern\\, Rome\\, Stockholm\\, Vienna", "08:00"),
        ("(UTC+10:00) Brisbane", "23:00"),
        ("(UTC+05:45) Nowhere", "03:15"),
        ("(UTC) Coordinated Universal Time", "09:00"),
        ("tzone://Microsoft/Utc", "09:00"),
        ("TZONE://MICROSOFT/UTC", "09:00"),
        ("America/New York", "13:00"),
        ("Eastern Time (US & Canada)", "13:00"),
        ("GMT+0530 (India Standard Time)", "03:30"),
        ("(UTC+05:30)", "03:30"),
        ("UTC\u221205:00", "14:00"),
        ("(UTC) Dublin, Edinburgh, Lisbon, London", "09:00"),
        ("(UTC-07:00) Mountain Time (US & Canada)", "15:00"),
        ("Z", "09:00"),
        (" Asia/Tokyo ", "00:00"),
        ('" Asia/Tokyo "', "00:00"),
        ("'Asia/Tokyo'", "00:00"),
    ],
)
def test_a_zone_is_known_however_it_is_written(tzid: str, expected: str):
    body = calendar(meeting(tzid))
    assert start(body) == expected
    assert busy_periods(body, window=WINDOW, rules=RULES).warnings == ()


def test_a_definition_wins_over_an_offset_in_its_name():
    assert start(calendar(definition("+0200", tzid="GMT-0500"), meeting("GMT-0500"))) == "07:00"


def test_a_definition_with_clock_changes_follows_them():
    rules = (
        "BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\n"
        "TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
    )
    weekly = event("DTSTART;TZID=Ours:20260322T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2")
    reading = busy_periods(calendar(rules, weekly), window=WINDOW, rules=RULES)
    assert [f"{each.start:%d %H:%M}" for each in reading.periods] == ["22 08:00", "29 07:00"]


def test_a_definition_may_stand_behind_the_event():
    assert start(calendar(meeting(), definition("-0500"))) == "14:00"


def test_a_definition_that_says_where_it_is_is_believed():
    body = calendar(definition("+0000", more="X-LIC-LOCATION:Asia/Tokyo\n"), meeting())
    assert start(body) == "00:00"


def test_an_iana_name_wins_over_its_definition():
    assert start(calendar(definition("-0900", tzid="Europe/Berlin"), meeting("Europe/Berlin"))) == "08:00"


def test_an_odd_property_in_a_definition_does_no_harm():
    odd = 'X-MICROSOFT-CDO-TZID:4\nTZURL:http://x.example/\nTZUNTIL:20300101T000000Z\nCOMMENT;X="y":z\n'
    body = calendar(definition("-0500", more=odd), meeting())
    assert start(body) == "14:00"


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "BEGIN:VTIMEZONE\nTZID:Custom\nEND:VTIMEZONE\n",
        "BEGIN:VTIMEZONE\nTZID:Custom\nBEGIN:STANDARD\nDTSTART:19700101T000000\nEND:STANDARD\nEND:VTIMEZONE\n",
        definition("+9900"),
    ],
    ids=["no definition", "an empty one", "one without offsets", "an offset of days"],
)
def test_times_of_a_zone_nobody_knows_are_in_the_hosts_zone_and_named(rest: str):
    body = calendar(rest, meeting())
    reading = busy_periods(body, window=WINDOW, rules=RULES)
    assert [f"{each.start:%H:%M}" for each in reading.periods] == ["08:00"]
    assert len(reading.warnings) == 1
    assert "Custom" in reading.warnings[0]
    assert "Europe/Berlin" in reading.warnings[0]


PARTS = {
    "no offset from": ("TZOFFSETFROM:+0200\n", "", "07:00"),
    "no offset to": ("TZOFFSETTO:+0200\n", "", "07:00"),
    "a rule that is none": ("TZNAME:X", "RRULE:FREQ=SOMETIMES", "07:00"),
    "a rule for every second": ("TZNAME:X", "RRULE:FREQ=SECONDLY", "07:00"),
    "a start that is none": ("DTSTART:19700101T000000", "DTSTART:long ago", "07:00"),
    "no end": ("END:VTIMEZONE\n", "", "07:00"),
    "an offset with a colon": ("TZOFFSETTO:+0200", "TZOFFSETTO:+02:00", "07:00"),
}


@pytest.mark.parametrize(("old", "new", "expected"), PARTS.values(), ids=PARTS)
def test_part_of_a_definition_is_better_than_none(old: str, new: str, expected: str):
    assert start(calendar(definition("+0200").replace(old, new), meeting())) == expected


CHANGES = (
    "BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:20201025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20200329T020000\n"
    "TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
)


@pytest.mark.parametrize("day", ["20260328", "20260329", "20261024", "20261025", "20190701", "20200101", "20990901"])
@pytest.mark.parametrize("hour", ["0130", "0159", "0200", "0230", "0259", "0300", "0330"])
def test_a_definition_answers_as_the_zone_it_describes(day: str, hour: str):
    """In gaps and in hours that come twice, too; before its first change it has the offset from which that one came."""
    body = calendar(CHANGES, event(f"DTSTART;TZID=Ours:{day}T{hour}00\nDURATION:PT1H"))
    seen = ics.read(body)
    wall = datetime.strptime(day + hour, "%Y%m%d%H%M").replace(tzinfo=ZoneInfo("Europe/Berlin"))
    expected = wall.astimezone(UTC) if day > "2020" else wall.replace(tzinfo=UTC) - timedelta(hours=1)
    assert seen is not None
    assert seen.time.start == expected


def test_a_change_that_ended_lasts():
    until = CHANGES.replace(
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3;UNTIL=20210401T000000Z"
    )
    body = calendar(until, event("DTSTART;TZID=Ours:20260701T090000\nDURATION:PT1H"))
    assert start(body) == "08:00"
