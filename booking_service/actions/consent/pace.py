"""The size of the pieces of long jobs, so that other writers get through between them."""

from dataclasses import dataclass
from time import sleep

from ...runtime import Runtime
from ...storage.engine import move_journal

MOST, _LEAST = 100, 25
TURN_S = 20.0  # within one claim, whose lease is longer
_HELD_S = 0.03  # how long a piece may block other writers
_MOVED_EACH = 4  # pieces: some 500 pages, half of a journal that SQLite moves by itself in somebody's commit


@dataclass(slots=True)
class Pace:
    """How many lines or contacts make up a piece, so that it blocks writers only briefly; learnt from earlier
    pieces."""

    size: int = _LEAST
    pieces: int = 0

    def learn(self, size: int, held: float) -> None:
        """`held`: seconds for which a piece of that size blocked writers."""
        fitting = int(size * _HELD_S / max(held, 0.001))
        self.size = max(_LEAST, min(fitting, 2 * self.size, MOST))


def rest(rt: Runtime, pace: Pace | None, size: int, *, held: float) -> None:
    """Rest as long as a piece of that size blocked other writers. `held`: seconds."""
    if pace is not None:
        pace.learn(size, held)
        pace.pieces += 1
        if pace.pieces % _MOVED_EACH == 0:
            move_journal(rt.engine)
    sleep(held)
