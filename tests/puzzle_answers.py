"""What a browser does for a hold while many ask: the puzzle of a time, worked out."""

from datetime import datetime
from hashlib import sha256

from booking_service.actions.access import puzzles
from booking_service.crypto.puzzles import Puzzle, answered
from tests.world import World


def worked_for(w: World, start: datetime) -> str:
    """The answer that a hold of this time of `intro` needs now."""
    puzzle = puzzles.new(w.rt, w.intro.id, start, now=w.now)
    return answered(puzzle, number_of(puzzle))


def number_of(puzzle: Puzzle) -> int:
    begun = sha256(puzzle.salt.encode())
    for number in range(puzzle.most + 1):
        tried = begun.copy()
        tried.update(str(number).encode())
        if tried.hexdigest() == puzzle.target:
            return number
    raise AssertionError("the puzzle has no answer")
