"""Stored instants, and a clock that may have been set back since."""

from datetime import timedelta

from booking_service.domain.freshness import CLOCKS_DIFFER, is_fresh
from tests.domain.examples import MINUTE, NOW

MOMENT = timedelta(microseconds=1)


def test_what_is_exactly_as_old_as_allowed_is_fresh_and_a_moment_more_is_not() -> None:
    assert is_fresh(NOW, now=NOW + 5 * MINUTE, within=5 * MINUTE)
    assert not is_fresh(NOW, now=NOW + 5 * MINUTE + MOMENT, within=5 * MINUTE)


def test_the_clocks_of_two_machines_may_differ_by_a_minute() -> None:
    assert is_fresh(NOW + CLOCKS_DIFFER, now=NOW, within=5 * MINUTE)
    assert not is_fresh(NOW + CLOCKS_DIFFER + MOMENT, now=NOW, within=5 * MINUTE)
