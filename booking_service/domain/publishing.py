"""Making the calendar show what was decided: one run, request by request, and what it concludes.

Several parties touch one event: this process, another one, a worker whose lease expired in the middle of a request, the
host's own client, a server that answers "not found" for a moment. The rules below were searched exhaustively for
interleavings that lose an edit, leave an orphan, or announce what does not stand. Each guard that looks superfluous has
a test in tests/domain/test_publishing.py that shows what happens without it.

`run` is a generator: it yields what to ask the server and is sent the answer, so the rules need no I/O and a test can
give any answer. It works from the snapshot taken when the lane was claimed, never from today's row.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from .interval import Interval
from .reservation import Reservation, Status, WantedEvent

GRACE = timedelta(seconds=30)  # between two "not found" that together prove a deletion
PATIENCE = timedelta(seconds=60)  # how long a hold without a verdict waits for its calendar
ANNOUNCE_AFTER = timedelta(seconds=30)  # a confirmed booking is announced although the calendar does not answer
EXCHANGES = 6  # requests in one run, then the next run continues


# --- what a run asks, and the possible answers


@dataclass(frozen=True, slots=True)
class Get:
    pass


@dataclass(frozen=True, slots=True)
class Create:
    """PUT If-None-Match: *"""


@dataclass(frozen=True, slots=True)
class Replace:
    """PUT If-Match. `merge`: what stands was read just now, and the host's properties are kept."""

    etag: str | None
    merge: bool


@dataclass(frozen=True, slots=True)
class Delete:
    etag: str | None


@dataclass(frozen=True, slots=True)
class Find:
    """Search the host's calendars for the UID: hosts move events, and servers rename them."""


Ask = Get | Create | Replace | Delete | Find


@dataclass(frozen=True, slots=True)
class Present:
    """The event is there, with this time and status.

    `revision`: the one it carries; None where a client dropped our properties. `run`: the PUT that it stems from, as in
    `Reservation`.
    """

    revision: int | None
    time: Interval
    status: Status
    etag: str | None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """404 or 410."""


@dataclass(frozen=True, slots=True)
class Done:
    """The server says that the write was carried out.

    `etag`: None where it told none. `clean`: nothing of the host's was merged. `run`: the PUT that the event stems
    from.
    """

    etag: str | None
    clean: bool = True
    run: str | None = None


@dataclass(frozen=True, slots=True)
class NotDone:
    """A precondition failed: the event is not as assumed."""


@dataclass(frozen=True, slots=True)
class Silence:
    """No usable answer; the request may have been carried out.

    `final`: a repeat can't help. `after`: how long the server asked us to wait.
    """

    reason: str
    final: bool = False
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The event stands at another address of the host's: an answer to Find, and then the run's finding."""

    calendar_id: UUID
    href: str


Answer = Present | Absent | Done | NotDone | Silence | Elsewhere


# --- what a run found


@dataclass(frozen=True, slots=True)
class Stands:
    """The event is as the snapshot wants it.

    `etag`: only where it can be relied on. `written`: known only by the success of our own write. `run`: the PUT that
    it stems from, where that is known.
    """

    etag: str | None
    written: bool = False
    run: str | None = None


@dataclass(frozen=True, slots=True)
class HostMoved:
    """The host moved the event to `time`; `revision` is the one that the event carries."""

    time: Interval
    revision: int


@dataclass(frozen=True, slots=True)
class HostCancelled:
    """The host set STATUS:CANCELLED in their own client."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The event stood once, and does not stand now."""


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no event, as wanted. `proven`: our DELETE succeeded (`written`), or nothing was ever sent."""

    proven: bool
    written: bool = False


@dataclass(frozen=True, slots=True)
class Superseded:
    """The event carries a newer `revision` than the snapshot's."""

    revision: int


Finding = Stands | HostMoved | HostCancelled | Missing | Gone | Superseded | Elsewhere | Silence
Run = Generator[Ask, Answer, Finding]


@dataclass(frozen=True, slots=True)
class ClaimedState:
    """What a run works from: the reservation as claimed, the event it should have, whether the server honours
    preconditions."""

    reservation: Reservation
    wanted: WantedEvent | None
    guards: bool = True


def run(snapshot: ClaimedState, *, read_first: bool = False) -> Run:
    """One run of at most EXCHANGES requests. `read_first`: a conflict check did not see our event, so read before
    writing."""
    if not read_first and (settled := _without_asking(snapshot)) is not None:
        return settled
    answer: Answer | None = None
    if not read_first and (ask := _without_reading(snapshot)) is not None:
        answer = yield ask
        if isinstance(answer, Done):
            return _written(snapshot, answer)
    for _ in range(EXCHANGES // 2):
        found = yield Get()
        if isinstance(found, Absent) and _may_stand_elsewhere(snapshot, refused=isinstance(answer, NotDone)):
            found = yield Find()
        finding = _concluded(snapshot, found)
        if finding is not None:
            return finding
        answer = yield _write(snapshot, found)
        if isinstance(answer, Done):
            return _written(snapshot, answer)
        if isinstance(answer, Absent) and snapshot.wanted is None:
            return Gone(proven=False)
        if isinstance(answer, Silence) and answer.final:
            return answer
    return answer if isinstance(answer, Silence) else Silence("the event kept changing while it was written")


def _without_asking(snapshot: ClaimedState) -> Finding | None:
    """The finding where no request is needed: nothing was ever sent nor is wanted, or our last write stands
    unmarked."""
    r = snapshot.reservation
    if snapshot.wanted is None:
        return None if r.touched or r.seen or r.marked else Gone(proven=True)
    quiet = not r.marked and r.missing_at is None
    return Stands(r.etag) if quiet and r.etag is not None and r.base == r.revision else None


def _without_reading(snapshot: ClaimedState) -> Ask | None:
    """The first request where no reading is needed: the event never stood, or is as our last write left it."""
    r = snapshot.reservation
    if not snapshot.guards or r.marked or r.missing_at is not None:
        return None
    if not r.seen and not r.touched:
        return Create() if snapshot.wanted is not None else None
    if r.etag is None:
        return None
    return Delete(r.etag) if snapshot.wanted is None else Replace(r.etag, merge=False)


def _may_stand_elsewhere(snapshot: ClaimedState, *, refused: bool) -> bool:
    """Whether "not found" may mean another address: it may have stood, must go, or a write was refused just now."""
    r = snapshot.reservation
    return r.seen or r.touched or snapshot.wanted is None or refused


def _concluded(snapshot: ClaimedState, found: Answer) -> Finding | None:
    """The finding that a reading leads to; None where something must be written."""
    match found:
        case Absent():
            if snapshot.wanted is None:
                return Gone(proven=False)
            return Missing() if snapshot.reservation.seen else None
        case Present():
            return _of_present(snapshot, found)
        case Silence() | Elsewhere():
            return found
        case Done() | NotDone():
            return Silence("the server answered a reading like a writing")


def _of_present(snapshot: ClaimedState, found: Present) -> Finding | None:
    r, want = snapshot.reservation, snapshot.wanted
    carried = found.revision if found.revision is not None else r.base if r.base is not None else r.revision
    if carried > r.revision:
        return Superseded(carried)
    if want is None:
        return None
    late = _came_late(r, found)
    if late and snapshot.guards and r.seen:
        return Missing()
    base = r.times.get(carried)
    if found.status is Status.CANCELLED:
        return HostCancelled()
    if base is not None and found.time != base and not late:
        return HostMoved(found.time, carried)
    as_wanted = found.revision == r.revision and found.time == want.time and found.status is want.status
    return Stands(None, run=found.run) if as_wanted else None


def _came_late(r: Reservation, found: Present) -> bool:
    """Whether the event stems from another PUT of ours than the event that is known to have stood.

    The answer to a first PUT was lost, a second one stood, and the host moved and then deleted that event. Now the
    first PUT arrives: with the old time, as if the host had moved it back, although nobody edited it.
    """
    return r.run is not None and found.run is not None and found.run != r.run


def _write(snapshot: ClaimedState, found: Answer) -> Ask:
    if not isinstance(found, Present):
        return Create()
    return Delete(found.etag) if snapshot.wanted is None else Replace(found.etag, merge=True)


def _written(snapshot: ClaimedState, answer: Done) -> Finding:
    if snapshot.wanted is None:
        return Gone(proven=True, written=True)
    return Stands(answer.etag if answer.clean else None, written=True, run=answer.run)
