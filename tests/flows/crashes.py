"""Dying right before any one thing that would last: a transaction that changes something, a request that writes to a
calendar, a mail that is handed over.

What a killed process leaves behind is exactly what was committed and what servers were told. So dying anywhere between
two effects leaves the same behind as dying right before the later one, and these points are all the points there are.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from booking_service.mail.message import OutgoingMail
from booking_service.mail.transport import Delivered, Transport
from calendars.port import Calendar

_WRITES = ("create", "replace", "delete")


class Killed(BaseException):
    """The process is gone. Not an Exception: nothing of ours may catch it and go on."""


class Steps:
    """Counts effects and dies right before the chosen one. Names what it died before."""

    def __init__(self, *, die_at: int | None = None) -> None:
        self.taken: list[str] = []
        self._die_at = die_at
        self._dead = False

    @property
    def died(self) -> bool:
        return self._dead

    def step(self, name: str) -> None:
        if self._dead:
            raise Killed(name)  # other threads of a dead process are dead as well
        self.taken.append(name)
        if len(self.taken) == self._die_at:
            self._dead = True
            raise Killed(name)

    def breathe(self) -> None:
        """Where a dead process would go on."""
        if self._dead:
            raise Killed("dead already")


@contextmanager
def transactions_counted(engine: Engine, steps: Steps) -> Iterator[None]:
    """Every transaction of this thread's or another's that changes rows of `engine` (SQLite) is a step, before it commits."""
    changes = threading.local()

    def begins(connection: Connection) -> None:
        steps.breathe()
        changes.before = _changes(connection)

    def commits(connection: Connection) -> None:
        if _changes(connection) != changes.before:
            steps.step("a transaction commits")

    event.listen(engine, "begin", begins)
    event.listen(engine, "commit", commits)
    try:
        yield
    finally:
        event.remove(engine, "begin", begins)
        event.remove(engine, "commit", commits)


class CountedCalendar:
    """The same calendar; each request that writes is a step, before the server has it. With `reads` every request is."""

    def __init__(self, calendar: Calendar, steps: Steps, *, reads: bool = False) -> None:
        self._calendar, self._steps, self._reads = calendar, steps, reads

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._calendar, name)

        def asked(*args: Any, **kwargs: Any) -> Any:
            self._steps.breathe()
            if self._reads or name in _WRITES:
                self._steps.step(f"{name} is asked")
            return method(*args, **kwargs)

        return asked


class CountedTransport:
    def __init__(self, transport: Transport, steps: Steps) -> None:
        self._transport, self._steps = transport, steps

    def send(self, mail: OutgoingMail) -> Delivered:
        self._steps.step("a mail is sent")
        return self._transport.send(mail)


def _changes(connection: Connection) -> int:
    total: int = connection.connection.driver_connection.total_changes  # type: ignore[union-attr]  # sqlite3's own
    return total
