"""The only reader of the wall clock. It is read once per request or tick, at the door, and handed on as `now`."""

import time
from datetime import UTC, datetime, timedelta
from threading import Lock


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(tz=UTC)


def monotonic() -> float:
    """Seconds for measuring how long something takes. Never jumps, says nothing about the date."""
    return time.monotonic()


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
