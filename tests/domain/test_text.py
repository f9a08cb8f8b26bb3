"""Text that people type, made safe to carry: what a name may not do to the lines around it."""

import pytest

from booking_service.domain.text import introduced, one_line

MARK = "\u0348"  # below the letter; no letter is composed with it


@pytest.mark.parametrize(("typed", "kept"), [(3, 3), (4, 4), (5, 4), (40, 4)])
def test_four_marks_on_one_letter_are_the_most_that_stay(typed: int, kept: int) -> None:
    assert one_line(f"a{'x' + MARK * typed}b{'y' + MARK * typed}") == f"a{'x' + MARK * kept}b{'y' + MARK * kept}"


@pytest.mark.parametrize("mark", ["\ufdd0", "\ufdef", "\ufffe", "\U0010ffff", "\0", "\x1b"])
def test_what_is_no_character_is_left_out_and_its_neighbours_stay(mark: str) -> None:
    assert one_line(f"a{mark}b") == "ab"
    assert one_line("a\ufdcf\ufdf0b") == "a\ufdcf\ufdf0b"


@pytest.mark.parametrize(
    ("label", "shown"),
    [("Name", "Name:"), ("What about?", "What about?"), ("Address: ", "Address:"), ("Now!", "Now!"), ("A? b", "A? b:")],
)
def test_a_label_gets_a_colon_unless_it_ends_with_a_mark_of_its_own(label: str, shown: str) -> None:
    assert introduced(label) == shown
