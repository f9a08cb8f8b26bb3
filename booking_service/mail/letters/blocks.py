"""The content of a mail as blocks, from which its text and its HTML are both written, so that they can't differ."""

from dataclasses import dataclass
from typing import ClassVar

from ...domain.localized_text import NO_WORDS, LocalizedText
from ...language import Language
from ...rendering import render
from .letterhead import Letterhead


@dataclass(frozen=True, slots=True)
class Says:
    """A paragraph. A host's own text replaces it, unless it has to be said.

    `unless`: the placeholder that says it instead; "": nothing does; None: it may be replaced.
    """

    form: ClassVar[str] = "says"
    text: str
    unless: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of the table. `gone`: it was so before. `url`: the text is a link to it.

    `foreign`, `label_foreign`: the language of text or label where it isn't the letter's.
    """

    label: str
    text: str
    gone: bool = False
    url: str = ""
    foreign: str = ""
    label_foreign: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The table: what, when, where, who."""

    form: ClassVar[str] = "table"
    rows: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """The main button, for the one thing that the mail asks for."""

    form: ClassVar[str] = "button"
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class FurtherLink:
    """A further link."""

    form: ClassVar[str] = "way"
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Code:
    """Digits to be typed elsewhere, with a sentence that says where."""

    form: ClassVar[str] = "code"
    text: str
    digits: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What a person wrote, and who."""

    form: ClassVar[str] = "quote"
    label: str
    text: str


Block = Says | Table | Button | FurtherLink | Code | Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail's subject and content in `language`.

    `imprint`: who is responsible, in the footer; `imprint_foreign`: its language where it is another one.
    `preferences`: the link to the reader's data options. `footer`: the organisation's own words above it.
    """

    language: Language
    subject: str
    blocks: tuple[Block, ...]
    imprint: tuple[str, ...] = ()
    imprint_foreign: str = ""
    privacy: str = ""
    preferences: FurtherLink | None = None
    footer: LocalizedText = NO_WORDS


def written(letter: Letter, head: Letterhead) -> tuple[str, str]:
    """The letter as plain text, and as HTML below its head."""
    return (
        render("mail/letter.txt", language=letter.language, view=letter),
        render("mail/letter.html", language=letter.language, view=letter, head=head),
    )
