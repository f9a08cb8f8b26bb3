"""Which questions are asked, and how answers are read."""

import pytest

from booking_service.domain.localized_text import InLanguages
from booking_service.domain.questions import (
    TICKED,
    OnlyAfter,
    Question,
    QuestionKind,
    asked,
    is_number,
    is_phone_number,
)

MACHINE = Question(
    "machine", "On what?", QuestionKind.CHOICE, options=("Engine", InLanguages((("de", "Anderes"), ("en", "Other"))))
)
LATER = Question("later", "Later?", QuestionKind.TICK, only_after=OnlyAfter("machine", "Other"))
WHEN = Question("when", "When?", only_after=OnlyAfter("later", TICKED))


def keys(**answers: str) -> list[str]:
    return [each.key for each in asked((WHEN, MACHINE, LATER), answers)]


def test_a_question_follows_its_answer_in_whatever_order_and_language_they_stand() -> None:
    assert keys() == ["machine"]
    assert keys(machine="Engine") == ["machine"]
    assert keys(machine="Other") == keys(machine="Anderes") == ["machine", "later"]
    assert keys(machine="Anderes", later=TICKED) == ["when", "machine", "later"]
    assert keys(machine="Engine", later=TICKED) == ["machine"], (
        "who took their answer back is not asked what followed it"
    )


def test_answers_are_read_in_the_readers_words() -> None:
    several = Question("s", "?", QuestionKind.SEVERAL, options=MACHINE.options)
    assert several.values("de") == ("Engine", "Anderes")
    assert several.words("Engine\nAnderes", "en", writer="de", ticked="Yes") == "Engine\nOther"
    assert MACHINE.words("an option that is gone", "en", writer="de", ticked="Yes") == "an option that is gone"
    assert LATER.words(TICKED, "de", writer="de", ticked="Ja") == "Ja"


def test_options_that_read_the_same_are_refused_as_nobody_could_tell_which_was_meant() -> None:
    with pytest.raises(ValueError, match="two of the options read the same"):
        Question("s", "?", QuestionKind.SEVERAL, options=("Anderes", *MACHINE.options))


@pytest.mark.parametrize(
    ("text", "number", "phone"),
    [
        ("3", True, False),
        ("-2,5", True, False),
        ("1e9", False, False),
        ("+49 (30) 90-18.20", False, True),
        ("12345678901234567", False, False),
        ("call me", False, False),
        ("٣", False, False),
    ],
)
def test_numbers_and_phone_numbers_are_read_as_people_write_them(text: str, number: bool, phone: bool) -> None:
    assert (is_number(text), is_phone_number(text)) == (number, phone)
