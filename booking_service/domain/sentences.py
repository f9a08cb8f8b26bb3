"""Sentences that are translated when they are shown: the code that makes them does not know the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, init=False)
class Sentence:
    """An English text as the catalogues have it, and the values of its {placeholders}, which may be sentences too."""

    text: str
    values: Mapping[str, object]

    def __init__(self, text: str, /, **values: object) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, slots=True, init=False)
class CountedSentence(Sentence):
    """A sentence with a count: `text` for one, `many` for other numbers, with {count} filled in."""

    many: str
    count: int

    def __init__(self, one: str, many: str, count: int, /, **values: object) -> None:
        # a slotted dataclass is a new class, which super() without arguments does not know
        super(CountedSentence, self).__init__(one, **values)
        object.__setattr__(self, "many", many)
        object.__setattr__(self, "count", count)
