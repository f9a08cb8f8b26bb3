"""Bombs: objects that would keep a parser busy for hours cost a bounded second, are named, and harm nothing else."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time

from calendars.busy import expander
from calendars.busy.expander import START_S, Expander
from calendars.busy.reading import BusyReading, BusyRules, busy_periods
from calendars.errors import TooLarge, Unavailable
from calendars.model import Period
from tests.calendars.made import WINDOW, calendar, event, made

RULES = BusyRules(ZoneInfo("Europe/Berlin"), own_addresses=frozenset({"ada@example.org"}))
OWN_TIME = (Period(datetime(2026, 3, 10, 10, tzinfo=UTC), datetime(2026, 3, 10, 11, tzinfo=UTC)),)
HERE = "DTSTART:20260310T100000Z\nDTEND:20260310T110000Z\n"
LONG_AGO = "DTSTART:20200101T100000Z\nDTEND:20200101T110000Z\n"
GOOD = calendar(event("DTSTART:20260312T100000Z\nDTEND:20260312T110000Z", uid="good"))
UNUSUAL = calendar(event(HERE + "RDATE;VALUE=PERIOD:20260311T100000Z/PT1H", uid="unusual"))
BUDGET_S = 0.3


def many(line: str, count: int) -> str:
    return "".join(line.format(month=1 + each % 12, day=1 + each % 28, hour=each % 24) for each in range(count))


# What each costs is bounded; which of them are read to the end, and which only for their own time, may vary with the
# machine. None of them may be lost or hide the others.
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
RAW = {
    "entity expansion": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "b">]><l>&a;</l>',
    "nothing but NUL": b"\0" * 1_000_000,
    "cut short": GOOD[:-30],
}
# Those that are what they seem, however large, and so have nothing to be warned of.
HARMLESS = {
    "COUNT=1e9",
    "10 MB of text",
    "10 MB of lines",
    "10 MB of nothing",
    "deep nesting",
    "100,000 EXDATEs",
    "20,000 RDATEs",
    "20,000 PERIODs",
    "20,000 overrides",
    "30,000 events",
    "a year day that is never",
    "FREQ=SECONDLY in one minute a day",
    "a million parameters",
}


@pytest.fixture(scope="module")
def reader() -> Iterator[Expander]:
    with Expander(budget_s=BUDGET_S) as reader:
        reader.read([UNUSUAL], WINDOW, RULES)
        yield reader


def objects() -> dict[str, bytes]:
    return {name: calendar(parts) for name, parts in BOMBS.items()} | RAW


@pytest.mark.capability("A83")
@pytest.mark.parametrize(("name", "body"), objects().items(), ids=objects())
def test_a_bomb_costs_a_bounded_moment_and_the_rest_is_intact(reader: Expander, name: str, body: bytes):
    before = time.monotonic()
    first, bomb, last = reader.read([GOOD, body, UNUSUAL], WINDOW, RULES)
    # Wall clock, on a machine that others use too: the child's own limit is BUDGET_S of CPU time.
    assert time.monotonic() - before < 20 * BUDGET_S + 10
    assert [len(first.periods), len(last.periods)] == [1, 2]
    assert not first.warnings + last.warnings
    assert bomb.warnings or name in HARMLESS
    assert bomb.periods or name in {"no DTSTART", "events in events", *RAW}


@pytest.mark.capability("A83")
def test_what_repeats_every_second_blocks_all_its_time(reader: Expander):
    (bomb,) = reader.read([calendar(BOMBS["FREQ=SECONDLY"])], WINDOW, RULES)
    (period,) = bomb.periods
    assert period.start <= WINDOW.start
    assert period.end >= WINDOW.end


@pytest.mark.capability("A83")
@pytest.mark.parametrize("name", ["INTERVAL=0", "a day that is never", "COUNT=1e9"])
def test_a_bomb_blocks_its_own_time_at_least(reader: Expander, name: str):
    (bomb,) = reader.read([calendar(BOMBS[name])], WINDOW, RULES)
    assert OWN_TIME[0] in bomb.periods


@pytest.mark.capability("A84")
def test_the_child_reads_as_we_do(reader: Expander):
    bodies = [made(seed).body for seed in range(150)] + [UNUSUAL, GOOD]
    here = [busy_periods(body, window=WINDOW, rules=RULES) for body in bodies]
    assert reader.read(bodies, WINDOW, RULES) == here
    assert [reader._examined(body, WINDOW, RULES, expander._Spent()) for body in bodies[:40]] == here[:40]


def test_after_a_killed_child_another_reads_on(reader: Expander):
    reader.read([UNUSUAL], WINDOW, RULES)
    assert reader._child is not None
    os.kill(reader._child.pid, signal.SIGKILL)
    reader._child.wait()
    (reading,) = reader.read([UNUSUAL], WINDOW, RULES)
    assert len(reading.periods) == 2


def test_a_child_that_does_not_answer_is_killed_and_replaced():
    with Expander(budget_s=0.2) as reader:
        reader.read([UNUSUAL], WINDOW, RULES)
        assert reader._child is not None
        stopped = reader._child
        os.kill(stopped.pid, signal.SIGSTOP)
        first, second = reader.read([UNUSUAL, GOOD], WINDOW, RULES)
        assert first.periods == OWN_TIME
        assert "too expensive" in first.warnings[0]
        assert not second.warnings
        assert stopped.returncode == -signal.SIGKILL
        (again,) = reader.read([UNUSUAL], WINDOW, RULES)
        assert len(again.periods) == 2


def test_memory_is_bounded_too():
    huge = calendar(event(HERE + "RDATE;VALUE=PERIOD:20260311T100000Z/PT1H\n" + "X-A;B=c:1\n" * 400_000))
    with Expander(budget_s=30, memory_octets=100 * 1024 * 1024) as reader:
        big, good = reader.read([huge, UNUSUAL], WINDOW, RULES)
        assert big.periods == OWN_TIME
        assert big.warnings
        assert len(good.periods) == 2


@pytest.mark.capability("A83")
def test_behind_any_number_of_bombs_honest_objects_are_read_whole(reader: Expander, monkeypatch: pytest.MonkeyPatch):
    """Otherwise whoever mails a host a few of them would make the host's weekly events count as free."""
    monkeypatch.setattr(expander, "MAX_OVERRUNS", 2)
    bodies = [calendar(BOMBS["a day that is never"])] * 40
    before = time.monotonic()
    *bombs, honest = reader.read([*bodies, UNUSUAL], WINDOW, RULES)
    assert time.monotonic() - before < 2 * (20 * BUDGET_S + 10)
    assert [bomb.periods for bomb in bombs] == [OWN_TIME] * 40
    assert all(bomb.warnings for bomb in bombs)
    assert (len(honest.periods), honest.warnings) == (2, ())


def test_a_calendar_that_ends_one_reader_after_the_other_is_not_verified(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(expander, "MAX_DEATHS", 2)
    monkeypatch.setattr(
        expander, "_receive", lambda _child, timeout_s: {"ready": True} if timeout_s == START_S else None
    )
    with Expander(budget_s=BUDGET_S) as reader, pytest.raises(TooLarge, match="ended 2 readers"):
        reader.read([UNUSUAL] * 3, WINDOW, RULES)


HOURLY = calendar(event("DTSTART:20260301T000000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY"))


@pytest.mark.capability("A83")
def test_past_a_sum_of_periods_what_repeats_counts_as_a_whole(reader: Expander, monkeypatch: pytest.MonkeyPatch):
    """A hundred events that repeat every hour are a million rows, for which every writer would wait."""
    monkeypatch.setattr(expander, "MAX_PERIODS", 4000)
    first, *_, last, honest = reader.read([*[HOURLY] * 6, UNUSUAL], WINDOW, RULES)
    assert (len(first.periods), first.warnings) == (24 * 61, ())
    assert last.periods == (Period(first.periods[0].start, first.periods[-1].end),)
    assert any("all the time between its first and its last counts" in each for each in last.warnings)
    assert (len(honest.periods), honest.warnings) == (2, ())


@pytest.mark.capability("A83")
def test_objects_that_each_stay_within_their_budget_get_little_once_they_took_long(
    reader: Expander, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(expander, "READING_S", 0.0)
    monkeypatch.setattr(expander, "LITTLE", 0.0001)
    *_, last, plain = reader.read([HOURLY, HOURLY, GOOD], WINDOW, RULES)
    assert "too expensive" in " ".join(last.warnings)
    assert (len(plain.periods), plain.warnings) == (1, ())


@pytest.mark.capability("A83")
def test_a_calendar_that_keeps_the_reader_busy_without_end_is_not_verified(
    reader: Expander, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(expander, "MAX_READING_S", 0.01)
    with pytest.raises(TooLarge, match="takes longer"):
        reader.read([HOURLY] * 100, WINDOW, RULES)
    assert len(reader.read([GOOD], WINDOW, RULES)[0].periods) == 1


def test_several_threads_share_a_child(reader: Expander):
    bodies = [
        calendar(event(f"DTSTART:202603{day:02}T100000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20260401T100000Z/PT1H"))
        for day in range(10, 30)
    ]
    with ThreadPoolExecutor(4) as pool:
        readings: list[BusyReading] = list(pool.map(lambda body: reader.read([body], WINDOW, RULES)[0], bodies))
    assert [reading.periods[0].start.day for reading in readings] == list(range(10, 30))


def test_a_frozen_clock_stops_nothing(reader: Expander):
    bodies = [UNUSUAL, calendar(BOMBS["a day that is never"]), GOOD]
    with freeze_time("2026-03-01"):
        readings = reader.read(bodies, WINDOW, RULES)
        here = busy_periods(bodies[0], window=WINDOW, rules=RULES)
    assert readings[0] == here
    assert readings[1].periods == OWN_TIME
    assert not readings[2].warnings


def test_plain_objects_need_no_child():
    with Expander() as reader:
        assert len(reader.read([GOOD] * 3, WINDOW, RULES)) == 3
        assert reader._child is None


def test_the_child_knows_no_secret_of_ours(reader: Expander, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BOOKING_SECRET_KEY", "canary-of-the-environment")
    reader.close()
    reader.read([UNUSUAL], WINDOW, RULES)
    assert reader._child is not None
    assert b"canary" not in Path(f"/proc/{reader._child.pid}/environ").read_bytes()


def test_a_reader_that_cannot_be_started_is_no_answer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Expander() as reader, pytest.raises(Unavailable):
        reader.read([UNUSUAL], WINDOW, RULES)
    with Expander(memory_octets=10 * 1024 * 1024) as reader, pytest.raises(Unavailable):
        reader.read([UNUSUAL], WINDOW, RULES)


def test_no_child_stays_behind_when_its_parent_is_killed(tmp_path: Path):
    program = tmp_path / "parent.py"
    program.write_text(
        "import sys, time\n"
        "from tests.calendars.test_expander import *\n"
        "reader = Expander()\n"
        "reader.read([UNUSUAL], WINDOW, RULES)\n"
        "print(reader._child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    root = Path(__file__).parents[2]
    parent = subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}
    )
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    wait_until_gone(child)


def wait_until_gone(pid: int) -> None:
    ends = time.monotonic() + 30
    while (
        Path(f"/proc/{pid}/cmdline").exists()
        and b"calendars.busy.expander_child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ):
        assert time.monotonic() < ends, "the child outlived its parent"
        time.sleep(0.02)


def test_a_closed_reader_leaves_no_child():
    reader = Expander()
    reader.read([UNUSUAL], WINDOW, RULES)
    assert reader._child is not None
    pid = reader._child.pid
    reader.close()
    reader.close()
    assert not Path(f"/proc/{pid}").exists()
