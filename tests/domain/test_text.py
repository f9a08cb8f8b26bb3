"""Text that people type, made safe to carry: what a name may not do to the lines around it."""

import pytest

from booking_service.domain.text import one_line

MARK = "\u0348"  # below the letter; no letter is composed with it


@pytest.mark.parametrize(("typed", "kept"), [(3, 3), (4, 4), (5, 4), (40, 4)])
def test_four_marks_on_one_letter_are_the_most_that_stay(typed: int, kept: int) -> None:
    assert one_line(f"a{'x' + MARK * typed}b{'y' + MARK * typed}") == f"a{'x' + MARK * kept}b{'y' + MARK * kept}"
