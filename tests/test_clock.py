"""The clock: aware, in UTC, movable forward."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from booking_service.clock import Clock, Jumps, monotonic, utc_now

ROOT = Path(__file__).parents[1]
NOON = datetime(2026, 10, 25, 12, tzinfo=UTC)


@freeze_time(NOON)
def test_the_present_is_aware_and_in_utc() -> None:
    assert utc_now() == Clock().now() == NOON
    assert utc_now().utcoffset() == timedelta()


@freeze_time(NOON)
def test_a_clock_moves_forward_and_remembers_how_far() -> None:
    clock = Clock()
    assert clock.advance(3600) == NOON + timedelta(hours=1)
    assert clock.advance(0.5) == clock.now() == NOON + timedelta(seconds=3600.5)
    assert Clock(offset=clock.offset).now() == clock.now()


@freeze_time(NOON)
@pytest.mark.parametrize("seconds", [-1, -0.001, float("nan")])
def test_a_clock_never_moves_back(seconds: float) -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="forward only"):
        clock.advance(seconds)
    assert clock.now() == NOON


def test_measured_time_goes_on_when_the_wall_clock_is_moved() -> None:
    clock, started = Clock(), monotonic()
    clock.advance(86400)
    assert 0 <= monotonic() - started < 60


def test_a_command_counts_from_when_it_was_given_and_not_from_its_first_line() -> None:
    script = """
import time
first_line = time.monotonic()
from booking_service.clock import since_start
print(since_start() - (time.monotonic() - first_line))
"""
    given = monotonic()
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    a_tick = 0.01  # the kernel counts in hundredths
    assert 0 < float(ran.stdout) <= monotonic() - given + a_tick


def test_a_leap_forward_settles_after_a_while_or_once_it_is_set_right() -> None:
    jumps = Jumps(beyond=timedelta(minutes=10), settles_after=timedelta(minutes=5))
    assert jumps.settled(NOON)
    assert jumps.settled(NOON + timedelta(minutes=9)), "a small step is none"
    far = NOON + timedelta(hours=3)
    assert not jumps.settled(far)
    assert not jumps.settled(far)
    assert jumps.settled(NOON)
    assert Jumps(beyond=timedelta(minutes=10), settles_after=timedelta(minutes=5)).settled(far), "it began there"
    at_once = Jumps(beyond=timedelta(minutes=10), settles_after=timedelta(0))
    assert [at_once.settled(each) for each in (NOON, far, far)] == [True, True, True]
