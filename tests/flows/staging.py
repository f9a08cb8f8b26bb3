"""What goes wrong between us and the world, staged: requests that arrive late, objects that are "not found" for a moment,
runs that stop in the middle while others go on, mail servers that take a mail and do not say so."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from booking_service.mail.message import OutgoingMail
from booking_service.mail.transport import Delivered, TryLater
from booking_service.pools import HostPools
from calendars.errors import CalendarError, Unavailable
from calendars.memory import MemoryCalendar
from tests.flows.crashing import Killed
from tests.world import KeptMails

T = TypeVar("T")
WRITES = ("create", "replace", "delete")
PATIENCE_S = 60.0


class StagedCalendar:
    """A calendar between which and us the network misbehaves as it is told."""

    def __init__(self, calendar: MemoryCalendar) -> None:
        self.calendar = calendar
        self.hold_back = 0  # so many of the next writes arrive later, if ever; we hear nothing
        self.hide = 0  # so many of the next GETs say "not found"
        self.late: deque[Callable[[], object]] = deque()

    def __getattr__(self, name: str) -> Any:
        if not callable(found := getattr(self.calendar, name)) or name in ("events", "bodies"):
            return found
        return lambda *args, **kwargs: Paused.around(lambda: self._asked(name, found, *args, **kwargs))

    def _asked(self, name: str, method: Callable[..., T], *args: Any, **kwargs: Any) -> T | None:
        if name in WRITES and self.hold_back:
            self.hold_back -= 1
            self.late.append(lambda: method(*args, **kwargs))
            raise Unavailable("no answer in time")
        if name == "get" and self.hide:
            self.hide -= 1
            return None
        return method(*args, **kwargs)

    def arrive(self) -> None:
        """What was held back reaches the server now, as it was sent then."""
        with suppress(CalendarError):
            self.late.popleft()()

    def heal(self) -> None:
        self.hold_back = self.hide = 0
        self.calendar.heal()


class Paused:
    """Work in a thread of its own that stops before or after one of its requests, until it is told to go on.

    Nothing else runs while it runs, so what happens is the same each time.
    """

    _running: ClassVar[dict[int, "Paused"]] = {}

    def __init__(self, work: Callable[[], object], *, request: int, after: bool) -> None:
        self._work, self._stop_at, self._after = work, request, after
        self._seen, self._dead = 0, False
        self._yielded, self._go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.error: BaseException | None = None
        self.over = False

    @classmethod
    def around(cls, ask: Callable[[], T]) -> T:
        """One request of whatever thread asks."""
        paused = cls._running.get(threading.get_ident())
        if paused is None:
            return ask()
        paused._seen += 1
        here = paused._seen == paused._stop_at
        if here and not paused._after:
            paused._wait()
        try:
            return ask()
        finally:
            if here and paused._after:
                paused._wait()

    def start(self) -> "Paused":
        self._thread.start()
        return self._until_it_stops()

    def go_on(self, *, dead: bool = False) -> "Paused":
        """Let it finish; or have its process die where it stands."""
        if self.over:
            return self
        self._dead = dead
        self._yielded.clear()
        self._go.set()
        return self._until_it_stops()

    def _until_it_stops(self) -> "Paused":
        assert self._yielded.wait(PATIENCE_S), "it neither stopped nor ended"
        if self.error is not None:
            raise self.error
        return self

    def _wait(self) -> None:
        self._yielded.set()
        assert self._go.wait(PATIENCE_S)
        if self._dead:
            raise Killed("while it stood there")

    def _run(self) -> None:
        self._running[threading.get_ident()] = self
        try:
            self._work()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            self.error = error
        finally:
            del self._running[threading.get_ident()]
            self.over = True
            self._yielded.set()


class AtOnce(HostPools):
    """Runs what it is given before it returns, so that a run with a browser waiting ends at the same point each time."""

    def __init__(self) -> None:
        super().__init__(threads=1)

    def submit(self, host_id: UUID, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future


@dataclass
class StagedMails(KeptMails):
    """`losing`: so many of the next mails are accepted, and nobody hears of it."""

    losing: int = 0

    def send(self, mail: OutgoingMail) -> Delivered:
        delivered = super().send(mail)
        if self.losing:
            self.losing -= 1
            raise TryLater("the connection broke")
        return delivered

    def heal(self) -> None:
        self.losing = 0
        self.failing.clear()
