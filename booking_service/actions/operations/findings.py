"""The result of one check, in words for an operator."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ...domain.sentences import Sentence
from ...language import SOURCE, language_of


class Level(StrEnum):
    OK = "ok"
    UNKNOWN = "unknown"  # could not be checked, which proves nothing
    WARNING = "warning"  # works, but needs attention
    PROBLEM = "problem"  # does not work


_SIGNS = {Level.OK: "✓", Level.UNKNOWN: "?", Level.WARNING: "!", Level.PROBLEM: "✗"}


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, the result, and what to do about it (None: nothing). `details`: single items, for the
    command."""

    subject: str
    level: Level
    found: Sentence
    advice: Sentence | None = None
    details: Sequence[str] = ()

    @property
    def sentence(self) -> str:
        """`found` in English, as commands print it."""
        return language_of(SOURCE).sentence(self.found)

    @property
    def remedy(self) -> str:
        """`advice` in English, as commands print it; "" for none."""
        return language_of(SOURCE).sentence(self.advice) if self.advice is not None else ""

    @property
    def report(self) -> str:
        """All of it in lines, in English, as the command line prints it and as it is passed on for support."""
        below = "\n".join(each for each in (self.remedy, *self.details) if each)
        return "\n".join(
            each for each in (f"{_SIGNS[self.level]} {self.sentence}", textwrap.indent(below, "    ")) if each
        )
