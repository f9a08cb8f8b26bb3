"""Purposes in words, for several pages."""

from collections.abc import Collection

from ....domain.purposes import Accepts
from ....language import Language

PURPOSES = "/admin/consents/purposes"
FIELDS = "/admin/consents/fields"


def place_name(position: int | None, questions: int, language: Language) -> str:
    """A block's place among the questions of a form."""
    if position is None or position >= questions:
        return language.text("after all questions") if questions else language.text("the form has no questions")
    if position == 0:
        return language.text("before all questions")
    return language.text("after question {number} of {count}", number=position, count=questions)


def accepts_name(accepts: Accepts, language: Language) -> str:
    return {
        Accepts.DOUBLE: language.text("Double opt-in only"),
        Accepts.USER: language.text("Double opt-in, and single opt-in by staff"),
        Accepts.FORM: language.text("Double opt-in, and any single opt-in"),
    }[accepts]


def mail_text_name(name: str, known: Collection[str], language: Language) -> str:
    """The name of the chosen text of the mail that asks; where it was deleted, what is sent instead."""
    if name in known:
        return name
    return language.text("“{name}” no longer exists: the usual one is sent", name=name)
