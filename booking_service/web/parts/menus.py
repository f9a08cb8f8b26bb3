"""Menus of forms."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a menu."""

    value: str
    text: str
    chosen: bool
