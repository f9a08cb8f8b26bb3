"""Views of pages of free times, counted in memory until a timer writes them (actions/booking/statistics.py).

Readers are not told apart.
"""

from collections import Counter
from threading import Lock

from .domain.statistics import Counted


class PageViews:
    """Counts that wait to be written."""

    def __init__(self) -> None:
        self._waiting: Counter[Counted] = Counter()
        self._lock = Lock()

    def add(self, what: Counted) -> None:
        with self._lock:
            self._waiting[what] += 1

    def take(self) -> Counter[Counted]:
        with self._lock:
            taken, self._waiting = self._waiting, Counter()
            return taken
