"""All that is kept of a person as a document to read: headings, and under each its facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...language import Language

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Chapter:
    """`groups`: one for each thing, as label and text."""

    title: str
    groups: tuple[tuple[Fact, ...], ...]


@dataclass(frozen=True, slots=True)
class DataView:
    title: str
    lead: str
    chapters: tuple[Chapter, ...]


def data_view(given: Mapping[str, Any], language: Language) -> DataView:
    """The same facts as for programs, none left out. The labels of facts are those of the file for programs."""
    return DataView(
        title=language.text("Your data"),
        lead=language.text(
            "Held by {organisation}, as of {time} (UTC).", organisation=given["held_by"], time=given["as_of"]
        ),
        chapters=(
            Chapter(language.text("You"), (tuple(_facts(given["person"])),)),
            _chapter(language.text("Bookings"), given["bookings"]),
            _chapter(language.text("What stands"), given["consents"]),
            _chapter(language.text("What was said"), given["entries"]),
            _chapter(language.text("Emails"), given["mails"]),
            _chapter(language.text("Messages to you"), given["messages"]),
            _chapter(language.text("Who looked at it"), given["looked_at"]),
        ),
    )


def _chapter(title: str, things: Iterable[Mapping[str, Any]]) -> Chapter:
    return Chapter(title, tuple(tuple(_facts(each)) for each in things))


def _facts(thing: Mapping[str, Any], within: str = "") -> Iterable[Fact]:
    for key, value in thing.items():
        label = f"{within}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from _facts(value, f"{label} · ")
        elif isinstance(value, list):
            yield label, "\n".join(_line(each) for each in value) or "–"
        else:
            yield label, str(value) if value not in (None, "") else "–"


def _line(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text}" for key, text in value.items())
    return str(value)
