"""Sentences that are put into a language when they are shown: who finds something out does not know who reads it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, init=False)
class Sentence:
    """A text in English, whole, as catalogues know it, and what fills its {placeholders}: sentences, too."""

    text: str
    values: Mapping[str, object]

    def __init__(self, text: str, /, **values: object) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, slots=True, init=False)
class CountedSentence(Sentence):
    """One that says how many: `text` of one, `many` of any other number, in which {count} is filled in."""

    many: str
    count: int

    def __init__(self, one: str, many: str, count: int, /, **values: object) -> None:
        # `slots` makes another class, which a bare super() would not know
        super(CountedSentence, self).__init__(one, **values)
        object.__setattr__(self, "many", many)
        object.__setattr__(self, "count", count)
