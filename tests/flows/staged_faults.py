"""What goes wrong between us and the world, staged: requests that arrive late, objects that are "not found" for a moment,
runs that stop in the middle while others go on, mail servers that take a mail and do not say so."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from booking_service.mail.message import OutgoingMail
from booking_service.mail.transport import Delivered, TryLater
from booking_service.pools import HostPools
from calendars.errors import Busy, CalendarError, Malformed, Refused, Unavailable
from calendars.memory import MemoryCalendar
from tests.flows.crashes import Killed
from tests.flows.faults import BUSY_S, READS, WRITES, Fault, Weather
from tests.world import KeptMails

T = TypeVar("T")
PATIENCE_S = 60.0


class StagedCalendar:
    """A calendar in memory, and the weather between it and us. What the host does there meets none."""

    def __init__(self, calendar: MemoryCalendar) -> None:
        self.calendar, self.weather = calendar, Weather()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.calendar, name)
        if name not in READS and name not in WRITES:
            return found
        return lambda *args, **kwargs: Paused.around(lambda: self._asked(name, lambda: found(*args, **kwargs)))

    def etags(self) -> dict[str, str | None]:
        """What stands there in truth, by the name of each object."""
        return {href.rpartition("/")[2]: etag for href, etag in self.calendar.listing().items()}

    def _asked(self, kind: str, ask: Callable[[], T]) -> T | str | bool | None:
        match self.weather.befalls(kind):
            case None:
                return ask()
            case Fault.NOT_FOUND:
                return None
            case Fault.IGNORED:
                return True if kind == "delete" else '"of nothing"'
            case Fault.PAGE:
                raise Malformed("a page")
            case Fault.BUSY:
                raise Busy("wait", after_s=BUSY_S)
            case Fault.REFUSED:
                raise Refused("password")
            case Fault.LATE:
                self.weather.late.append(ask)
            case Fault.LOST | Fault.CUT | Fault.HALF:
                with suppress(CalendarError):
                    ask()
            case Fault.DOWN:
                pass
        raise Unavailable("no answer in time")


class Paused:
    """Work in a thread of its own that stops before or after one of its requests, until it is told to go on.

    Nothing else runs while it runs, so what happens is the same each time; and whatever is asked then, by any thread, is
    asked on its behalf.
    """

    _now: ClassVar["Paused | None"] = None

    def __init__(self, work: Callable[[], object], *, request: int, after: bool) -> None:
        self._work, self._stop_at, self._after = work, request, after
        self._seen, self._dead = 0, False
        self._yielded, self._go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.error: BaseException | None = None
        self.over = False

    @classmethod
    def around(cls, ask: Callable[[], T]) -> T:
        """One request of whoever runs now. Raises Killed where that is dead."""
        paused = cls._now
        if paused is None:
            return ask()
        paused._breathe()
        paused._seen += 1
        here = paused._seen == paused._stop_at
        if here and not paused._after:
            paused._wait()
        try:
            return ask()
        finally:
            if here and paused._after:
                paused._wait()

    @classmethod
    def alive(cls) -> None:
        """Raises Killed where whoever runs now is dead, and has only not come to know it."""
        if cls._now is not None:
            cls._now._breathe()

    def start(self) -> "Paused":
        Paused._now = self
        self._thread.start()
        return self._until_it_stops()

    def go_on(self, *, dead: bool = False) -> "Paused":
        """Let it finish; or have its process die where it stands."""
        if self.over:
            return self
        Paused._now, self._dead = self, dead
        self._yielded.clear()
        self._go.set()
        return self._until_it_stops()

    def _until_it_stops(self) -> "Paused":
        try:
            assert self._yielded.wait(PATIENCE_S), "it neither stopped nor ended"
        finally:
            Paused._now = None
        if self.error is not None:
            raise self.error
        return self

    def _wait(self) -> None:
        self._yielded.set()
        assert self._go.wait(PATIENCE_S)
        self._breathe()

    def _breathe(self) -> None:
        if self._dead:
            raise Killed("while it stood there")

    def _run(self) -> None:
        try:
            self._work()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            self.error = error
        finally:
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
        except Exception as error:  # noqa: BLE001 - as an executor does; but the dead go no further
            future.set_exception(error)
        return future


@dataclass
class StagedMails(KeptMails):
    """`losing`: so many of the next mails are accepted, and nobody hears of it. `hit` counts what befell a mail."""

    losing: int = 0
    hit: Counter[str] = field(default_factory=Counter)

    def send(self, mail: OutgoingMail) -> Delivered:
        self.hit["a mail was put off"] += bool(self.failing)
        delivered = super().send(mail)
        if self.losing:
            self.losing -= 1
            self.hit["a mail was accepted unheard"] += 1
            raise TryLater("the connection broke")
        return delivered

    def heal(self) -> None:
        self.losing = 0
        self.failing.clear()
