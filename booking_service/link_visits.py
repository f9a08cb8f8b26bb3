"""Opened mailed links, noted in memory until a timer writes them (actions/access/link_opens.py)."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

MOST = 2000  # waiting notes; more are a flood, of which the latest suffice


@dataclass(frozen=True, slots=True)
class Visit:
    """One opening. `network`: a keyed hash, which tells places apart without naming them."""

    booking_id: UUID
    at: datetime
    purpose: str
    method: str
    agent: str
    network: str


class Visits:
    """Waiting notes: one for each minute, link and reader, as reloads don't matter."""

    def __init__(self) -> None:
        self._waiting: deque[Visit] = deque(maxlen=MOST)
        self._lock = Lock()

    def add(self, visit: Visit) -> None:
        with self._lock:
            if not any(_same(visit, other) for other in list(self._waiting)[-50:]):
                self._waiting.append(visit)

    def take(self) -> list[Visit]:
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
            return taken


def _same(one: Visit, other: Visit) -> bool:
    def told(each: Visit) -> tuple[object, ...]:
        return (
            each.booking_id,
            each.purpose,
            each.method,
            each.agent,
            each.network,
            each.at.replace(second=0, microsecond=0),
        )

    return told(one) == told(other)
