"""Time zones of foreign calendars: whatever they are called, and whatever another calendar called by the same name."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest

from calendars.busy.reading import BusyRules, busy_periods
from calendars.ical import ics, zones
from calendars.model import Period
from tests.calendars.made import calendar, event

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


def test_without_the_normaliser_icalendar_confuses_them():
    """The reason for it all; if this fails one day, the renaming can go."""
    name = "Confused by icalendar"
    first = icalendar.Calendar.from_ical(calendar(definition("+0200", tzid=name), meeting(name)))
    second = icalendar.Calendar.from_ical(calendar(definition("-0500", tzid=name), meeting(name)))
    offsets = [each.walk("VEVENT")[0]["DTSTART"].dt.utcoffset() for each in (first, second)]
    assert offsets[0] == offsets[1]


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
    assert b"VTIMEZONE" not in zones.normalise(body).body


def test_an_iana_name_wins_over_its_definition():
    assert start(calendar(definition("-0900", tzid="Europe/Berlin"), meeting("Europe/Berlin"))) == "08:00"


def test_an_odd_property_in_a_definition_does_no_harm():
    odd = 'X-MICROSOFT-CDO-TZID:4\nTZURL:http://x.example/\nTZUNTIL:20300101T000000Z\nCOMMENT;X="y":z\n'
    body = calendar(definition("-0500", more=odd), meeting())
    assert start(body) == "14:00"
    for line in odd.split():
        assert line.encode() not in zones.normalise(body).body


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "BEGIN:VTIMEZONE\nTZID:Custom\nEND:VTIMEZONE\n",
        "BEGIN:VTIMEZONE\nTZID:Custom\nBEGIN:STANDARD\nDTSTART:19700101T000000\nEND:STANDARD\nEND:VTIMEZONE\n",
        definition("+0200").replace("TZNAME:X", "RRULE:FREQ=SECONDLY"),
        definition("+9900"),
    ],
    ids=["no definition", "an empty one", "one without offsets", "one that changes every second", "an offset of days"],
)
def test_times_of_a_zone_nobody_knows_are_in_the_hosts_zone_and_named(rest: str):
    body = calendar(rest, meeting())
    reading = busy_periods(body, window=WINDOW, rules=RULES)
    assert [f"{each.start:%H:%M}" for each in reading.periods] == ["08:00"]
    assert len(reading.warnings) == 1
    assert "Custom" in reading.warnings[0]
    assert "Europe/Berlin" in reading.warnings[0]


def test_normalising_leaves_everything_else_alone():
    body = calendar(
        definition("+0200"), event('SUMMARY:ü TZID=Custom;\nX-A;B="c;d":e\nDTSTART;TZID=Custom:20260325T090000')
    )
    name = zones.normalise(body).body.split(b"TZID:")[1].split(b"\r\n")[0]
    assert name.startswith(b"zone-")
    assert zones.normalise(body).body.count(name) == 2
    for line in ("SUMMARY:ü TZID=Custom;\r\n".encode(), b'X-A;B="c;d":e\r\n', b"UID:made\r\n"):
        assert line in zones.normalise(body).body
    assert zones.normalise(zones.normalise(body).body).body == zones.normalise(body).body
