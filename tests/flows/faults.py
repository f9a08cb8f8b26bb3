"""What befalls requests on their way to a calendar, as a test stages it: the same words for a calendar in memory and for a
line to a server."""

from collections import Counter, deque
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from calendars.errors import CalendarError

WRITES = ("create", "replace", "delete")
READS = ("get", "changes", "snapshot", "listing", "fetch", "find")
BUSY_S = 20


class Fault(StrEnum):
    DOWN = "down"  # nothing arrives
    BUSY = "busy"  # asked to wait BUSY_S
    REFUSED = "refused"  # the password is not accepted
    LOST = "lost"  # carried out, and an error comes back
    CUT = "cut"  # carried out, and the line is cut before an answer
    HALF = "half"  # the answer ends in the middle
    LATE = "late"  # arrives later, if ever; nobody hears of it
    NOT_FOUND = "not found"  # 404, although something stands there
    IGNORED = "ignored"  # answered as carried out, and it is not
    PAGE = "page"  # not carried out; a page of something else comes back, with a success

    def fits(self, kind: str) -> bool:
        match self:
            case Fault.LATE | Fault.IGNORED | Fault.PAGE:
                return kind in WRITES
            case Fault.NOT_FOUND:
                return kind == "get"
            case Fault.HALF:
                return kind in READS
            case _:
                return True


EVERY = frozenset(Fault)


@dataclass(frozen=True, slots=True)
class _Coming:
    fault: Fault
    on: str | None


class Weather:
    """Between us and one calendar. `hit` counts what really befell a request, `late` holds what arrives later."""

    def __init__(self) -> None:
        self.hit: Counter[str] = Counter()
        self.late: deque[Callable[[], object]] = deque()
        self._coming: list[_Coming] = []

    def stage(self, fault: Fault, *, on: str | None = None, times: int = 1) -> None:
        """For the next `times` requests that it fits (of the kind `on`, a method's name in the port)."""
        self._coming += [_Coming(fault, on)] * times

    def befalls(self, kind: str, *, among: Collection[Fault] = EVERY) -> Fault | None:
        """What becomes of this request; asking uses it up."""
        for coming in self._coming:
            if coming.fault in among and coming.on in (None, kind) and coming.fault.fits(kind):
                self._coming.remove(coming)
                self.hit.update([str(coming.fault), f"{'a writing' if kind in WRITES else 'a reading'} was befallen"])
                return coming.fault
        return None

    def arrive(self) -> None:
        """What was held back longest reaches the server now, as it was sent then."""
        with suppress(CalendarError):
            self.late.popleft()()

    def clear(self) -> None:
        """Nothing staged is left; what is late still is."""
        self._coming.clear()

    @property
    def fair(self) -> bool:
        return not self._coming and not self.late
