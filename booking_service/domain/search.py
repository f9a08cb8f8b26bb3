"""What a list of bookings is asked for, and which bookings answer to the words that somebody looks for."""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

_NEAR = 0.7  # how alike two words are that may be one, misspelt (difflib's ratio)


class Which(StrEnum):
    """Which bookings a list shows. Upcoming: in force and not over."""

    UPCOMING = "upcoming"
    HELD = "held"
    PAST = "past"  # confirmed, and over
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Bookings of these states, of this meeting type (None: of all), that have each of the words in `text`."""

    which: Which = Which.UPCOMING
    meeting_id: UUID | None = None
    text: str = ""

    @property
    def soonest_first(self) -> bool:
        return self.which is Which.UPCOMING


@dataclass(frozen=True, slots=True, order=True)
class ListCursor:
    """A booking's place in a list. Two that start at the same instant are told apart by their ids."""

    starts_at: datetime
    id: UUID


def folded(text: str) -> str:
    """The text as it is compared: without case, accents and the ways of writing one letter (Unicode NFKD)."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def matches(wanted: Iterable[str], texts: Iterable[str]) -> bool:
    """Whether each of the `wanted` words, folded, stands somewhere in the texts."""
    within = folded("\n".join(texts))
    return all(word in within for word in wanted)


def near(text: str, names: Iterable[str]) -> str:
    """The name that was probably meant: one of its words is spelt almost like this. "" where there is none."""
    by_word = {word: name for name in names for word in (folded(name), *re.findall(r"\w+", folded(name)))}
    found = difflib.get_close_matches(folded(text), by_word, n=1, cutoff=_NEAR)
    return by_word[found[0]] if found else ""


def answers_to_search(answers: Iterable[tuple[str, str]], *, plain: Collection[str]) -> list[str]:
    """The answers that may be looked for, by the keys of questions that are not sensitive. What answers a question that
    is not asked any more is found by nobody, as it may have been."""
    return [text for key, text in answers if key in plain]
