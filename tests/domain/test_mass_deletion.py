"""When the absence of events is believed."""

import pytest

from booking_service.domain.mass_deletion import is_mass_deletion


@pytest.mark.promise("I7")
@pytest.mark.parametrize(
    ("vanished", "live", "doubted"),
    [(1, 1, False), (2, 2, False), (3, 3, True), (3, 14, True), (3, 15, False), (4, 20, False), (4, 19, True)],
)
def test_three_are_doubted_where_they_are_more_than_a_fifth(vanished: int, live: int, doubted: bool) -> None:
    assert is_mass_deletion(vanished=vanished, live=live, empty=False) is doubted


@pytest.mark.promise("I7")
def test_a_calendar_that_claims_to_be_empty_is_doubted_where_anything_stood() -> None:
    assert is_mass_deletion(vanished=1, live=1, empty=True)
    assert not is_mass_deletion(vanished=0, live=0, empty=True)
