"""Which times are on offer, and whether one is: openings without everything that is busy, booked or ruled out.

Starts lie on a grid: the opening's start (or local midnight within it) plus multiples of the increment in real time.
Offering and accepting are one computation: `offered_slot` asks `slots` about one instant.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from .availability import DAY, local_date
from .errors import BookingError
from .grid import DayGrid, Start, grid, week_of
from .interval import Interval, by_end, by_start, touching

NOTHING = timedelta(0)
MINUTE = timedelta(minutes=1)
NOTICE_AT_MOST = 366 * DAY
DAYS_AHEAD_AT_MOST = 3660
AHEAD_AT_MOST = (DAYS_AHEAD_AT_MOST + 2) * DAY  # no local date of a horizon is further ahead
_NEVER = Interval(datetime(9999, 12, 30, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
_P = TypeVar("_P", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead can be booked: this many host-local days after today, or until a date, both inclusive.

    Where both are given, the earlier counts.
    """

    days: int | None = None
    last_on: date | None = None

    def __post_init__(self) -> None:
        if self.days is None and self.last_on is None:
            raise ValueError("Say how far ahead can be booked: a number of days or a last date.")
        if self.days is not None and not 0 <= self.days <= DAYS_AHEAD_AT_MOST:
            raise ValueError(f"Times can be booked from 0 to {DAYS_AHEAD_AT_MOST} days ahead.")

    def ends_on(self, today: date) -> date:
        """The last date that can be booked; at most ten years ahead."""
        ahead = today + (DAYS_AHEAD_AT_MOST if self.days is None else self.days) * DAY
        return ahead if self.last_on is None else min(ahead, self.last_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRules:
    """What a meeting type requires of its times. Limits count its own live bookings per host-local day and ISO week."""

    duration: timedelta
    increment: timedelta
    buffer_before: timedelta = NOTHING
    buffer_after: timedelta = NOTHING
    notice: timedelta = NOTHING
    horizon: Horizon
    per_day: int | None = None
    per_week: int | None = None

    def __post_init__(self) -> None:
        for name, length in (("meeting", self.duration), ("step between starts", self.increment)):
            if not MINUTE <= length <= DAY or length % MINUTE:
                seconds = f"{length.total_seconds():g}"
                raise ValueError(
                    f"A {name} takes whole minutes, at least one and at most a day; not {seconds} seconds."
                )
        if not (NOTHING <= self.buffer_before <= DAY and NOTHING <= self.buffer_after <= DAY):
            raise ValueError("A buffer takes at most a day.")
        if not NOTHING <= self.notice <= NOTICE_AT_MOST:
            raise ValueError("The notice is at most a year.")
        _refuse_limits(self.per_day, self.per_week)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLimits:
    """Limits over all meeting types of a host, per host-local day and ISO week; None: no limit."""

    per_day: int | None = None
    per_week: int | None = None

    def __post_init__(self) -> None:
        _refuse_limits(self.per_day, self.per_week)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A live booking or hold of the host, with the buffers of its own meeting type.

    `counts`: limits count it; it occupies its time either way. `held`: not confirmed yet.
    """

    time: Interval
    buffer_before: timedelta = NOTHING
    buffer_after: timedelta = NOTHING
    meeting_type_id: UUID
    counts: bool = True
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFacts:
    """Everything that decides about the times of one meeting type at one moment.

    `openings` and `busy`: sorted, disjoint (as from `openings` and `merged`), and covering the window with a day on
    either side. `booked`: all live bookings of the ISO weeks that the window touches, in any order. `earliest_after`:
    lead beyond the notice. `zone`: the host's, for days and weeks.
    """

    rules: SlotRules
    meeting_type_id: UUID
    openings: Sequence[Interval]
    busy: Sequence[Interval]
    booked: Sequence[Booked] = ()
    limits: HostLimits = field(default_factory=HostLimits)
    now: datetime
    earliest_after: timedelta = NOTHING
    zone: ZoneInfo

    @property
    def earliest(self) -> datetime:
        """The first instant at which a meeting may start: after now, notice and lead."""
        return self.now + max(self.rules.notice + self.earliest_after, timedelta.resolution)

    @property
    def last_on(self) -> date:
        """The last host-local date on which a meeting may start."""
        return self.rules.horizon.ends_on(local_date(self.now, self.zone))


class Reason(StrEnum):
    """Why a time is not on offer."""

    PAST = "past"
    TOO_SOON = "too soon"
    BEYOND_HORIZON = "beyond the horizon"
    OUTSIDE_HOURS = "outside of the hours"
    OFF_GRID = "between two starts"
    BUSY = "busy"
    BOOKED = "booked"
    DAY_FULL = "day full"
    WEEK_FULL = "week full"


class NotOffered(BookingError):
    """The time is not on offer, for this `reason`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"this time is not on offer: {reason}")
        self.reason = reason


def slots(facts: SlotFacts, window: Interval) -> list[Interval]:
    """Every slot that starts within `window`, in order; slots overlap where the increment is less than the duration.

    Cost: one step for each grid start of the window, and for each busy period within its openings. Anything outside the
    window is skipped by bisection, so that years of cached busy time cost next to nothing.
    """
    reach = window.padded(facts.rules.buffer_before, facts.rules.duration + facts.rules.buffer_after)
    busy = [*touching(facts.busy, reach), _NEVER]
    (full_dates, full_weeks), last_on = _full_periods(facts), facts.last_on
    free: list[Interval] = []
    for opening in touching(facts.openings, window):
        for day in _grid_of(opening, facts):
            if day.on <= last_on and day.on not in full_dates and day.week not in full_weeks:
                _add_free(free, day.starts, busy)
    for booked in facts.booked:
        _remove_conflicts(free, booked, facts.rules)
    first = max(window.start, facts.earliest)
    return free[bisect_left(free, first, key=by_start) : bisect_left(free, window.end, key=by_start)]


def offered_slot(facts: SlotFacts, start: datetime) -> Interval:
    """The slot that starts at this aware instant. Raises NotOffered, with the first reason against it."""
    if start > facts.now + AHEAD_AT_MOST:  # checked first, as there is no arithmetic beyond the year 9999
        raise NotOffered(Reason.BEYOND_HORIZON)
    if start <= facts.now:
        raise NotOffered(Reason.PAST)
    for slot in slots(facts, Interval(start, start + timedelta.resolution)):
        return slot
    raise NotOffered(next(reasons_against(facts, start)))


def reasons_against(facts: SlotFacts, start: datetime) -> Iterator[Reason]:
    """All reasons against a meeting at `start` (within ten years of now); none if it is on offer."""
    time, on = Interval(start, start + facts.rules.duration), local_date(start, facts.zone)
    opening = next((opening for opening in facts.openings if opening.covers(time)), None)
    full = _full_periods(facts)
    against = {
        Reason.PAST: start <= facts.now,
        Reason.TOO_SOON: start < facts.earliest,
        Reason.BEYOND_HORIZON: on > facts.last_on,
        Reason.OUTSIDE_HOURS: opening is None,
        Reason.OFF_GRID: opening is not None and start not in grid_starts(opening, facts),
        Reason.BUSY: bool(touching(facts.busy, taken(time, facts.rules))),
        Reason.BOOKED: any(conflicts(time, booked, facts.rules) for booked in facts.booked),
        Reason.DAY_FULL: on in full.dates,
        Reason.WEEK_FULL: week_of(on) in full.weeks,
    }
    return (reason for reason, applies in against.items() if applies)


def taken(time: Interval, rules: SlotRules) -> Interval:
    """What a meeting needs free of busy periods: its time and buffers."""
    return time.padded(rules.buffer_before, rules.buffer_after)


def conflicts(time: Interval, booked: Booked, rules: SlotRules) -> bool:
    """Whether one meeting lies in the other's time or buffers. Two buffers may overlap."""
    before, after = _apart(booked, rules)
    return time.start < booked.time.end + after and booked.time.start - before < time.end


def counted_dates(facts: SlotFacts) -> tuple[list[date], list[date]]:
    """The host-local dates of the bookings that limits count: of all meeting types, and of this one."""
    dated = [(booked, local_date(booked.time.start, facts.zone)) for booked in facts.booked if booked.counts]
    return [on for _, on in dated], [on for booked, on in dated if booked.meeting_type_id == facts.meeting_type_id]


def grid_starts(opening: Interval, facts: SlotFacts) -> list[datetime]:
    """The instants in `opening` at which a meeting may start by the working hours alone."""
    return [slot.start for day in _grid_of(opening, facts) for slot, _, _ in day.starts]


def _grid_of(opening: Interval, facts: SlotFacts) -> Sequence[DayGrid]:
    rules = facts.rules
    return grid(opening, facts.zone, rules.duration, rules.increment, rules.buffer_before, rules.buffer_after)


def _add_free(free: list[Interval], starts: Sequence[Start], busy: Sequence[Interval]) -> None:
    """Append the slots whose time and buffers no busy period touches. `busy` must end with an unreachable one."""
    _, first_taken, _ = starts[0]
    at = bisect_right(busy, first_taken, key=by_end)
    blocked_from, blocked_until = busy[at].start, busy[at].end
    for slot, taken_from, taken_until in starts:
        while blocked_until <= taken_from:
            at += 1
            blocked_from, blocked_until = busy[at].start, busy[at].end
        if taken_until <= blocked_from:
            free.append(slot)


def _remove_conflicts(free: list[Interval], booked: Booked, rules: SlotRules) -> None:
    before, after = _apart(booked, rules)
    first = bisect_right(free, booked.time.start - before, key=by_end)
    del free[first : bisect_left(free, booked.time.end + after, lo=first, key=by_start)]


def _apart(booked: Booked, rules: SlotRules) -> tuple[timedelta, timedelta]:
    """How far a meeting must be from a booked one, before and after: the longer of the two adjoining buffers."""
    return max(rules.buffer_after, booked.buffer_before), max(rules.buffer_before, booked.buffer_after)


class _Full(NamedTuple):
    """The host-local dates, and the ISO weeks as (year, week), that have reached a limit."""

    dates: set[date]
    weeks: set[tuple[int, int]]


def _full_periods(facts: SlotFacts) -> _Full:
    rules, limits = facts.rules, facts.limits
    every_on, own_on = counted_dates(facts)
    return _Full(
        dates=_reached(limits.per_day, every_on) | _reached(rules.per_day, own_on),
        weeks=_reached(limits.per_week, map(week_of, every_on)) | _reached(rules.per_week, map(week_of, own_on)),
    )


def _reached(limit: int | None, periods: Iterable[_P]) -> set[_P]:
    if limit is None:
        return set()
    return {period for period, count in Counter(periods).items() if count >= limit}


def _refuse_limits(per_day: int | None, per_week: int | None) -> None:
    if any(limit is not None and limit < 1 for limit in (per_day, per_week)):
        raise ValueError("A limit is at least 1 meeting; leave it empty for no limit.")
