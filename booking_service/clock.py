"""The only reader of the wall clock. It is read once per request or tick, and passed on as `now`."""

import ctypes
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

import structlog

from . import STARTED_AT

_TIMEX_OCTETS = 1024  # more than a struct timex has anywhere
_TIME_ERROR = 5
_log = structlog.get_logger()


def utc_now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(tz=UTC)


def monotonic() -> float:
    """Seconds for measuring durations: never jumps, and unrelated to the date."""
    return time.monotonic()


def since_start() -> float:
    """Seconds since the command was started, including the interpreter's start and making .venv.

    By the kernel's record (proc(5), field 22 of /proc/self/stat); without it, since our first line.
    """
    try:
        after_the_name = Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        started = int(after_the_name[19]) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return monotonic() - STARTED_AT
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


class Jumps:
    """Whether the wall clock was recently moved forward, and may be set right again. Safe to share among threads.

    A machine that slept has not jumped: CLOCK_BOOTTIME counts that time.
    """

    def __init__(self, *, beyond: timedelta, settles_after: timedelta) -> None:
        self._beyond_s, self._settles_s = beyond.total_seconds(), settles_after.total_seconds()
        self._ahead_s: float | None = None
        self._jumped_at: float | None = None
        self._lock = Lock()

    def settled(self, real_now: datetime) -> bool:
        """False for `settles_after` once the clock has leapt by more than `beyond`; True again once it was set back."""
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
    """Whether the kernel says that something (NTP, PTP) keeps its clock right. None: it does not say.

    adjtimex(2) without a mode only reads; its result is the clock's state, of which TIME_ERROR is the last.
    """
    try:
        ask = ctypes.CDLL(None, use_errno=True).adjtimex
    except (AttributeError, OSError):
        return None
    state = int(ask(ctypes.create_string_buffer(_TIMEX_OCTETS)))
    return None if state < 0 else state != _TIME_ERROR


class Clock:
    """Wall-clock time plus an offset that only grows. The offset is the demo's; otherwise it is zero."""

    __slots__ = ("_lock", "_offset")

    def __init__(self, *, offset: timedelta = timedelta()) -> None:
        self._lock = Lock()
        self._offset = offset

    def now(self) -> datetime:
        """The instant that this clock shows, aware, in UTC."""
        return utc_now() + self._offset

    def real_now(self) -> datetime:
        """The real instant, without the offset: sessions and sign-in links don't end with the demo's clock."""
        return utc_now()

    @property
    def offset(self) -> timedelta:
        """How far this clock is ahead; store it to show the same time after a restart."""
        return self._offset

    def advance(self, seconds: float) -> datetime:
        """Move forward, and return the new time. Raises ValueError: a step back, after which things would expire
        twice."""
        if not seconds >= 0:
            raise ValueError("a clock is moved forward only")
        with self._lock:
            self._offset += timedelta(seconds=seconds)
        return self.now()
