"""Puzzles that a browser works on: ours, for one thing, for ten minutes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from booking_service.crypto import keys
from booking_service.crypto.puzzles import LIFE, MOST, Puzzle, answered, new_puzzle, solved

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)
RING = keys.ring_of("a-secret-for-tests-only-0123456789-abcdefghijk", source="test")
OTHER = keys.ring_of("another-secret-for-tests-only-0123456789-abcdef", source="test")


def worked_out(puzzle: Puzzle) -> int:
    return next(
        number
        for number in range(puzzle.most + 1)
        if sha256(f"{puzzle.salt}{number}".encode()).hexdigest() == puzzle.target
    )


def test_an_answer_counts_for_what_it_was_asked_for_and_for_ten_minutes() -> None:
    puzzle = new_puzzle(RING, "intro 9", now=NOW)
    assert len(puzzle.salt) + len(str(MOST)) <= 55  # one block of SHA-256, which is all that the browser's script does
    number = worked_out(puzzle)
    answer = answered(puzzle, number)
    assert solved(RING, "intro 9", answer, now=NOW) == puzzle.salt
    assert solved(RING, "intro 9", answer, now=NOW + LIFE - timedelta(seconds=1)) == puzzle.salt
    assert solved(RING, "intro 9", answer, now=NOW + LIFE) is None
    assert solved(RING, "intro 10", answer, now=NOW) is None
    assert solved(OTHER, "intro 9", answer, now=NOW) is None
    assert solved(RING, "intro 9", answered(puzzle, number + 1), now=NOW) is None
    later = replace(puzzle, salt=puzzle.salt.replace(puzzle.salt[:10], f"{int(puzzle.salt[:10]) + 600}"))
    made_up = replace(later, target=sha256(f"{later.salt}7".encode()).hexdigest())
    assert solved(RING, "intro 9", answered(made_up, 7), now=NOW) is None


@pytest.mark.parametrize("answer", ["", "x", "1.2.3.4.5", "9" * 200, "\0", "1893456000." + "0" * 16 + "." + "é" * 64])
def test_what_is_no_answer_is_none(answer: str) -> None:
    assert solved(RING, "intro 9", answer, now=NOW) is None


def test_an_older_key_still_tells_its_own_puzzles() -> None:
    puzzle = new_puzzle(OTHER, "intro 9", now=NOW)
    both = keys.KeyRing((*RING.keys, *OTHER.keys))
    assert solved(both, "intro 9", answered(puzzle, worked_out(puzzle)), now=NOW) == puzzle.salt
