"""The head of a letter: the name at the top, and the organisation's colour in readable shades."""

from dataclasses import dataclass

from ...domain.colours import WHITE, ink_on, readable
from ...domain.people import Organisation
from ..headers import clean

_USUAL = "#0b5a4a"  # as on the pages
_DARK = "#2b2b2b"  # the lightest ground that mail programs use in dark mode


@dataclass(frozen=True, slots=True)
class Letterhead:
    """`fill`, `ink`: of the button and its label. `link`, `link_in_dark`: of links on white and on dark ground."""

    name: str
    fill: str
    ink: str
    link: str
    link_in_dark: str


def letterhead(organisation: Organisation, otherwise: str) -> Letterhead:
    """The organisation's letterhead. `otherwise`: the name where the organisation has none."""
    accent = organisation.accent or _USUAL
    return Letterhead(
        name=clean(organisation.name or otherwise),
        fill=accent,
        ink=ink_on(accent),
        link=readable(accent, on=WHITE),
        link_in_dark=readable(accent, on=_DARK),
    )
