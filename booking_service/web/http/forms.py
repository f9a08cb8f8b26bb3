"""Fields of a form, read into values or into the list of what is wrong."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...language import Language

REASON_LENGTH = 500
_FORM_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: the field's name, and a sentence that says how."""

    field: str
    text: str


@dataclass(slots=True)
class Reading:
    language: Language
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, name: str, text: str) -> None:
        self.problems.append(Problem(name, text))


def too_long(language: Language, most: int, count: int) -> str:
    return language.text("Shorten this to {most} characters or fewer: it has {count} now", most=most, count=count)


def reason_problems(field: str, reason: str, language: Language, *, missing: str) -> Iterator[Problem]:
    """What is wrong with a reason that has to be given: it is `missing`, or longer than REASON_LENGTH."""
    if not reason:
        yield Problem(field, missing)
    elif len(reason) > REASON_LENGTH:
        yield Problem(field, too_long(language, REASON_LENGTH, len(reason)))


def new_form_key() -> str:
    """Names one filling-in of a form, or one press of a button, so that submitting it twice does it once."""
    return secrets.token_urlsafe(16)


def is_form_key(key: str) -> bool:
    return bool(_FORM_KEY.fullmatch(key))
