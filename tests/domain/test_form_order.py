"""The order of a booking form: items move one up or down, and stay where that leads out of it."""

import pytest

from booking_service.domain.form_order import moved
from booking_service.domain.questions import Question
from tests.domain.examples import meeting

KEYS = ("a", "b", "c")
FORM = meeting(questions=tuple(Question(key=key, label=key) for key in KEYS))


@pytest.mark.parametrize(
    ("at", "by", "order"),
    [(0, 1, "bac"), (1, -1, "bac"), (2, -1, "acb"), (0, -1, "abc"), (2, 1, "abc"), (3, -1, "abc"), (-1, 1, "abc")],
)
def test_an_item_moves_one_place_and_never_out_of_the_form(at: int, by: int, order: str) -> None:
    assert "".join(each.key for each in moved(FORM, at, by).questions) == order
