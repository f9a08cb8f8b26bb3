"""What may happen next in a game: methods of the machine, each with a weight and what it is given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Move:
    """`weight`: how often it comes, compared to others. `given`: its keyword arguments."""

    weight: int
    given: st.SearchStrategy[dict[str, Any]]


MOVES: dict[str, Move] = {}


def move(weight: int = 1, **given: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a method a move, by its name."""

    def known(method: Callable[..., None]) -> Callable[..., None]:
        MOVES[method.__name__] = Move(weight, st.fixed_dictionaries(given))
        return method

    return known
