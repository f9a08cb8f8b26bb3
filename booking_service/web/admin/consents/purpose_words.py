"""Words about purposes that several pages say."""

from collections.abc import Collection

from ....domain.purposes import Accepts
from ....language import Language

PURPOSES = "/admin/consents/purposes"
FIELDS = "/admin/consents/fields"


def place_name(position: int | None, questions: int, language: Language) -> str:
    """Where a block stands among the questions of a form."""
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
    """What a chosen text of the mail that asks is called; where it is gone, what is sent instead."""
    if name in known:
        return name
    return language.text("“{name}” is not there any more: the usual one is sent", name=name)
