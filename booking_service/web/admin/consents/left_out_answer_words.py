"""Why an answer of a booking form is not in its profile field, in words."""

from typing import assert_never
from zoneinfo import ZoneInfo

from ....actions.consent.left_out_answers import AnswerLeftOut
from ....actions.consent.question_fields import LeftOut
from ....domain.availability import local_date
from ....domain.localized_text import worded
from ....language import Language


def left_out_line(left_out: AnswerLeftOut, language: Language, *, zone: ZoneInfo) -> str:
    """Without the answer itself, which is with the booking."""
    return language.text(
        "“{question}”, for “{field}”, answered on {date}: {why}",
        question=worded(left_out.question, language.code, writer=language.code).text,
        field=left_out.field,
        date=language.long_date(local_date(left_out.given_at, zone)),
        why=_why(left_out.why, language),
    )


def _why(why: LeftOut, language: Language) -> str:
    match why:
        case LeftOut.ENDED:
            return language.text("they ended what allows us to keep it, or all use of their data")
        case LeftOut.NOT_ALLOWED:
            return language.text("they have not agreed to what allows us to keep it")
        case LeftOut.NEWER:
            return language.text("the field was filled in or emptied after that")
        case LeftOut.SENSITIVE:
            return language.text("the question is sensitive, and the field is not")
        case LeftOut.TOO_LONG:
            return language.text("it is too long for the field")
        case LeftOut.UNREADABLE:
            return language.text("it can’t be read: the key it was sealed with is gone")
        case _:
            assert_never(why)
