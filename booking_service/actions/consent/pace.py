"""How much work a piece of a long piece takes, so that others find room to write between two of them."""

from dataclasses import dataclass

MOST, _LEAST = 100, 25
TURN_S = 20.0  # of one claim, which lasts longer
_HELD_S = 0.03  # for which one may keep others from writing


@dataclass(slots=True)
class Pace:
    """How many lines or contacts are taken at a time: as many as keep others from writing for a moment, going by those
    before them."""

    size: int = _LEAST

    def learn(self, size: int, held: float) -> None:
        """`held`: seconds for which a piece of that size kept others from writing."""
        fitting = int(size * _HELD_S / max(held, 0.001))
        self.size = max(_LEAST, min(fitting, 2 * self.size, MOST))
