"""Why a time is on offer or not: every rule and busy period for or against it, with the zone arithmetic.

The verdicts are those of `slots.reasons_against`; this module only puts them into sentences.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .availability import (
    DAY,
    DateOverride,
    Span,
    WorkingHours,
    local_date,
    local_day,
    override_on,
    spans_on,
    spans_text,
)
from .grid import week_of
from .interval import Interval, merged
from .slots import (
    AHEAD_AT_MOST,
    Booked,
    Reason,
    SlotFacts,
    conflicts,
    counted_dates,
    grid_starts,
    reasons_against,
    taken,
)

NEAREST_STARTS = 2


@dataclass(frozen=True, slots=True, order=True)
class LabelledBusy:
    """A busy period, and the host's name for its calendar. Nothing of the event's content is known."""

    time: Interval
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a check is about, so that others can put it into other words: a time, an instant, a date, a name, counts."""

    time: Interval | None = None
    instant: datetime | None = None
    on: date | None = None
    name: str = ""
    hours: tuple[Span, ...] = ()
    length: timedelta = timedelta()
    count: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """What one rule, calendar or booking says about a time, which is on offer if every check passes."""

    rule: str
    passes: bool
    text: str
    about: About = field(default_factory=About)


def explain(
    facts: SlotFacts,
    start: datetime,
    *,
    hours: WorkingHours,
    overrides: Sequence[DateOverride],
    busy: Sequence[LabelledBusy],
) -> tuple[RuleCheck, ...]:
    """Every check of a meeting at `start`. `busy`, in any order, is used in place of `facts.busy`.

    Busy periods and bookings that leave the time free are named if they are on the same host-local date.
    """
    if abs(start - facts.now) > AHEAD_AT_MOST:
        return (RuleCheck("horizon", False, "The time lies more than ten years from now."),)
    facts = replace(facts, busy=merged(period.time for period in busy))
    time = Interval(start, start + facts.rules.duration)
    against = set(reasons_against(facts, start))
    return (
        _clock(time, facts.zone),
        *_lead(facts, against),
        _hours(time, facts, hours, overrides, against),
        _grid(time, facts, against),
        *_calendars(time, facts, busy),
        *_bookings(time, facts),
        *_limits(time, facts),
    )


def _clock(time: Interval, zone: ZoneInfo) -> RuleCheck:
    on = local_date(time.start, zone)
    lasts = sum((piece.duration for piece in local_day(on, zone)), timedelta())
    change = "" if lasts == DAY else f"; the clocks change, this day has {lasts / timedelta(hours=1):g} hours"
    text = f"{_shown(time.start, zone)} in {zone.key} ({_offset(time.start, zone)}) is {time.start:%Y-%m-%d %H:%M} UTC"
    return RuleCheck("clock", True, text + change, About(instant=time.start))


def _lead(facts: SlotFacts, against: set[Reason]) -> Iterator[RuleCheck]:
    yield RuleCheck(
        "now", Reason.PAST not in against, f"now it is {_shown(facts.now, facts.zone)}", About(instant=facts.now)
    )
    lead = f"notice {_length(facts.rules.notice)}"
    if facts.earliest_after:
        lead += f" and {_length(facts.earliest_after)} to confirm"
    text = f"{lead}: not before {_shown(facts.earliest, facts.zone)}"
    yield RuleCheck("notice", Reason.TOO_SOON not in against, text, About(instant=facts.earliest))
    text = f"the last day that can be booked is {facts.last_on:%a %Y-%m-%d}"
    yield RuleCheck("horizon", Reason.BEYOND_HORIZON not in against, text, About(on=facts.last_on))


def _hours(
    time: Interval, facts: SlotFacts, hours: WorkingHours, overrides: Sequence[DateOverride], against: set[Reason]
) -> RuleCheck:
    on = local_date(time.start, facts.zone)
    override = override_on(overrides, on)
    kind = "working hours" if override is None else _exception(override)
    inside = Reason.OUTSIDE_HOURS not in against
    spans = spans_on(hours, overrides, on)
    text = f"{kind}, {on:%a %Y-%m-%d}: {spans_text(spans) or 'closed'}; "
    text += f"{_range(time, facts.zone)} is {'inside' if inside else 'not inside'}"
    return RuleCheck("hours", inside, text, About(on=on, hours=spans, name=override.name if override else ""))


def _exception(override: DateOverride) -> str:
    named = f"exception {override.name}, " if override.name else "exception "
    return f"{named}{override.first_on} to {override.last_on}"


def _grid(time: Interval, facts: SlotFacts, against: set[Reason]) -> RuleCheck:
    step = f"starts every {_length(facts.rules.increment)}"
    opening = next((opening for opening in facts.openings if opening.contains(time.start)), None)
    if opening is None:
        text = f"{step} from the start of an opening; there is none at this time"
        return RuleCheck("grid", True, text, About(length=facts.rules.increment))
    nearest = sorted(grid_starts(opening, facts), key=lambda start: abs(start - time.start))[:NEAREST_STARTS]
    text = f"{step} from {_shown(opening.start, facts.zone)}"
    if Reason.OFF_GRID in against:
        text += f"; nearest: {', '.join(_shown(start, facts.zone) for start in sorted(nearest))}"
    about = About(length=facts.rules.increment, instant=opening.start)
    return RuleCheck("grid", Reason.OFF_GRID not in against, text, about)


def _calendars(time: Interval, facts: SlotFacts, busy: Sequence[LabelledBusy]) -> Iterator[RuleCheck]:
    needed = taken(time, facts.rules)
    text = f"with its buffers the meeting needs {_range(needed, facts.zone)} free of busy time"
    yield RuleCheck("buffers", True, text, About(time=needed))
    for period in sorted(busy):
        blocks = period.time.overlaps(needed)
        if blocks or _same_day(period.time, time, facts.zone):
            text = f"{period.source} is busy {_range(period.time, facts.zone)}"
            about = About(time=period.time, name=period.source)
            yield RuleCheck("calendar", not blocks, text if blocks else f"{text}: apart", about)


def _bookings(time: Interval, facts: SlotFacts) -> Iterator[RuleCheck]:
    for booked in sorted(facts.booked, key=_start):
        blocks = conflicts(time, booked, facts.rules)
        if blocks or _same_day(booked.time, time, facts.zone):
            buffers = f"buffers {_length(booked.buffer_before)} before, {_length(booked.buffer_after)} after"
            text = f"a booking or hold {_range(booked.time, facts.zone)} ({buffers})"
            about = About(time=booked.time)
            yield RuleCheck("booking", not blocks, text if blocks else f"{text}: apart", about)


def _limits(time: Interval, facts: SlotFacts) -> Iterator[RuleCheck]:
    """One check for each limit that is set."""
    on = local_date(time.start, facts.zone)
    week = week_of(on)
    every_on, own_on = counted_dates(facts)
    for whose, limits, dates in (("all meetings", facts.limits, every_on), ("this meeting", facts.rules, own_on)):
        if limits.per_day is not None:
            count = dates.count(on)
            text = f"{whose}: {count} of at most {limits.per_day} on {on:%a %Y-%m-%d}"
            yield RuleCheck("day limit", count < limits.per_day, text, About(on=on, count=count, limit=limits.per_day))
        if limits.per_week is not None:
            count = sum(week_of(other) == week for other in dates)
            text = f"{whose}: {count} of at most {limits.per_week} in week {week[1]} of {week[0]}"
            about = About(on=on, count=count, limit=limits.per_week)
            yield RuleCheck("week limit", count < limits.per_week, text, about)


def _start(booked: Booked) -> datetime:
    return booked.time.start


def _same_day(one: Interval, other: Interval, zone: ZoneInfo) -> bool:
    return local_date(one.start, zone) <= local_date(other.start, zone) <= local_date(one.end, zone)


def _range(time: Interval, zone: ZoneInfo) -> str:
    """From when to when in the host's zone; with the date of the end only if it differs."""
    end = time.end.astimezone(zone)
    same = end.date() == local_date(time.start, zone)
    return f"{_shown(time.start, zone)} to {f'{end:%H:%M}' if same else _shown(time.end, zone)}"


def _shown(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M}"


def _offset(instant: datetime, zone: ZoneInfo) -> str:
    text = f"{instant.astimezone(zone):%z}"
    return f"UTC{text[:3]}:{text[3:5]}"


def _length(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    return f"{minutes // 60} h" if minutes and minutes % 60 == 0 else f"{minutes} min"
