"""Limits on page views by network, counted in memory, as viewing must not write.

Anything that changes data is limited in the database by its action (actions/access/limits.py), for all processes
together.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from ...config.notation import Left, Rate
from ...domain.errors import TooManyRequests
from ...domain.freshness import CLOCKS_DIFFER

MOST_KEPT = 20_000  # networks; the one that was quiet longest is dropped first


class Throttle:
    """Sliding windows by rule and network. Safe to share among threads."""

    def __init__(self) -> None:
        self._uses: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def use(self, rule: str, network: str, rates: Sequence[Rate], *, now: datetime) -> None:
        """Count one use. Raises TooManyRequests: nothing is counted."""
        if not rates:
            return
        with self._lock:
            uses = self._uses.get((rule, network)) or deque(maxlen=max(rate.count for rate in rates))
            while uses and uses[-1] > now + CLOCKS_DIFFER:  # noted by a clock that has been set back since
                uses.pop()
            _refuse(rule, uses, rates, now=now)
            uses.append(now)
            self._uses[rule, network] = uses
            self._uses.move_to_end((rule, network))
            while len(self._uses) > MOST_KEPT:
                self._uses.popitem(last=False)

    def left(self, rule: str, network: str, rates: Sequence[Rate], *, now: datetime) -> Left | None:
        """By the rate of which least is left; None without a limit."""
        with self._lock:
            uses = tuple(self._uses.get((rule, network), ()))
        return min((_left(uses, rate, now=now) for rate in rates), key=lambda left: left.count, default=None)


def _left(uses: Sequence[datetime], rate: Rate, *, now: datetime) -> Left:
    counted = [each for each in uses if each > now - rate.per]
    return Left(rate, rate.count - len(counted), counted[0] + rate.per if counted else now)


def _refuse(rule: str, uses: deque[datetime], rates: Sequence[Rate], *, now: datetime) -> None:
    for rate in rates:
        if len(uses) >= rate.count and uses[-rate.count] > now - rate.per:
            raise TooManyRequests(f"{rule}: {rate.count} uses", again_at=uses[-rate.count] + rate.per)
