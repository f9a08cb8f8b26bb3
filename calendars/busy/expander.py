"""Busy time of the objects of one pull."""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from ..model import Period
from .reading import busy_of_all
from .rules import BusyReading, BusyRules


class Expander:
    """Reads calendar objects."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, bodies: Iterable[bytes], window: Period, rules: BusyRules) -> list[BusyReading]:
        """One reading per object, in their order."""
        return busy_of_all(bodies, window=window, rules=rules)

    def close(self) -> None:
        """Nothing is held."""
