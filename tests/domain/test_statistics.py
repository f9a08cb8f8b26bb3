"""Figures of bookings: the times that people took, in steps."""

from datetime import timedelta

import pytest

from booking_service.domain.statistics import Figures, took


@pytest.mark.parametrize(
    ("seconds", "word"),
    [(0, "took-1"), (300, "took-5"), (301, "took-6"), (4320 * 60, "took-4320"), (10**7, "took-4320")],
)
def test_a_time_counts_in_the_first_step_that_is_not_shorter(seconds: int, word: str) -> None:
    assert took(timedelta(seconds=seconds)) == word


def test_half_confirmed_within_the_step_in_which_exactly_half_did() -> None:
    assert Figures({"took-5": 2, "took-60": 2}).half_within == timedelta(minutes=5)
    assert Figures({"took-5": 2, "took-60": 3}).half_within == timedelta(minutes=60)
    assert Figures().half_within is None
