"""Half-open time: what touches does not overlap, and unions and remainders keep exactly the same instants."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_service.domain.interval import Interval, merged, touching

NOON = datetime(2026, 10, 28, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def minutes(start: int, end: int) -> Interval:
    return Interval(NOON + start * MINUTE, NOON + end * MINUTE)


def covered(intervals: list[Interval]) -> set[int]:
    return {at for at in range(-5, 65) if any(interval.contains(NOON + at * MINUTE) for interval in intervals)}


some_intervals = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 10)).map(lambda drawn: minutes(drawn[0], sum(drawn))), max_size=12
)


def test_an_interval_ends_after_it_starts() -> None:
    for end in (0, -1):
        with pytest.raises(ValueError, match="must end after it starts"):
            minutes(0, end)


def test_an_interval_knows_its_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        Interval(NOON.replace(tzinfo=None), NOON)
    with pytest.raises(ValueError, match="aware"):
        Interval(NOON, NOON.replace(tzinfo=None) + MINUTE)


@pytest.mark.parametrize(
    ("other", "overlaps", "covers"),
    [
        ((10, 20), True, True),
        ((12, 18), True, True),
        ((10, 21), True, False),
        ((9, 20), True, False),
        ((9, 11), True, False),
        ((19, 30), True, False),
        ((5, 10), False, False),
        ((20, 25), False, False),
    ],
)
def test_intervals_overlap_where_they_share_time_and_cover_what_lies_within(
    other: tuple[int, int], overlaps: bool, covers: bool
) -> None:
    assert minutes(10, 20).overlaps(minutes(*other)) is overlaps
    assert minutes(*other).overlaps(minutes(10, 20)) is overlaps
    assert minutes(10, 20).covers(minutes(*other)) is covers


def test_the_start_is_inside_and_the_end_is_not() -> None:
    assert minutes(0, 10).contains(NOON)
    assert not minutes(0, 10).contains(NOON + 10 * MINUTE)
    assert not minutes(0, 10).contains(NOON - timedelta.resolution)


def test_padding_widens_each_end_by_its_own_length() -> None:
    assert minutes(10, 20).padded(3 * MINUTE, 5 * MINUTE) == minutes(7, 25)
    assert minutes(7, 25).duration == 18 * MINUTE


@given(some_intervals)
@settings(deadline=None, max_examples=60)
def test_merged_intervals_are_sorted_apart_and_cover_the_same_instants(intervals: list[Interval]) -> None:
    united = merged(intervals)
    assert covered(united) == covered(intervals)
    assert all(earlier.end < later.start for earlier, later in pairwise(united))


@given(some_intervals, st.integers(0, 50), st.integers(1, 12))
@settings(deadline=None, max_examples=60)
def test_what_touches_a_window_is_found_without_looking_at_the_rest(
    intervals: list[Interval], start: int, length: int
) -> None:
    window, sorted_apart = minutes(start, start + length), merged(intervals)
    assert list(touching(sorted_apart, window)) == [i for i in sorted_apart if i.overlaps(window)]
