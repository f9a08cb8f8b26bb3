"""What is written on a colour, and in it, can be read."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from booking_service.domain.colours import BLACK, LEAST_CONTRAST, WHITE, contrast, ink_on, read_colour, readable

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(("written", "meant"), [("#0B5A4A", "#0b5a4a"), (" #0b5a4a ", "#0b5a4a"), ("#fC0", "#ffcc00")])
def test_a_colour_is_written_as_on_the_web(written: str, meant: str) -> None:
    assert read_colour(written) == meant


@pytest.mark.parametrize(
    "written", ["", "green", "0b5a4a", "#0b5a4", "#0b5a4a80", "#0b5a4g", "#0b5a4a;x", "rgb(0,0,0)"]
)
def test_anything_else_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ValueError, match="#0b5a4a"):
        read_colour(written)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(BLACK, WHITE) == contrast(WHITE, BLACK) == pytest.approx(21)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.005)  # famous for failing by a hair
    assert contrast("#ff0000", WHITE) == pytest.approx(4.0, abs=0.005)


@given(COLOURS)
@example("#767676")
@example("#757575")
def test_black_or_white_can_be_read_on_any_colour(colour: str) -> None:
    assert contrast(ink_on(colour), colour) >= LEAST_CONTRAST


@given(COLOURS, st.sampled_from([WHITE, "#2b2b2b", "#121212"]))
def test_a_colour_is_changed_as_far_as_it_must_and_no_further(colour: str, ground: str) -> None:
    shown = readable(colour, on=ground)
    assert contrast(shown, ground) >= LEAST_CONTRAST
    assert (shown == colour) == (contrast(colour, ground) >= LEAST_CONTRAST)
