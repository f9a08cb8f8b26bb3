"""What a mail says, put down once: its text and its HTML are two ways to write the same letter,
so they can't differ."""

from dataclasses import dataclass
from typing import ClassVar

from ...domain.localized_text import NO_WORDS, LocalizedText
from ...language import Language
from ...rendering import render
from .letterhead import Letterhead


@dataclass(frozen=True, slots=True)
class Says:
    """A paragraph of our own words. A host's text takes its place, unless it has to be said all the same: `unless`
    is the placeholder that says it, empty where none does."""

    form: ClassVar[str] = "says"
    text: str
    unless: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the table. `gone`: it held before; `url`: the text leads there; `foreign` and `label_foreign`: the
    language of text or label where it isn't the letter's."""

    label: str
    text: str
    gone: bool = False
    url: str = ""
    foreign: str = ""
    label_foreign: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What, when, where, who."""

    form: ClassVar[str] = "table"
    rows: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """The one thing that the mail asks for."""

    form: ClassVar[str] = "button"
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Way:
    """Somewhere else to go."""

    form: ClassVar[str] = "way"
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Code:
    """Digits to be typed elsewhere, and a sentence that says where."""

    form: ClassVar[str] = "code"
    text: str
    digits: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What a person wrote, and who."""

    form: ClassVar[str] = "quote"
    label: str
    text: str


Block = Says | Table | Button | Way | Code | Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail's subject and content in `language`. `imprint`: who is responsible for the mail, below the line;
    `imprint_foreign`: its language where it is another one. `preferences`: where its reader sees and ends what is done
    with their data; `footer`: the organisation's own words above that."""

    language: Language
    subject: str
    blocks: tuple[Block, ...]
    imprint: tuple[str, ...] = ()
    imprint_foreign: str = ""
    privacy: str = ""
    preferences: Way | None = None
    footer: LocalizedText = NO_WORDS


def written(letter: Letter, head: Letterhead) -> tuple[str, str]:
    """The letter as plain text, and as HTML below its head."""
    return (
        render("mail/letter.txt", language=letter.language, view=letter),
        render("mail/letter.html", language=letter.language, view=letter, head=head),
    )
