"""What unconfirmed holds may take of a host's time, whatever somebody asks for."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_service.domain.availability import WorkingHours, local_date, openings, parse_spans
from booking_service.domain.hold_budget import PRESSED_AT_LEAST, Room, Shares, lifetime, pressed, room, wants_work
from booking_service.domain.interval import Interval
from booking_service.domain.meeting import HoldPolicy
from booking_service.domain.slots import Booked, Horizon, HostLimits, SlotFacts, SlotRules, slots
from tests.domain.examples import meeting

NOW = datetime(2030, 1, 7, 7, tzinfo=UTC)  # a Monday, before opening
BERLIN = ZoneInfo("Europe/Berlin")
HOURS = WorkingHours((*[parse_spans("9-17")] * 5, (), ()))
MINUTE = timedelta(minutes=1)
USUAL = Shares(0.33, 0.5)


def facts(
    *, minutes: int = 30, step: int = 30, buffer: int = 0, per_day: int | None = None, days: int = 13
) -> SlotFacts:
    rules = SlotRules(
        duration=minutes * MINUTE, increment=step * MINUTE, horizon=Horizon(days=days), buffer_after=buffer * MINUTE
    )
    around = window(days).padded(timedelta(days=2), timedelta(days=2))
    return SlotFacts(
        rules=rules,
        meeting_type_id=UUID(int=1),
        openings=openings(HOURS, (), BERLIN, around),
        busy=(),
        now=NOW,
        zone=BERLIN,
        limits=HostLimits(per_day=per_day),
    )


def window(days: int = 13) -> Interval:
    return Interval(NOW, NOW + timedelta(days=days + 1))


def held(known: SlotFacts, time: Interval) -> Booked:
    rules = known.rules
    return Booked(
        time=time,
        buffer_before=rules.buffer_before,
        buffer_after=rules.buffer_after,
        meeting_type_id=known.meeting_type_id,
        held=True,
    )


def flooded(known: SlotFacts, wishes: list[Interval], *, shares: Shares = USUAL) -> SlotFacts:
    """Somebody asks for these times, one after the other, as far as they are still on offer; the afforded ones are held."""
    for wish in wishes:
        if wish in slots(known, window()) and room(known, wish, window(), shares=shares).afforded:
            known = replace(known, booked=[*known.booked, held(known, wish)])
    return known


@given(
    st.sampled_from([(30, 30, 0), (60, 15, 0), (30, 15, 15), (45, 20, 10)]),
    st.none() | st.integers(2, 4),
    st.randoms(use_true_random=False),
)
@settings(max_examples=8, deadline=None)
def test_who_asks_for_every_time_leaves_two_thirds_on_offer(
    shape: tuple[int, int, int], per_day: int | None, chance: Random
) -> None:
    known = facts(minutes=shape[0], step=shape[1], buffer=shape[2], per_day=per_day)
    every = slots(known, window())
    wishes = list(every)
    chance.shuffle(wishes)
    known = flooded(known, wishes)
    left, holds = slots(known, window()), Counter(_on(each.time) for each in known.booked)
    assert len(left) >= 0.66 * len(every)
    before, after = Counter(map(_on, every)), Counter(map(_on, left))
    assert all(after[day] >= 0.5 * free or holds[day] == 1 for day, free in before.items())


def _on(time: Interval) -> date:
    return local_date(time.start, BERLIN)


def test_half_of_one_day_is_the_most_although_the_horizon_has_room() -> None:
    known = facts(days=60)
    monday = [slot for slot in slots(known, window()) if _on(slot) == NOW.date()]
    assert len(monday) == 16
    assert len(flooded(known, monday).booked) == 8


@pytest.mark.parametrize("per_day", [None, 1])
def test_the_first_hold_of_a_day_is_always_afforded(per_day: int | None) -> None:
    known = facts(minutes=480, step=480, per_day=per_day)
    days = slots(known, window())
    assert len(days) == 10
    assert len(flooded(known, days).booked) == 3


def test_confirmed_bookings_count_for_nothing_and_take_nothing_of_the_budget() -> None:
    known = facts()
    confirmed = [replace(held(known, slot), held=False) for slot in slots(known, window())[:100]]
    known = replace(known, booked=confirmed)
    assert len(slots(known, window())) == 60
    assert len(flooded(known, slots(known, window())).booked) == 100 + 19


def test_a_share_of_one_is_no_limit() -> None:
    every = slots(facts(), window())
    assert slots(flooded(facts(), every, shares=Shares(1, 1)), window()) == []
    assert not Shares(1, 1).limit
    assert Shares(0.33, 1).limit
    assert Shares(1, 0.5).limit


@given(st.integers(5, 72 * 60), st.floats(0, 3), st.floats(0, 3))
@settings(max_examples=200, deadline=None)
def test_a_hold_never_lasts_longer_for_more_pressure_nor_less_than_fifteen_minutes(
    minutes: int, one: float, other: float
) -> None:
    own, less, more = minutes * MINUTE, min(one, other), max(one, other)
    assert lifetime(own, more) <= lifetime(own, less) <= own
    assert lifetime(own, more) >= min(own, PRESSED_AT_LEAST)


@pytest.mark.parametrize(
    ("used", "minutes"), [(0, 120), (0.099, 120), (0.1, 60), (0.499, 60), (0.5, 30), (1, 30), (2, 30)]
)
def test_it_is_half_from_a_tenth_of_the_budget_and_a_quarter_from_its_half(used: float, minutes: int) -> None:
    assert lifetime(120 * MINUTE, used) == minutes * MINUTE


def test_a_puzzle_is_asked_for_from_half_of_the_budget_on() -> None:
    assert not wants_work(0.499, attacked=False)
    assert wants_work(0.5, attacked=False)
    assert wants_work(0, attacked=True)


@pytest.mark.parametrize("minutes", [5, 15, 20, 30])
def test_no_pressure_cuts_a_short_lifetime_below_fifteen_minutes_or_makes_it_longer(minutes: int) -> None:
    assert lifetime(minutes * MINUTE, 1) == min(minutes, 15) * MINUTE


def test_the_use_of_the_budget_counts_the_hold_that_is_asked_for_and_none_that_would_be_alone() -> None:
    known = facts()
    every = slots(known, window())
    assert room(known, every[0], window(), shares=USUAL) == Room(afforded=True, used=0)
    second = room(flooded(known, every[:1]), every[1], window(), shares=USUAL)
    assert second.used == pytest.approx(2 / (0.33 * len(every)))
    full = room(flooded(known, every), slots(flooded(known, every), window())[0], window(), shares=USUAL)
    assert not full.afforded
    assert full.used > 0.5


def test_only_what_keeps_others_out_ends_sooner() -> None:
    intro = meeting()
    assert pressed(intro, Room(afforded=True, used=0.6)).hold_lifetime == intro.hold_lifetime / 4
    assert pressed(intro, Room(afforded=False, used=1.2)) is intro
    assert pressed(intro, Room(afforded=True, used=0.05)) is intro
    nowhere = meeting(hold_policy=HoldPolicy.NONE)
    assert pressed(nowhere, Room(afforded=True, used=0.6)) is nowhere
