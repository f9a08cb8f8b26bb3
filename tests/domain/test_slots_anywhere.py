"""Whatever is offered can be booked, and nothing else: slots against a slow, obvious oracle around clock changes.

The oracle knows no intervals and no offsets. It looks at the host's clock every five minutes and asks, minute by
minute, whether the wall shows working hours; it measures distances to every busy period and booking.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from booking_service.domain.availability import Span, WorkingHours, openings, zone_of
from booking_service.domain.interval import Interval, merged
from booking_service.domain.slots import (
    Booked,
    Horizon,
    HostLimits,
    NotOffered,
    SlotFacts,
    SlotRules,
    offered_slot,
    slots,
)
from booking_service.domain.why import LabelledBusy, explain

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = 5 * MINUTE
TICKS_A_DAY = 288
INTRO, OTHER = UUID(int=1), UUID(int=2)
CHANGES = [
    ("Europe/Berlin", date(2027, 3, 28)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/Los_Angeles", date(2027, 3, 14)),
    ("America/Los_Angeles", date(2026, 11, 1)),
    ("Pacific/Auckland", date(2026, 9, 27)),
    ("Pacific/Auckland", date(2027, 4, 4)),
    ("Asia/Kathmandu", date(1986, 1, 1)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
    ("Pacific/Chatham", date(2026, 9, 27)),
    ("Pacific/Chatham", date(2027, 4, 4)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Apia", date(2012, 4, 1)),
    ("America/Santiago", date(2026, 9, 6)),
]


@dataclass(frozen=True)
class Case:
    """Facts for three days around a clock change, and what they were made of."""

    facts: SlotFacts
    hours: WorkingHours
    window: Interval


def _span(marks: Sequence[int]) -> tuple[Span, ...]:
    clocks = [time(mark * 5 // 60 % 24, mark * 5 % 60) for mark in sorted(marks)]
    return tuple(Span(start, end) for start, end in zip(clocks[::2], clocks[1::2], strict=False))


nights = st.sampled_from([(0, TICKS_A_DAY), (6, 60), (24, 36), (0, 18, 270, TICKS_A_DAY)])
marks = st.lists(st.integers(0, TICKS_A_DAY), min_size=2, max_size=4, unique=True)
weeks = st.lists((nights | marks).map(_span), min_size=7, max_size=7).map(lambda days: WorkingHours(tuple(days)))
minutes = st.integers(0, 40).map(lambda count: count * MINUTE)
limits = st.none() | st.integers(1, 3)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    name, on = draw(st.sampled_from(CHANGES))
    zone, hours = zone_of(name), draw(weeks)
    midnight = datetime.combine(on, time(0), UTC)
    window = Interval(midnight - DAY, midnight + 2 * DAY)
    times = st.builds(
        lambda start, length: Interval(window.start + start * MINUTE, window.start + (start + length) * MINUTE),
        st.integers(-60, 3 * 1440),
        st.integers(1, 300),
    )
    booked = st.builds(
        Booked,
        time=times,
        buffer_before=minutes,
        buffer_after=minutes,
        meeting_type_id=st.sampled_from([INTRO, OTHER]),
        counts=st.booleans(),
    )
    rules = SlotRules(
        duration=draw(st.sampled_from([5, 15, 30, 45, 90, 150])) * MINUTE,
        increment=draw(st.sampled_from([5, 10, 25, 30, 60, 90])) * MINUTE,
        buffer_before=draw(minutes),
        buffer_after=draw(minutes),
        notice=draw(minutes),
        horizon=Horizon(days=draw(st.integers(0, 4))),
        per_day=draw(limits),
        per_week=draw(limits),
    )
    facts = SlotFacts(
        rules=rules,
        meeting_type_id=INTRO,
        openings=openings(hours, (), zone, window.padded(DAY, DAY)),
        busy=merged(draw(st.lists(times, max_size=6))),
        booked=draw(st.lists(booked, max_size=4)),
        limits=HostLimits(per_day=draw(limits), per_week=draw(limits)),
        now=window.start + draw(st.integers(-1440, 1440)) * MINUTE,
        earliest_after=draw(st.sampled_from([timedelta(0), 15 * MINUTE])),
        zone=zone,
    )
    return Case(facts, hours, window)


@given(cases())
@settings(deadline=None, max_examples=30)
def test_slots_are_those_that_a_look_at_the_wall_clock_finds(case: Case) -> None:
    found = slots(case.facts, case.window)
    assert [slot.start for slot in found] == Oracle(case).starts()
    assert {slot.duration for slot in found} <= {case.facts.rules.duration}


@given(cases())
@settings(deadline=None, max_examples=20)
def test_what_is_offered_is_accepted_and_nothing_else(case: Case) -> None:
    found = {slot.start: slot for slot in slots(case.facts, case.window)}
    ticks = [case.window.start + tick * TICK for tick in range(0, 3 * TICKS_A_DAY, 31)]
    for start in {*list(found)[::7], *ticks}:
        assert _offered(case.facts, start) == found.get(start)
        for beside in (start + timedelta(seconds=1), start - timedelta.resolution):
            assert _offered(case.facts, beside) is None


@given(cases())
@settings(deadline=None, max_examples=20)
def test_a_time_is_explained_as_it_is_decided(case: Case) -> None:
    busy = [LabelledBusy(time, "Work") for time in reversed(case.facts.busy)]
    found = [slot.start for slot in slots(case.facts, case.window)]
    for start in (*found[::40], *(case.window.start + tick * TICK for tick in range(0, 3 * TICKS_A_DAY, 131))):
        verdicts = explain(case.facts, start, hours=case.hours, overrides=(), busy=busy)
        assert all(verdict.passes for verdict in verdicts) is (start in found)


@given(cases())
@settings(deadline=None, max_examples=20)
def test_slots_stay_in_openings_and_clear_of_busy_periods_and_bookings(case: Case) -> None:
    for slot in slots(case.facts, case.window):
        assert any(opening.covers(slot) for opening in case.facts.openings)
        assert not any(slot.overlaps(busy) for busy in case.facts.busy)
        assert not any(slot.overlaps(booked.time) for booked in case.facts.booked)
        assert case.facts.now < slot.start


@given(cases(), st.integers(0, 3 * 1440), st.integers(1, 1440))
@settings(deadline=None, max_examples=20)
def test_a_smaller_window_shows_the_same_slots(case: Case, skipped: int, length: int) -> None:
    """Whoever looks at one afternoon sees what whoever looks at the month sees there; openings are asked anew."""
    start = case.window.start + skipped * MINUTE
    part = Interval(start, start + length * MINUTE)
    asked_anew = openings(case.hours, (), case.facts.zone, part.padded(timedelta(0), case.facts.rules.duration))
    seen = slots(replace(case.facts, openings=asked_anew), part)
    whole = slots(case.facts, case.window.padded(DAY, DAY))
    assert seen == [slot for slot in whole if part.contains(slot.start)]


@given(cases())
@settings(deadline=None, max_examples=20)
def test_a_booked_slot_takes_away_what_overlaps_it_and_adds_nothing(case: Case) -> None:
    before = slots(case.facts, case.window)
    for slot in before[:: max(1, len(before) // 2)]:
        booked = Booked(time=slot, meeting_type_id=INTRO)
        after = slots(replace(case.facts, booked=[*case.facts.booked, booked]), case.window)
        assert set(after) < set(before)
        assert not any(other.overlaps(slot) for other in after)


def test_the_openings_of_three_days_are_sorted_and_apart() -> None:
    for name, on in CHANGES:
        midnight = datetime.combine(on, time(0), UTC)
        always = WorkingHours((_span((0, 60, 61, TICKS_A_DAY)),) * 7)
        found = openings(always, (), zone_of(name), Interval(midnight - DAY, midnight + 2 * DAY))
        assert all(earlier.end < later.start for earlier, later in pairwise(found))


def _offered(facts: SlotFacts, start: datetime) -> Interval | None:
    try:
        return offered_slot(facts, start)
    except NotOffered:
        return None


class Oracle:
    """The rules once more, tick by tick."""

    def __init__(self, case: Case) -> None:
        self.facts, self.rules, self.window = case.facts, case.facts.rules, case.window
        span = case.window.padded(26 * HOUR, 3 * HOUR)  # back to a local midnight, on to the last meeting's end
        self.first = span.start
        walls = [(span.start + tick * TICK).astimezone(case.facts.zone) for tick in range(span.duration // TICK)]
        self.on = [wall.date() for wall in walls]
        self.open = [_shows_hours(wall, case.hours) for wall in walls]

    def starts(self) -> list[datetime]:
        ticks = range((self.window.start - self.first) // TICK, (self.window.end - self.first) // TICK)
        return [self.first + tick * TICK for tick in ticks if self._hours_allow(tick) and self._rules_allow(tick)]

    def _hours_allow(self, tick: int) -> bool:
        if not all(self.open[tick : tick + self.rules.duration // TICK]):
            return False
        begun = tick
        while self.open[begun - 1] and self.on[begun - 1] == self.on[tick]:
            begun -= 1
        return (tick - begun) * TICK % self.rules.increment == timedelta(0)

    def _rules_allow(self, tick: int) -> bool:
        start, facts, rules = self.first + tick * TICK, self.facts, self.rules
        end, today = start + rules.duration, facts.now.astimezone(facts.zone).date()
        assert rules.horizon.days is not None
        return (
            start > facts.now
            and start - facts.now >= rules.notice + facts.earliest_after
            and (self.on[tick] - today).days <= rules.horizon.days
            and all(
                busy.end <= start - rules.buffer_before or end + rules.buffer_after <= busy.start for busy in facts.busy
            )
            and all(self._apart(start, end, booked) for booked in facts.booked)
            and not self._is_full(self.on[tick])
        )

    def _apart(self, start: datetime, end: datetime, booked: Booked) -> bool:
        theirs, rules = booked.time, self.rules
        out_of_their_buffers = end <= theirs.start - booked.buffer_before or theirs.end + booked.buffer_after <= start
        out_of_our_buffers = theirs.end <= start - rules.buffer_before or end + rules.buffer_after <= theirs.start
        return out_of_their_buffers and out_of_our_buffers

    def _is_full(self, on: date) -> bool:
        dates = [
            (booked.time.start.astimezone(self.facts.zone).date(), booked.meeting_type_id)
            for booked in self.facts.booked
            if booked.counts
        ]
        monday = on - on.weekday() * DAY
        return any(
            limit is not None and sum(first <= other <= last and (every or of == INTRO) for other, of in dates) >= limit
            for limit, first, last, every in (
                (self.rules.per_day, on, on, False),
                (self.rules.per_week, monday, monday + 6 * DAY, False),
                (self.facts.limits.per_day, on, on, True),
                (self.facts.limits.per_week, monday, monday + 6 * DAY, True),
            )
        )


def _shows_hours(wall: datetime, hours: WorkingHours) -> bool:
    clock = wall.hour * 60 + wall.minute
    return any(
        span.start.hour * 60 + span.start.minute <= clock < (span.end.hour * 60 + span.end.minute or 1440)
        for span in hours.weekly[wall.weekday()]
    )
