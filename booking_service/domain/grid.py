"""The grid of starts: where a meeting may start by the working hours alone.

Starts are one increment of real time apart, from the start of the opening on, and anew from each local midnight, so
that the starts of a host who never closes don't depend on the first day looked at.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from .availability import days, local_date, local_day
from .interval import Interval

# A slot, and the start and end of the time it takes with its buffers. Sweeps over thousands of these unpack a bare
# tuple twice as fast as a named one.
Start: TypeAlias = tuple[Interval, datetime, datetime]


class DayGrid(NamedTuple):
    """The starts of one opening on one host-local date, with that date's ISO week; never empty, in order."""

    on: date
    week: tuple[int, int]
    starts: Sequence[Start]


@lru_cache(maxsize=2048)
def grid(
    opening: Interval, zone: ZoneInfo, duration: timedelta, increment: timedelta, before: timedelta, after: timedelta
) -> Sequence[DayGrid]:
    """The starts of all meetings that end within `opening`, in order; their buffers may reach beyond it.

    Cached: a pure function of its arguments, the same in every view until hours or rules change.
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
    """The ISO 8601 week of a date, with the week's own year, which may differ from the date's."""
    year, week, _ = on.isocalendar()
    return year, week
