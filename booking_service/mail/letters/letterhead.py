"""Whose letter it is: the name at its top, and the organisation's colour in the inks that can be read."""

from dataclasses import dataclass

from ...domain.colours import WHITE, ink_on, readable
from ...domain.people import Organisation
from ..headers import clean

_USUAL = "#0b5a4a"  # of the pages
_DARK = "#2b2b2b"  # the lightest ground that mail programs show in the dark


@dataclass(frozen=True, slots=True)
class Letterhead:
    """`fill` and `ink`: of the button and what it says; `link` and `link_in_dark`: of links on a white and on a dark
    ground."""

    name: str
    fill: str
    ink: str
    link: str
    link_in_dark: str


def letterhead(organisation: Organisation, otherwise: str) -> Letterhead:
    """Of the organisation, in its colour; `otherwise`: the name to show where no organisation has one."""
    accent = organisation.accent or _USUAL
    return Letterhead(
        name=clean(organisation.name or otherwise),
        fill=accent,
        ink=ink_on(accent),
        link=readable(accent, on=WHITE),
        link_in_dark=readable(accent, on=_DARK),
    )
