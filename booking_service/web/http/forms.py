"""Form fields parsed into values, or into a list of problems."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...language import Language

REASON_LENGTH = 500
_FORM_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct: the field's name, and a sentence."""

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
    """Problems of a required reason: `missing`, or longer than REASON_LENGTH."""
    if not reason:
        yield Problem(field, missing)
    elif len(reason) > REASON_LENGTH:
        yield Problem(field, too_long(language, REASON_LENGTH, len(reason)))


def new_form_key() -> str:
    """A key for one form or press, so that sending it twice acts once."""
    return secrets.token_urlsafe(16)


def is_form_key(key: str) -> bool:
    return bool(_FORM_KEY.fullmatch(key))
