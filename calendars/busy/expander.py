"""Busy time of objects from anywhere, within bounds: plain ones here, all others in a child that can be stopped.

Anybody can mail a host an invitation, so anybody can put `FREQ=SECONDLY` into their calendar. The child has a CPU budget
per object and a ceiling of memory; what exceeds them counts for its own time and is named, and the next object is read.
"""

import json
import os
import select
import subprocess
import sys
import time
import weakref
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from ..errors import TooLarge, Unavailable
from ..model import Period
from .reading import plain_periods, unexamined
from .rules import BusyReading, BusyRules

BUDGET_S = 1.0
MEMORY_OCTETS = 512 * 1024 * 1024
START_S = 60.0  # a loaded machine may need long to start an interpreter; nothing foreign is involved in that
PATIENCE = 5  # wall-clock seconds per second of budget before the child is killed from outside
MAX_OVERRUNS = 5  # in one reading; past them an object gets LITTLE of the budget, which honest ones never use up
LITTLE = 0.05
MAX_DEATHS = 20  # of children, in one reading; what then was not read is not known, and never taken for free
READING_S = 20.0  # of the child's time, in one reading; past them, too, an object gets LITTLE
MAX_READING_S = 60.0  # and then no more at all: some 30,000 honest unusual objects take as long
MAX_PERIODS = 100_000  # in one reading; past them what repeats counts as one long period
FEW = 10  # periods that an object may always have


class Expander:
    """Reads calendar objects. One child, started when first needed and shared by all threads; `close` ends it.

    The child ends by itself when this process does.
    """

    def __init__(self, *, budget_s: float = BUDGET_S, memory_octets: int = MEMORY_OCTETS) -> None:
        self._budget_s = budget_s
        self._memory = memory_octets
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[[subprocess.Popen[bytes]], Expander] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, bodies: Iterable[bytes], window: Period, rules: BusyRules) -> list[BusyReading]:
        """One reading per object, in their order.

        Raises Unavailable: no child could be started; TooLarge: the objects ended one child after the other, or it has
        worked on them for MAX_READING_S.
        """
        readings = []
        spent = _Spent()
        for body in bodies:
            reading = plain_periods(body, window=window, rules=rules) or self._examined(body, window, rules, spent)
            reading = reading or unexamined(body, window=window, rules=rules, why="it is too expensive to work out")
            readings.append(_bounded(reading, spent))
        return readings

    def close(self) -> None:
        """End the child; a later `read` starts another."""
        with self._lock:
            self._stop()

    def _examined(self, body: bytes, window: Period, rules: BusyRules, spent: "_Spent") -> BusyReading | None:
        """The child's reading, or None where it was stopped on the way."""
        if spent.deaths >= MAX_DEATHS:
            raise TooLarge(f"reading its objects ended {spent.deaths} readers")
        if spent.seconds >= MAX_READING_S:
            raise TooLarge("reading its objects takes longer than any calendar's should")
        lavish = spent.overruns < MAX_OVERRUNS and spent.seconds < READING_S
        request = _request(body, window, rules, self._budget_s * (1 if lavish else LITTLE))
        with self._lock:
            child = self._running()
            began = time.monotonic()
            try:
                _send(child, request, body)
                answer = _receive(child, self._budget_s * PATIENCE)
            except OSError:  # it died of the object before or while it was asked
                answer = None
            spent.seconds += time.monotonic() - began
            if answer is None:
                self._stop()
                spent.overruns += 1
                spent.deaths += 1
                return None
        if answer["over_budget"]:
            spent.overruns += 1
            return None
        return _reading(answer)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._stop()
            try:
                self._child = child = _start(self._memory)
            except OSError as error:
                raise Unavailable("no process could be started to read unusual calendar objects") from error
            self._end = weakref.finalize(self, _kill, child)
            if _receive(child, START_S) is None:
                self._stop()
                raise Unavailable("the reader of unusual calendar objects did not start")
        return self._child

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._child = self._end = None


@dataclass(slots=True)
class _Spent:
    """What one reading has cost: objects that used up their budget, children that died of theirs, the child's time; and
    how many periods came of it."""

    overruns: int = 0
    deaths: int = 0
    seconds: float = 0.0
    periods: int = 0


def _bounded(reading: BusyReading, spent: _Spent) -> BusyReading:
    """All periods of a calendar are written in one transaction, for which everybody waits: a hundred events that repeat
    every hour are as many as no person has in a lifetime. Better too long than free."""
    if len(reading.periods) > FEW and spent.periods + len(reading.periods) > MAX_PERIODS:
        warning = f"event {reading.uid or 'without UID'!r}: there are so many like it that all the time between its first and its last counts"
        whole = Period(reading.periods[0].start, max(each.end for each in reading.periods))
        reading = BusyReading(reading.uid, (whole,), (*reading.warnings, warning))
    spent.periods += len(reading.periods)
    return reading


def _start(memory: int) -> subprocess.Popen[bytes]:
    # Nothing of our environment goes along: it holds the keys of the service, and the child reads what strangers wrote.
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "PYTHONTZPATH") if name in os.environ}
    paths = [Path(__file__).parents[2], *(Path(each or ".") for each in sys.path)]
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-m", "calendars.busy.expander_child", str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**kept, "PYTHONPATH": os.pathsep.join(str(each.resolve()) for each in paths), "PYTHONWARNINGS": "ignore"},
    )


def _kill(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was still to be written to a child that is gone
                pipe.close()


def _send(child: subprocess.Popen[bytes], request: bytes, body: bytes) -> None:
    assert child.stdin is not None  # noqa: S101
    child.stdin.write(request)
    child.stdin.write(body)
    child.stdin.flush()


def _receive(child: subprocess.Popen[bytes], timeout_s: float) -> dict[str, Any] | None:
    """One line of JSON, or None: the child died or took longer. Waits in poll, which no frozen clock can stretch."""
    assert child.stdout is not None  # noqa: S101
    waiting = select.poll()
    waiting.register(child.stdout, select.POLLIN | select.POLLHUP)
    received = bytearray()
    while not received.endswith(b"\n"):
        if not waiting.poll(timeout_s * 1000):
            return None
        piece = os.read(child.stdout.fileno(), 65536)
        if not piece:
            return None
        received += piece
    answer: dict[str, Any] = json.loads(received)
    return answer


def _request(body: bytes, window: Period, rules: BusyRules, budget_s: float) -> bytes:
    request = {
        "octets": len(body),
        "window": [each.isoformat() for each in window],
        "zone": rules.zone.key,
        "tentative_counts": rules.tentative_counts,
        "own_addresses": sorted(rules.own_addresses),
        "budget_s": budget_s,
    }
    return json.dumps(request).encode() + b"\n"


def _reading(answer: dict[str, Any]) -> BusyReading:
    periods = (Period(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in answer["periods"])
    return BusyReading(answer["uid"], tuple(periods), tuple(answer["warnings"]))
