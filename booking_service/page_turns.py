"""Priority where pages and a worker share a process: pages first, then effects, pulls and timers.

Only one thread of a process computes at a time, so rendering a mail would delay a page by that long.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from time import monotonic

_BETWEEN_S = 0.03  # between a page and the one it redirects to
_AT_MOST_S = 0.1  # that work waits at most, so that a crowd of readers can't stop it


class PageTurns:
    """Counts the pages being made in this process."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._open = 0
        self._last = float("-inf")

    @contextmanager
    def page(self) -> Iterator[None]:
        """While a page is being made."""
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
        """Wait until no page is being made or follows at once; a tenth of a second at most."""
        ends = monotonic() + _AT_MOST_S
        with self._changed:
            while (now := monotonic()) < ends:
                quiet_at = ends if self._open else self._last + _BETWEEN_S
                if quiet_at <= now:
                    return
                self._changed.wait(min(quiet_at, ends) - now)
