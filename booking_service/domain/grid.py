"""Where a meeting may start as far as the hours say.

From the opening's start, one increment of real time after another.

The grid begins anew at local midnight, so that the starts of a host who never closes don't depend on the first day
somebody looked at.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from .availability import days, local_date, local_day
from .interval import Interval

# The slot, and from when to when it takes time with its buffers. A sweep over thousands of these unpacks a bare tuple
# twice as fast as a named one.
Start: TypeAlias = tuple[Interval, datetime, datetime]


class DayGrid(NamedTuple):
    """The starts of one opening on one host-local date (and its ISO week): one at least, in order."""

    on: date
    week: tuple[int, int]
    starts: Sequence[Start]


@lru_cache(maxsize=2048)
def grid(
    opening: Interval, zone: ZoneInfo, duration: timedelta, increment: timedelta, before: timedelta, after: timedelta
) -> Sequence[DayGrid]:
    """The starts of all meetings that end within `opening`, in order; their buffers may reach out of it.

    Remembered, because these are the same in every view until the hours or the rules change; right for as long as the
    process runs, as nothing but its arguments decides.
    """
    first_on, last_on = local_date(opening.start, zone), local_date(opening.end, zone)
    grids = []
    for piece, on in sorted((piece, day) for day in days(first_on, last_on) for piece in local_day(day, zone)):
        start, starts = max(piece.start, opening.start), []
        while start < piece.end and start + duration <= opening.end:
            slot = Interval(start, start + duration)
            starts.append((slot, slot.start - before, slot.end + after))
            start += increment
        if starts:
            grids.append(DayGrid(on, week_of(on), starts))
    return grids


def week_of(on: date) -> tuple[int, int]:
    """The ISO week (ISO 8601) that a date belongs to, with the week's year, which may not be the date's."""
    year, week, _ = on.isocalendar()
    return year, week
