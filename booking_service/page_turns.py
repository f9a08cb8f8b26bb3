"""Whose turn it is where pages and a worker share a process: a page first, as somebody waits for it; then effects, pulls and timers.

One of two threads computes at a time in a process, so that a mail which is put together delays a page by as long as that takes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from time import monotonic

_BETWEEN_S = 0.03  # from a page to the one that it sends the browser on to
_AT_MOST_S = 0.1  # that work gives way for, so that no crowd of readers can stop it


class PageTurns:
    """Counts the pages that this process is at."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._open = 0
        self._last = float("-inf")

    @contextmanager
    def page(self) -> Iterator[None]:
        """While a page is put together."""
        with self._changed:
            self._open += 1
        try:
            yield
        finally:
            with self._changed:
                self._open -= 1
                self._last = monotonic()
                if not self._open:
                    self._changed.notify_all()

    def give_way(self) -> None:
        """Wait until no page is at work and none follows at once, a tenth of a second at most."""
        ends = monotonic() + _AT_MOST_S
        with self._changed:
            while (now := monotonic()) < ends:
                quiet_at = ends if self._open else self._last + _BETWEEN_S
                if quiet_at <= now:
                    return
                self._changed.wait(min(quiet_at, ends) - now)
