"""Half-open stretches of time between two instants."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

by_start, by_end = attrgetter("start"), attrgetter("end")


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """All instants t with start <= t < end. Both ends are aware; touching intervals do not overlap."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(f"an interval needs aware ends, got {self.start!r} and {self.end!r}")
        if not self.start < self.end:
            raise ValueError(f"an interval must end after it starts, got {self.start} to {self.end}")

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: "Interval") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def covers(self, other: "Interval") -> bool:
        """Whether all of `other` lies inside, common ends included."""
        return self.start <= other.start and other.end <= self.end

    def padded(self, before: timedelta, after: timedelta) -> "Interval":
        return Interval(self.start - before, self.end + after)


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants in the fewest intervals, sorted: overlapping and touching ones become one."""
    united: list[Interval] = []
    for interval in sorted(intervals):
        if united and interval.start <= united[-1].end:
            if interval.end > united[-1].end:
                united[-1] = Interval(united[-1].start, interval.end)
        else:
            united.append(interval)
    return united


def touching(intervals: Sequence[Interval], window: Interval) -> Sequence[Interval]:
    """Those that overlap `window`. The intervals must be sorted and disjoint, as `merged` gives them.

    Found by two bisections, without a look at what lies before and after.
    """
    first = bisect_right(intervals, window.start, key=by_end)
    return intervals[first : bisect_left(intervals, window.end, lo=first, key=by_start)]
