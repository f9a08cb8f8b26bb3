"""What a list of bookings is asked for, and which bookings match the words searched for."""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

_NEAR = 0.7  # similarity of words that may be one misspelt (difflib's ratio)


class Which(StrEnum):
    """Which bookings a list shows. UPCOMING: in force and not over."""

    UPCOMING = "upcoming"
    HELD = "held"
    PAST = "past"  # confirmed, and over
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFilter:
    """The bookings that are wanted: of a state, of a meeting type (None: any), containing each word of `text`."""

    which: Which = Which.UPCOMING
    meeting_id: UUID | None = None
    text: str = ""

    @property
    def soonest_first(self) -> bool:
        return self.which is Which.UPCOMING


@dataclass(frozen=True, slots=True, order=True)
class ListCursor:
    """A booking's place in a list; those that start at the same instant are ordered by id."""

    starts_at: datetime
    id: UUID


def folded(text: str) -> str:
    """The text as it is compared: without case, accents and variants of a letter (Unicode NFKD)."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def matches(wanted: Iterable[str], texts: Iterable[str]) -> bool:
    """Whether each wanted word (folded) occurs somewhere in the texts."""
    within = folded("\n".join(texts))
    return all(word in within for word in wanted)


def near(text: str, names: Iterable[str]) -> str:
    """The name that was probably meant: a word of it is spelt almost like this; "" for none."""
    by_word = {word: name for name in names for word in (folded(name), *re.findall(r"\w+", folded(name)))}
    found = difflib.get_close_matches(folded(text), by_word, n=1, cutoff=_NEAR)
    return by_word[found[0]] if found else ""


def answers_to_search(answers: Iterable[tuple[str, str]], *, plain: Collection[str]) -> list[str]:
    """The answers that may be searched. Those to sensitive or removed questions may not: the latter may have been
    sensitive."""
    return [text for key, text in answers if key in plain]
