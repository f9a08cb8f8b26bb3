"""Colours chosen in the setup, and whether text on them is readable: contrast by WCAG 2.2."""

import re
from dataclasses import dataclass
from functools import lru_cache

BLACK, WHITE = "#000000", "#ffffff"
LEAST_CONTRAST = 4.5  # of text against its ground (WCAG 2.2, 1.4.3)
_HEX = re.compile(r"#(?:[0-9a-f]{3}){1,2}")
_STEPS = 50
_MIST = 0.1  # share of the colour in the tinted ground


def read_colour(written: str) -> str:
    """The colour as lower-case #rrggbb; #rgb is accepted. Raises ValueError: no such colour."""
    colour = written.strip().lower()
    if _HEX.fullmatch(colour) is None:
        raise ValueError('write a colour like "#0b5a4a"')
    return colour if len(colour) == 7 else "#" + "".join(digit * 2 for digit in colour[1:])


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2: 1 for equal colours, 21 for black on white."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(fill: str) -> str:
    """Black or white, whichever has more contrast on `fill`; it is always at least LEAST_CONTRAST."""
    return max((WHITE, BLACK), key=lambda ink: contrast(ink, fill))


@lru_cache(maxsize=256)  # few different colours, asked for by every page and mail
def readable(colour: str, *, on: str) -> str:
    """The colour if it has enough contrast on the ground `on`, else the nearest darker or lighter one that has."""
    towards = ink_on(on)
    shades = (_between(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next(shade for shade in shades if contrast(shade, on) >= LEAST_CONTRAST)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of pages on one ground: `leaf` for buttons and links, `on_leaf` for text on them, `mist` for a tinted
    ground.

    Each has at least LEAST_CONTRAST against what it stands on.
    """

    leaf: str
    on_leaf: str
    mist: str


def palette(accent: str, *, ground: str) -> Palette:
    """The palette of an accent colour, which is moved to the nearest shade that is readable on `ground` and `mist`."""
    mist = _between(ground, accent, _MIST)
    leaf = readable(readable(accent, on=mist), on=ground)
    return Palette(leaf, ink_on(leaf), mist)


def _between(one: str, other: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_channels(one), _channels(other), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, terms), from 0 for black to 1 for white."""
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
