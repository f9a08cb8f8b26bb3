"""Bombs: objects that would keep a parser busy for hours cost a bounded moment, are named, and harm nothing else."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calendars.busy import periods
from calendars.busy.periods import BusyReading, BusyRules, busy_of_all
from calendars.model import Period
from tests.calendars.busy.random_objects import WINDOW, calendar, event

RULES = BusyRules(ZoneInfo("Europe/Berlin"), own_addresses=frozenset({"ada@example.org"}))
OWN_TIME = (Period(datetime(2026, 3, 10, 10, tzinfo=UTC), datetime(2026, 3, 10, 11, tzinfo=UTC)),)
HERE = "DTSTART:20260310T100000Z\nDTEND:20260310T110000Z\n"
LONG_AGO = "DTSTART:20200101T100000Z\nDTEND:20200101T110000Z\n"
GOOD = calendar(event("DTSTART:20260312T100000Z\nDTEND:20260312T110000Z", uid="good"))
UNUSUAL = calendar(event(HERE + "RDATE;VALUE=PERIOD:20260311T100000Z/PT1H", uid="unusual"))


def many(line: str, count: int) -> str:
    return "".join(line.format(month=1 + each % 12, day=1 + each % 28, hour=each % 24) for each in range(count))


# None of them may be lost or hide the others.
BOMBS = {
    "FREQ=SECONDLY": event(LONG_AGO + "RRULE:FREQ=SECONDLY"),
    "FREQ=SECONDLY with COUNT": event(LONG_AGO + "RRULE:FREQ=SECONDLY;COUNT=1000000000"),
    "FREQ=SECONDLY that is never": event(HERE + "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"),
    "FREQ=SECONDLY in one minute a day": event(LONG_AGO + "RRULE:FREQ=SECONDLY;BYHOUR=3;BYMINUTE=7"),
    "FREQ=MINUTELY": event("DTSTART:20200101T000000Z\nDURATION:PT30S\nRRULE:FREQ=MINUTELY"),
    "a day that is never": event(HERE + "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
    "a year day that is never": event(HERE + "RRULE:FREQ=YEARLY;BYWEEKNO=53;BYYEARDAY=100"),
    "INTERVAL=0": event(HERE + "RRULE:FREQ=DAILY;INTERVAL=0"),
    "COUNT=1e9": event(HERE + "RRULE:FREQ=DAILY;COUNT=1000000000"),
    "100,000 EXDATEs": event(
        HERE + "RRULE:FREQ=DAILY\n" + many("EXDATE:2026{month:02}{day:02}T{hour:02}3000Z\n", 100_000)
    ),
    "20,000 RDATEs": event(HERE + many("RDATE:2026{month:02}{day:02}T{hour:02}0000Z\n", 20_000)),
    "20,000 PERIODs": event(HERE + many("RDATE;VALUE=PERIOD:2026{month:02}{day:02}T{hour:02}0000Z/PT1H\n", 20_000)),
    "20,000 overrides": event(HERE + "RRULE:FREQ=DAILY")
    + many("BEGIN:VEVENT\nUID:made\nRECURRENCE-ID:2026{month:02}{day:02}T100000Z\n" + HERE + "END:VEVENT\n", 20_000),
    "30,000 events": "".join(event(HERE, uid=f"made{each}") for each in range(30_000)),
    "10 MB of text": event(HERE + "DESCRIPTION:" + "x" * 10_000_000),
    "10 MB of lines": event(HERE + "X-A:1\n" * 1_500_000),
    "10 MB of nothing": "\n" * 10_000_000 + event(HERE),
    "no DTSTART": event("SUMMARY:x"),
    "years 1 to 9999": event("DTSTART:00010101T000000\nDTEND:99991231T235959"),
    "deep nesting": event(HERE + "BEGIN:VALARM\n" * 20_000 + "END:VALARM\n" * 20_000),
    "events in events": "BEGIN:VEVENT\n" * 5_000 + HERE + "END:VEVENT\n" * 5_000,
    "a zone that changes every second": "BEGIN:VTIMEZONE\nTZID:Bomb\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
    "TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n"
    + event("DTSTART;TZID=Bomb:20260310T100000\nDURATION:PT1H"),
    "a zone of 100,000 changes": "BEGIN:VTIMEZONE\nTZID:Bomb\n"
    + "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD\n" * 20_000
    + "END:VTIMEZONE\n"
    + event("DTSTART;TZID=Bomb:20260310T100000\nDURATION:PT1H"),
    "a zone that changes every second of its year": "BEGIN:VTIMEZONE\nTZID:Bomb\nBEGIN:STANDARD\nDTSTART:00010101T000000\n"
    "TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=1,2,3;BYMINUTE=1,2,3\n"
    "END:STANDARD\nEND:VTIMEZONE\n" + event("DTSTART;TZID=Bomb:20260310T100000\nDURATION:PT1H"),
    "a zone since the year 1": "BEGIN:VTIMEZONE\nTZID:Bomb\n"
    + (
        "BEGIN:STANDARD\nDTSTART:00010101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
        "RRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=MO,TU,WE,TH,FR,SA,SU\nEND:STANDARD\n"
    )
    * 60
    + "END:VTIMEZONE\n"
    + event("DTSTART;TZID=Bomb:20260310T100000\nDURATION:PT1H"),
    "a million parameters": event("DTSTART" + ";X-A=b" * 1_000_000 + ":20260310T100000Z\nDURATION:PT1H"),
}
FUTURE = "BEGIN:VEVENT\nUID:made\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260311T100000Z\n" + HERE + "END:VEVENT\n"
RAW = {
    "20,000 overrides of one instance": calendar(event(HERE + "RRULE:FREQ=DAILY"), FUTURE * 20_000),
    "20,000 overrides of all that follows": calendar(
        event("DTSTART:20260101T000000Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY;INTERVAL=15"),
        *[FUTURE.replace("0311T10", f"03{1 + each % 28:02}T{each % 24:02}") for each in range(20_000)],
    ),
    "a megabyte of blanks": calendar(event("DTSTART;" + " " * 1_000_000 + ":20260310T100000Z\nDURATION:PT1H")),
    "a megabyte of quotes": calendar(event("DTSTART;TZID" + ';a="b' * 200_000 + ":20260310T100000Z\nDURATION:PT1H")),
    "20,000 broken events": calendar(
        "".join(event(f"DTSTART:2026031{each}", uid=f"made{each}") for each in range(20_000))
    ),
    "a rule of nothing but doubts": calendar(
        event(HERE + "RRULE:FREQ=DAILY" + "".join(f";A{each}=1" for each in range(100_000)))
    ),
    "entity expansion": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "b">]><l>&a;</l>',
    "nothing but NUL": b"\0" * 1_000_000,
    "cut short": GOOD[:-30],
    "zones that never end": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VTIMEZONE\r\nTZID:x\r\n" * 100_000 + GOOD,
    "a megabyte of rule": calendar(event(HERE + "RRULE:FREQ=DAILY;COUNT=1;BYDAY=" + "MO," * 300_000 + "TU")),
    "a megabyte of zone": calendar(event("DTSTART;TZID=" + "x" * 1_000_000 + ":20260310T100000Z\nDURATION:PT1H")),
}
# Those that are what they seem, however large, and so have nothing to be warned of.
HARMLESS = {
    "20,000 overrides of one instance",
    "20,000 overrides of all that follows",
    "a megabyte of blanks",
    "a megabyte of quotes",
    "COUNT=1e9",
    "10 MB of text",
    "10 MB of lines",
    "10 MB of nothing",
    "100,000 EXDATEs",
    "20,000 RDATEs",
    "20,000 PERIODs",
    "20,000 overrides",
    "30,000 events",
    "a year day that is never",
    "FREQ=SECONDLY in one minute a day",
    "a million parameters",
    "a day that is never",
    "deep nesting",
    "FREQ=SECONDLY that is never",
    "a zone that changes every second",
    "a zone of 100,000 changes",
    "a zone that changes every second of its year",
    "zones that never end",
    "a zone since the year 1",
    "a megabyte of rule",
    "a megabyte of zone",
}


def objects() -> dict[str, bytes]:
    return {name: calendar(parts) for name, parts in BOMBS.items()} | RAW


def read(*bodies: bytes) -> list[BusyReading]:
    return busy_of_all(bodies, window=WINDOW, rules=RULES)


@pytest.mark.capability("A83")
@pytest.mark.parametrize(("name", "body"), objects().items(), ids=objects())
def test_a_bomb_costs_a_bounded_moment_and_the_rest_is_intact(name: str, body: bytes):
    before = time.process_time()
    first, bomb, last = read(GOOD, body, UNUSUAL)
    assert time.process_time() - before < 15  # CPU seconds, on whatever machine; minutes without the bounds
    assert [len(first.periods), len(last.periods)] == [1, 2]
    assert not first.warnings + last.warnings
    assert bomb.warnings or name in HARMLESS
    assert len("".join(bomb.warnings)) < 5000
    assert bomb.periods


@pytest.mark.capability("A83")
@pytest.mark.parametrize("name", ["FREQ=SECONDLY", "FREQ=SECONDLY with COUNT", "FREQ=MINUTELY"])
def test_what_repeats_all_the_time_blocks_all_its_time(name: str):
    (bomb,) = read(calendar(BOMBS[name]))
    (period,) = bomb.periods
    assert period.start <= WINDOW.start
    assert period.end >= WINDOW.end


@pytest.mark.capability("A83")
@pytest.mark.parametrize("name", ["INTERVAL=0", "a day that is never", "COUNT=1e9"])
def test_a_bomb_blocks_its_own_time_at_least(name: str):
    (bomb,) = read(calendar(BOMBS[name]))
    assert OWN_TIME[0] in bomb.periods


COSTLY = calendar(event(LONG_AGO + "RRULE:FREQ=MINUTELY;INTERVAL=7;BYDAY=MO;BYHOUR=3"))


@pytest.mark.capability("A83")
def test_behind_any_number_of_bombs_honest_objects_are_read_whole(monkeypatch: pytest.MonkeyPatch):
    """Otherwise whoever mails a host a few of them would make the host's weekly events count as a whole."""
    monkeypatch.setattr(periods, "MANY_STEPS", 2000)
    monkeypatch.setattr(periods, "FEW_STEPS", 300)
    weekly = calendar(event("DTSTART:20240303T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU"))
    first, *_, last, honest = read(*[COSTLY] * 10, weekly)
    assert (len(first.periods), first.warnings) == (9, ())
    assert len(last.periods) == 1
    assert "so often" in last.warnings[0]
    assert (len(honest.periods), honest.warnings) == (18, ())


HOURLY = calendar(event("DTSTART:20260301T000000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY"))


@pytest.mark.capability("A83")
def test_past_a_sum_of_periods_what_repeats_counts_as_a_whole(monkeypatch: pytest.MonkeyPatch):
    """A hundred events that repeat every hour are a million rows, for which every writer would wait."""
    monkeypatch.setattr(periods, "MAX_PERIODS", 4000)
    first, *_, last, honest = read(*[HOURLY] * 6, UNUSUAL)
    assert (len(first.periods), first.warnings) == (24 * 61, ())
    assert last.periods == (Period(first.periods[0].start, first.periods[-1].end),)
    assert any("all the time between its first and its last counts" in each for each in last.warnings)
    assert (len(honest.periods), honest.warnings) == (2, ())


def test_a_count_too_long_to_be_counted_has_no_end():
    (found,) = read(calendar(event("DTSTART:00010101T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTH=3;COUNT=99999")))
    assert len(found.periods) == 31
    assert "COUNT" in found.warnings[0]


def test_threads_read_apart():
    bodies = [
        calendar(event(f"DTSTART:202603{day:02}T100000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260401T100000Z/PT1H"))
        for day in range(10, 30)
    ]
    with ThreadPoolExecutor(4) as pool:
        readings: list[BusyReading] = list(pool.map(lambda body: read(body)[0], bodies))
    assert [reading.periods[0].start.day for reading in readings] == list(range(10, 30))
