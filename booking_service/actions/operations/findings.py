"""What a check of one thing came to, in words for an operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ...domain.sentences import Sentence
from ...language import SOURCE, language_of


class Level(StrEnum):
    OK = "ok"
    UNKNOWN = "unknown"  # could not be looked at, which says nothing good
    WARNING = "warning"  # works, and should be looked at
    PROBLEM = "problem"  # something does not work


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and what to do about it (None where nothing needs to be done). `details`: what the
    sentence counts, one by one, as the command says it."""

    subject: str
    level: Level
    found: Sentence
    advice: Sentence | None = None
    details: Sequence[str] = ()

    @property
    def sentence(self) -> str:
        """`found` as the command line says it, which speaks English."""
        return language_of(SOURCE).sentence(self.found)

    @property
    def remedy(self) -> str:
        """`advice` as the command line says it; "" where there is none."""
        return language_of(SOURCE).sentence(self.advice) if self.advice is not None else ""
