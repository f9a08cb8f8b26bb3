"""Menus of forms."""

from dataclasses import dataclass

from ...domain.localized_text import LocalizedText


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An entry of a menu, in the reader's language."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class LocalizedEntry:
    """An entry whose text a host may have written in another language."""

    value: str
    text: LocalizedText
    chosen: bool
