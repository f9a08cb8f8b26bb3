"""Figures about this process for monitoring: counts and durations since its start.

One set for the process, as a scrape asks for that. Plain numbers, as a metrics library would be imported at every
start, needed or not.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from threading import Lock

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 43200.0, 86400.0, 259200.0)


@dataclass(frozen=True, slots=True)
class Durations:
    """How many took at most so many seconds (by the bounds, then all), and the total of seconds."""

    up_to: Sequence[int]
    seconds: float


class Count:
    """A counter. `labels`: what it is divided by, with few values each."""

    def __init__(self, name: str, about: str, *labels: str) -> None:
        self.name, self.about, self.labels = name, about, labels
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._lock = Lock()

    def add(self, *values: str) -> None:
        with self._lock:
            self._counts[values] += 1

    def read(self) -> Mapping[tuple[str, ...], int]:
        with self._lock:
            return dict(self._counts)


class Times:
    """A histogram of durations. `bounds`: seconds, ascending."""

    def __init__(self, name: str, about: str, *labels: str, bounds: Sequence[float] = _QUICK) -> None:
        self.name, self.about, self.labels, self.bounds = name, about, labels, bounds
        self._taken: dict[tuple[str, ...], tuple[list[int], float]] = {}
        self._lock = Lock()

    def add(self, seconds: float, *values: str) -> None:
        at = bisect_left(self.bounds, seconds)
        with self._lock:
            counts, total = self._taken.get(values) or ([0] * (len(self.bounds) + 1), 0.0)
            counts[at] += 1
            self._taken[values] = counts, total + seconds

    def read(self) -> Mapping[tuple[str, ...], Durations]:
        with self._lock:
            return {each: Durations([*accumulate(counts)], total) for each, (counts, total) in self._taken.items()}


ANSWERS = Times("http_request_seconds", "Requests that this process answered", "route", "method", "status")
CALENDAR_REQUESTS = Times("caldav_request_seconds", "Requests to calendar servers", "op", "outcome")
CONFIRMED_AFTER = Times("booking_confirm_seconds", "From asking for a time to confirming it", bounds=_SLOW)
CALENDAR_CONFLICTS = Count(
    "caldav_conflicts", "Writes that a calendar server refused, as the event had changed", "kind"
)
TRANSITIONS = Count("booking_transitions", "Bookings that came from one state into another", "from", "to")
EXPIRED = Count("booking_hold_expired", "Holds that ended because nobody confirmed them")
MAILS = Count("mail_sent", "Mails handed to the mail server, by kind and its answer", "kind", "outcome")
TAKEN_TIMES = Count("booking_overlap_rejected", "Times that were taken by somebody else when they were asked for")
LIMITED = Count("ratelimit_rejected", "Requests that a limit refused", "rule")

COUNTS = TRANSITIONS, EXPIRED, MAILS, CALENDAR_CONFLICTS, TAKEN_TIMES, LIMITED
TIMES = (ANSWERS, CALENDAR_REQUESTS, CONFIRMED_AFTER)
