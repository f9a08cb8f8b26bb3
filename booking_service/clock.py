"""The only reader of the wall clock. It is read once per request or tick, at the door, and handed on as `now`."""

import ctypes
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

import structlog

from . import STARTED_AT

_TIMEX_OCTETS = 1024  # far more than a struct timex takes anywhere
_TIME_ERROR = 5
_log = structlog.get_logger()


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(tz=UTC)


def monotonic() -> float:
    """Seconds for measuring how long something takes. Never jumps, says nothing about the date."""
    return time.monotonic()


def since_start() -> float:
    """Seconds since the command was given: the interpreter's own start and the making of .venv count.

    By the kernel's note of it (proc(5), field 22 of /proc/self/stat); where there is none, since the first line of ours.
    """
    try:
        after_the_name = Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        started = int(after_the_name[19]) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return monotonic() - STARTED_AT
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


class Jumps:
    """Whether the wall clock was moved forward under this process a while ago, and may yet be set right. Safe to share among
    threads. A machine that slept has not jumped: CLOCK_BOOTTIME counts that."""

    def __init__(self, *, beyond: timedelta, settles_after: timedelta) -> None:
        self._beyond_s, self._settles_s = beyond.total_seconds(), settles_after.total_seconds()
        self._ahead_s: float | None = None
        self._jumped_at: float | None = None
        self._lock = Lock()

    def settled(self, real_now: datetime) -> bool:
        """False for `settles_after` once the clock was found to have leapt by more than `beyond`; True again at once where it
        was set back."""
        running_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        ahead_s = real_now.timestamp() - running_s
        with self._lock:
            leapt_s = 0.0 if self._ahead_s is None else ahead_s - self._ahead_s
            self._ahead_s = ahead_s
            if leapt_s > self._beyond_s:
                self._jumped_at = running_s
                _log.warning("clock_moved_forward", by_s=round(leapt_s), waiting_s=round(self._settles_s))
            elif leapt_s < -self._beyond_s:
                self._jumped_at = None
            return self._jumped_at is None or running_s - self._jumped_at >= self._settles_s


def kernel_keeps_time() -> bool | None:
    """Whether something (NTP, PTP) keeps the kernel's clock right, by its own word. None: it does not say.

    adjtimex(2) with no mode set only reads; its answer is the state of the clock, of which TIME_ERROR is the last.
    """
    try:
        ask = ctypes.CDLL(None, use_errno=True).adjtimex
    except (AttributeError, OSError):
        return None
    state = int(ask(ctypes.create_string_buffer(_TIMEX_OCTETS)))
    return None if state < 0 else state != _TIME_ERROR


class Clock:
    """Wall-clock time plus an offset that only grows. The offset is the demo's; everywhere else it stays zero."""

    __slots__ = ("_lock", "_offset")

    def __init__(self, *, offset: timedelta = timedelta()) -> None:
        self._lock = Lock()
        self._offset = offset

    def now(self) -> datetime:
        """The present instant as this clock shows it, aware, in UTC."""
        return utc_now() + self._offset

    def real_now(self) -> datetime:
        """The same without the offset: sessions and sign-in links don't end because a demo's clock was moved."""
        return utc_now()

    @property
    def offset(self) -> timedelta:
        """How far this clock runs ahead. Keep it to show the same time after a restart."""
        return self._offset

    def advance(self, seconds: float) -> datetime:
        """Move forward and return the new time. Raises ValueError for a step back: nothing here may expire twice."""
        if not seconds >= 0:
            raise ValueError("a clock is moved forward only")
        with self._lock:
            self._offset += timedelta(seconds=seconds)
        return self.now()
