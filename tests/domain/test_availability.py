"""Hours on the wall become instants, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_service.domain.availability import (
    DateOverride,
    Span,
    WorkingHours,
    local_day,
    openings,
    override_on,
    parse_spans,
    spans_on,
    spans_text,
    zone_names,
    zone_of,
)
from booking_service.domain.interval import Interval

DAY = timedelta(days=1)


def every_day(text: str) -> WorkingHours:
    return WorkingHours((parse_spans(text),) * 7)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def opened(text: str, zone: str, day: str, overrides: tuple[DateOverride, ...] = ()) -> list[str]:
    """The openings that touch this local date, in UTC, as `dd hh:mm-dd hh:mm`."""
    host = zone_of(zone)
    found = [
        opening
        for piece in local_day(date.fromisoformat(day), host)
        for opening in openings(every_day(text), overrides, host, piece)
    ]
    return [f"{opening.start:%d %H:%M}-{opening.end:%d %H:%M}" for opening in dict.fromkeys(found)]


# Spans as people type them


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("9-12, 13-17", "09:00-12:00, 13:00-17:00"),
        ("09:00-17:30", "09:00-17:30"),
        (" 13-17 ,9 – 12:15", "09:00-12:15, 13:00-17:00"),
        ("0-24", "00:00-24:00"),
        ("22-24", "22:00-24:00"),
        ("23-23:59", "23:00-23:59"),
        ("8:30-12:00 und 13–17 Uhr", "08:30-12:00, 13:00-17:00"),
        ("9 Uhr - 12 Uhr, 13-17Uhr", "09:00-12:00, 13:00-17:00"),
        ("9-12 and 13-17", "09:00-12:00, 13:00-17:00"),
        ("9-12 en 13-17 uur", "09:00-12:00, 13:00-17:00"),
        ("9-12,12-13", "09:00-12:00, 12:00-13:00"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, shown: str) -> None:
    assert spans_text(parse_spans(typed)) == shown
    assert parse_spans(shown) == parse_spans(typed)


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("9", "Write it like 9-12"),
        ("9-12;13-17", "Write it like 9-12"),
        ("9-12 und", "Write it like 9-12"),
        ("Uhr 9-12", "Write it like 9-12"),
        ("9-12,", "Write it like 9-12"),
        ("nine-five", "Write it like 9-12"),
        ("٩-١٢", "Write it like 9-12"),
        ("９-12", "Write it like 9-12"),
        ("1_0-12", "Write it like 9-12"),
        ("9:0-12", "Write it like 9-12"),
        ("-9-12", "Write it like 9-12"),
        ("9-25", "Hours go from 0 to 23"),
        ("24-24", "Hours go from 0 to 23"),
        ("9-24:30", "Hours go from 0 to 23"),
        ("9:60-12", "minutes to 59"),
        ("9-0", "Write 24:00"),
        ("22-2", "write 22:00-24:00 on this day"),
        ("9-9", "ends before it begins"),
        ("9-12, 11-13", "Join them"),
        ("9-24, 23-24", "Join them"),
        ("9" * 9000, "too many hours"),
    ],
)
def test_other_hours_are_refused_with_advice(typed: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        parse_spans(typed)


def test_a_span_is_whole_minutes_of_the_wall() -> None:
    for start in (time(9, 0, 1), time(9, 0, 0, 1), time(9, tzinfo=UTC)):
        with pytest.raises(ValueError, match="whole minutes"):
            Span(start, time(10))


def test_a_week_has_seven_days_without_overlaps() -> None:
    with pytest.raises(ValueError, match="7 days"):
        WorkingHours(((),) * 6)
    with pytest.raises(ValueError, match="overlap"):
        WorkingHours(((Span(time(9), time(12)), Span(time(11), time(13))), *((),) * 6))


# Zones


@pytest.mark.parametrize("name", ["Europe/Berlin", "Asia/Kathmandu", "Pacific/Chatham", "Asia/Calcutta", "UTC"])
def test_iana_names_are_zones(name: str) -> None:
    assert zone_of(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/localtime",
        "Europe",
        "Europe/",
        "europe/berlin",
        "EUROPE/BERLIN",
        "Europe/Berlin\0",
        " Europe/Berlin",
        "localtime",
        "posixrules",
        "Factory",
        "posix/Europe/Berlin",
        "GMT+0100",
        "Z" * 5000,
        "",
    ],
)
def test_everything_else_is_no_zone(name: str) -> None:
    with pytest.raises(ValueError, match="not a time zone") as refusal:
        zone_of(name)
    assert len(str(refusal.value)) < 300


# Openings


def test_the_same_hours_are_other_instants_in_winter() -> None:
    assert opened("9-17", "Europe/Berlin", "2026-10-23") == ["23 07:00-23 15:00"]
    assert opened("9-17", "Europe/Berlin", "2026-10-26") == ["26 08:00-26 16:00"]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "instants"),
    [
        # the gap: 02:00 to 03:00 never comes
        ("Europe/Berlin", "2026-03-29", "2:30-5", ["29 01:00-29 03:00"]),
        ("Europe/Berlin", "2026-03-29", "1-2:30", ["29 00:00-29 01:00"]),
        ("Europe/Berlin", "2026-03-29", "2-3", []),
        # the overlap: 02:00 to 03:00 comes twice
        ("Europe/Berlin", "2026-10-25", "2-3", ["25 00:00-25 02:00"]),
        ("Europe/Berlin", "2026-10-25", "1-4", ["24 23:00-25 03:00"]),
        ("Europe/Berlin", "2026-10-25", "2:30-5", ["25 00:30-25 01:00", "25 01:30-25 04:00"]),
        ("Europe/Berlin", "2026-10-25", "1-2:30", ["24 23:00-25 00:30", "25 01:00-25 01:30"]),
        # 30 minutes only
        ("Australia/Lord_Howe", "2026-10-04", "2-4", ["03 15:30-03 17:00"]),
        ("Australia/Lord_Howe", "2026-04-05", "1-3", ["04 14:00-04 16:30"]),
        # a gap at midnight: the day begins at 01:00
        ("America/Santiago", "2026-09-06", "0-2", ["06 04:00-06 05:00"]),
        # offsets of odd minutes, and hosts far from UTC
        ("Asia/Kathmandu", "2026-06-01", "9-17", ["01 03:15-01 11:15"]),
        ("Pacific/Chatham", "2026-06-01", "9-17", ["31 20:15-01 04:15"]),
        ("Pacific/Chatham", "2026-09-27", "2-4", ["26 13:15-26 14:15"]),
        ("Pacific/Tongatapu", "2026-06-01", "9-17", ["31 20:00-01 04:00"]),
        # Ramadan: Morocco turns its clocks back
        ("Africa/Casablanca", "2026-02-14", "9-17", ["14 08:00-14 16:00"]),
        ("Africa/Casablanca", "2026-02-15", "9-17", ["15 09:00-15 17:00"]),
        ("Africa/Casablanca", "2026-02-15", "2-3", ["15 01:00-15 03:00"]),
        # Samoa had no 30 December
        ("Pacific/Apia", "2011-12-29", "9-17", ["29 19:00-30 03:00"]),
        ("Pacific/Apia", "2011-12-30", "9-17", []),
        ("Pacific/Apia", "2011-12-31", "9-17", ["30 19:00-31 03:00"]),
    ],
)
def test_hours_around_clock_changes(zone: str, day: str, hours: str, instants: list[str]) -> None:
    assert opened(hours, zone, day) == instants


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Europe/Berlin", "2026-06-01", 24),
        ("Pacific/Apia", "2011-12-30", 0),
        ("America/Santiago", "2026-09-06", 23),
    ],
)
def test_a_date_lasts_as_long_as_its_clock_shows_it(zone: str, day: str, hours: float) -> None:
    lasted = sum((piece.duration for piece in local_day(date.fromisoformat(day), zone_of(zone))), timedelta())
    assert lasted == timedelta(hours=hours)


def test_an_opening_does_not_depend_on_the_window_that_asks() -> None:
    host = zone_of("Europe/Berlin")
    inside = Interval(utc("2026-06-01T10:00"), utc("2026-06-01T10:01"))
    assert openings(every_day("9-17"), (), host, inside) == [Interval(utc("2026-06-01T07:00"), utc("2026-06-01T15:00"))]
    after = Interval(utc("2026-06-01T15:00"), utc("2026-06-01T16:00"))
    assert openings(every_day("9-17"), (), host, after) == []


def test_touching_hours_are_one_opening() -> None:
    assert opened("9-12, 12-17", "UTC", "2026-06-01") == ["01 09:00-01 17:00"]
    assert opened("0-2, 22-24", "UTC", "2026-06-02") == ["01 22:00-02 02:00", "02 22:00-03 02:00"]


def test_nobody_is_open_in_the_years_of_typos() -> None:
    host = zone_of("Europe/Berlin")
    for start in ("0001-01-01T00:00", "9999-12-30T00:00", "1899-12-31T00:00", "2200-01-01T00:00"):
        assert openings(every_day("0-24"), (), host, Interval(utc(start), utc(start) + DAY)) == []
    for start in ("1900-01-02T00:00", "2199-12-31T00:00"):
        assert openings(every_day("0-24"), (), host, Interval(utc(start), utc(start) + DAY))
    everything = Interval(utc("0001-01-01T00:00"), utc("9999-12-31T00:00"))
    assert openings(every_day("0-24"), (), host, everything) == []


# Overrides


def override(first: str, last: str, text: str = "") -> DateOverride:
    return DateOverride(date.fromisoformat(first), date.fromisoformat(last), parse_spans(text))


def test_an_override_takes_the_place_of_the_weekly_hours_on_each_of_its_days() -> None:
    away = override("2026-06-01", "2026-06-02")
    late = override("2026-06-03", "2026-06-03", "18-20")
    for day, instants in {
        "2026-05-31": ["31 09:00-31 17:00"],
        "2026-06-01": [],
        "2026-06-02": [],
        "2026-06-03": ["03 18:00-03 20:00"],
        "2026-06-04": ["04 09:00-04 17:00"],
    }.items():
        assert opened("9-17", "UTC", day, (away, late)) == instants


def test_the_override_for_fewest_days_counts_and_of_equals_the_later() -> None:
    holiday = override("2026-06-01", "2026-06-14")
    exception = override("2026-06-03", "2026-06-03", "10-11")
    again = override("2026-06-03", "2026-06-03", "14-15")
    day = date(2026, 6, 3)
    assert override_on((exception, holiday), day) == exception
    assert override_on((holiday, exception), day) == exception
    assert override_on((exception, again, holiday), day) == again
    assert override_on((again, exception, holiday), day) == exception
    assert override_on((holiday,), date(2026, 6, 15)) is None
    assert spans_on(every_day("9-17"), (holiday,), day) == ()


def test_an_override_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="swap them"):
        override("2026-06-02", "2026-06-01")


# Any zone, any day: open exactly while the wall shows working hours


def test_every_zone_of_the_database_can_be_asked() -> None:
    window = Interval(utc("2026-06-01T00:00"), utc("2026-06-02T00:00"))
    assert len(zone_names()) > 400
    for name in sorted(zone_names())[::29]:
        assert openings(every_day("9-17"), (), zone_of(name), window)


@given(
    zone=st.sampled_from(
        ["Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Chatham", "America/St_Johns"]
    ),
    on=st.dates(date(2003, 1, 1), date(2037, 1, 1)),
    marks=st.lists(st.integers(0, 96), min_size=2, max_size=4, unique=True).map(sorted),
)
@settings(deadline=None, max_examples=40)
def test_a_host_is_open_while_their_wall_clock_shows_working_hours(zone: str, on: date, marks: list[int]) -> None:
    quarters = [(first, last) for first, last in zip(marks[::2], marks[1::2], strict=False)]
    hours = WorkingHours((tuple(Span(_clock(first), _clock(last)) for first, last in quarters),) * 7)
    midnight = datetime.combine(on, time(0), UTC)
    window = Interval(midnight, midnight + 2 * DAY)
    found = openings(hours, (), zone_of(zone), window)
    assert all(earlier.end < later.start for earlier, later in pairwise(found))
    for tick in range(0, 2 * 96, 3):
        instant = midnight + tick * timedelta(minutes=15)
        quarter = _minutes(instant, zone_of(zone)) / 15
        shows_hours = any(first <= quarter < last for first, last in quarters)
        assert any(opening.contains(instant) for opening in found) is shows_hours


def _clock(quarter: int) -> time:
    return time(quarter // 4 % 24, quarter % 4 * 15)


def _minutes(instant: datetime, zone: ZoneInfo) -> float:
    local = instant.astimezone(zone)
    return local.hour * 60 + local.minute + local.second / 60
