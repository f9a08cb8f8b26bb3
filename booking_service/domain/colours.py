"""Colours as a setup names them, and what can be read on them: contrast by WCAG 2.2."""

import re
from dataclasses import dataclass
from functools import lru_cache

BLACK, WHITE = "#000000", "#ffffff"
LEAST_CONTRAST = 4.5  # of text (WCAG 2.2, 1.4.3)
_HEX = re.compile(r"#(?:[0-9a-f]{3}){1,2}")
_STEPS = 50
_MIST = 0.1  # how much of the colour the ground behind it has


def read_colour(written: str) -> str:
    """A colour as #rrggbb in small letters; #rgb is understood. Raises ValueError: it is none."""
    colour = written.strip().lower()
    if _HEX.fullmatch(colour) is None:
        raise ValueError('write a colour like "#0b5a4a"')
    return colour if len(colour) == 7 else "#" + "".join(digit * 2 for digit in colour[1:])


def contrast(one: str, other: str) -> float:
    """From 1 for one and the same colour to 21 for black and white."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(fill: str) -> str:
    """Black or white, whichever reads better on `fill`: one of them always has LEAST_CONTRAST."""
    return max((WHITE, BLACK), key=lambda ink: contrast(ink, fill))


@lru_cache(maxsize=256)  # colours are few, and each page and mail asks
def readable(colour: str, *, on: str) -> str:
    """The colour itself where it reads well `on` a ground, else the nearest to it that does, darker or lighter."""
    towards = ink_on(on)
    shades = (_between(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next(shade for shade in shades if contrast(shade, on) >= LEAST_CONTRAST)


@dataclass(frozen=True, slots=True)
class Palette:
    """What pages draw in one colour, on light and dark ground: `leaf` what is pressed and followed, `on_leaf` the words on
    it, `mist` the ground that goes with it. Each reads on the other (LEAST_CONTRAST)."""

    leaf: str
    on_leaf: str
    mist: str


def palette(accent: str, *, ground: str) -> Palette:
    """The colour where it reads on the ground and on the mist between the two, else the nearest to it that does."""
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
