"""Counts of bookings by host, meeting type and host-local day, under words that are stored.

The times that people took to confirm are counted in steps, so that a median needs no row for each booking.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from uuid import UUID

VIEWED, HELD, CONFIRMED, EXPIRED, CANCELLED, RELEASED = (
    "viewed",
    "held",
    "confirmed",
    "expired",
    "cancelled",
    "released",
)
_TOOK, _ON = "took-", "on-"
# Minutes; a time counts in the first step that is not shorter.
_STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a count is of. `on`: the host-local date. `what`: one of the words of this module."""

    host_id: UUID
    meeting_id: UUID
    on: date
    what: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over some days, by word."""

    counts: Mapping[str, int] = field(default_factory=dict)

    def of(self, what: str) -> int:
        return self.counts.get(what, 0)

    @property
    def took_place(self) -> int:
        """Confirmed and not cancelled; includes coming ones."""
        return max(0, self.of(CONFIRMED) - self.of(CANCELLED))

    @property
    def by_weekday(self) -> tuple[int, ...]:
        """Confirmed bookings by the weekday they are on, Monday first."""
        return tuple(self.of(f"{_ON}{day}") for day in range(7))

    @property
    def half_within(self) -> timedelta | None:
        """The median time to confirm, as a step; None where nobody was asked."""
        each = [self.of(f"{_TOOK}{minutes}") for minutes in _STEPS]
        if not sum(each):
            return None
        reached = next(at for at, so_far in enumerate(accumulate(each)) if 2 * so_far >= sum(each))
        return timedelta(minutes=_STEPS[reached])


def took(length: timedelta) -> str:
    """The word for a time to confirm; the longest step includes all longer times."""
    minutes = length / timedelta(minutes=1)
    return f"{_TOOK}{next((step for step in _STEPS if minutes <= step), _STEPS[-1])}"


def on_weekday(day: date) -> str:
    """The word for a confirmed booking on this weekday."""
    return f"{_ON}{day.weekday()}"


def summed(figures: Mapping[UUID, Figures]) -> Figures:
    """The sum over all meeting types."""
    words = {what for each in figures.values() for what in each.counts}
    return Figures({what: sum(each.of(what) for each in figures.values()) for what in words})
