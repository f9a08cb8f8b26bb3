"""The number of responses of this process by method and status, for monitoring."""

from collections import Counter
from collections.abc import Mapping
from threading import Lock

_KNOWN = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


class ResponseCounts:
    """A counter since the start of the process. Unknown methods are counted as OTHER."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, int]] = Counter()
        self._lock = Lock()

    def count(self, method: str, status: int) -> None:
        with self._lock:
            self._counts[method if method in _KNOWN else "OTHER", status] += 1

    def counts(self) -> Mapping[tuple[str, int], int]:
        with self._lock:
            return dict(self._counts)
