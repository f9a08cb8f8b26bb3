"""Notes of which mailed links were opened, kept in this process until a timer writes them down (actions/access/link_opens.py)."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

MOST = 2000  # notes that wait; more than that is a flood, and the latest tell enough


@dataclass(frozen=True, slots=True)
class Visit:
    """`network` as a keyed hash: two visits from one place can be told, the place can't."""

    booking_id: UUID
    at: datetime
    purpose: str
    method: str
    agent: str
    network: str


class Visits:
    """Notes that wait to be written down. One for each minute, link and reader: a reload is not news."""

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
