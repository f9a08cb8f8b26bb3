"""Dying at a chosen step: before a transaction begins, before it commits, before and after each request to a calendar or a
mail server. What a killed process leaves behind is exactly what was committed and what servers were told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from booking_service.mail.message import OutgoingMail
from booking_service.mail.transport import Delivered, Transport
from calendars.port import Calendar


class Killed(BaseException):
    """The process is gone. Not an Exception: nothing of ours may catch it and go on."""


class Steps:
    """Counts steps and dies at the chosen one. Names what it died at."""

    def __init__(self, *, die_at: int | None = None) -> None:
        self.taken: list[str] = []
        self._die_at = die_at
        self._dead = False

    def step(self, name: str) -> None:
        if self._dead:
            raise Killed(name)  # other threads of a dead process are dead as well
        self.taken.append(name)
        if len(self.taken) == self._die_at:
            self._dead = True
            raise Killed(name)


@contextmanager
def transactions_counted(engine: Engine, steps: Steps) -> Iterator[None]:
    def begins(_: Any) -> None:
        steps.step("a transaction begins")

    def commits(_: Any) -> None:
        steps.step("a transaction commits")

    event.listen(engine, "begin", begins, insert=True)
    event.listen(engine, "commit", commits)
    try:
        yield
    finally:
        event.remove(engine, "begin", begins)
        event.remove(engine, "commit", commits)


class CountedCalendar:
    """The same calendar; each request is two steps, one before the server has it and one after it has done it."""

    def __init__(self, calendar: Calendar, steps: Steps) -> None:
        self._calendar, self._steps = calendar, steps

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._calendar, name)

        def asked(*args: Any, **kwargs: Any) -> Any:
            self._steps.step(f"{name} is about to be asked")
            answer = method(*args, **kwargs)
            self._steps.step(f"{name} was answered")
            return answer

        return asked


class CountedTransport:
    def __init__(self, transport: Transport, steps: Steps) -> None:
        self._transport, self._steps = transport, steps

    def send(self, mail: OutgoingMail) -> Delivered:
        self._steps.step("a mail is about to be sent")
        delivered = self._transport.send(mail)
        self._steps.step("a mail was accepted")
        return delivered
