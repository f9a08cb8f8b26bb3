"""Moving the events of coming bookings to the host's present target calendar, when the host asks for it.

The worker moves one event at a time: write it to the new place, count it as standing there, remove the old copy. Before
each request the reservation stores where a second copy may stand (`Reservation.copy`), so whoever comes after a crash
goes on or removes that. Edits by the host to the old copy are taken along. While an event is being moved, its lane is
taken, so that nothing else writes it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlmodel import Session

from calendars.errors import Busy, CalendarError, Precondition, Unavailable
from calendars.port import Calendar

from ...domain.reservation import Copy, Reservation, claim_lane
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import bookings, calendars, meetings, outbox, reservations, timeline
from ...storage.busy import name_of
from ...storage.calendars import Connected
from ...storage.engine import lock_host, snapshot, transaction
from ...storage.outbox import Claimed
from .conflict_check import silence

KIND = "move-event"
_SOON, _LONGEST = timedelta(seconds=5), timedelta(minutes=30)
_STEPS = 4  # for one event at a time: a copy in the way, the event, and once more if things changed
_ANY = "*"  # If-Match: * (RFC 9110 §13.1.1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EventsElsewhere:
    """The number of coming bookings' events outside their present target calendar, by that calendar's name."""

    to: Mapping[str, int]

    @property
    def count(self) -> int:
        return sum(self.to.values())


@dataclass(frozen=True, slots=True)
class MoveProgress:
    """The number of events still to be moved, the number given up, and the reason of the last of those."""

    waiting: int
    given_up: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Task:
    """One step: the reservation as claimed, the calendars, and where its event is to go (None: only its copy is
    removed)."""

    reservation: Reservation
    places: Mapping[UUID, Calendar]
    to: UUID | None


class _Later(Exception):
    """Not possible now, but soon."""


class _GivenUp(Exception):
    """The server refuses the event for good; it stays where it is."""


def elsewhere(rt: Runtime, host_id: UUID, *, now: datetime) -> EventsElsewhere:
    """The events that could be moved, by three statements."""
    with snapshot(rt.engine) as session:
        return EventsElsewhere(Counter(wanted.name for _, wanted in _misplaced(session, host_id, now=now)))


def begin(rt: Runtime, host_id: UUID, *, now: datetime) -> int:
    """Have the worker move all of them. Returns how many."""
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        found = _misplaced(session, host_id, now=now)
        for reservation, _ in found:
            key = f"{_lane(host_id)}{reservation.id}"
            payload = {"reservation_id": str(reservation.id)}
            outbox.wake(session, key, kind=KIND, lane=key, payload=payload, due_at=now, now=now)
    return len(found)


def progress(rt: Runtime, host_id: UUID) -> MoveProgress:
    with snapshot(rt.engine) as session:
        found = outbox.open_with_lane(session, _lane(host_id))
    dead = [each for each in found if each.dead_at is not None]
    return MoveProgress(len(found) - len(dead), len(dead), dead[-1].error if dead else "")


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Move one event to where it belongs now; nothing where it is there, or the booking is over."""
    try:
        _take(rt, UUID(claimed.payload["reservation_id"]))
    except (_Later, CalendarError) as error:
        seconds = getattr(error, "after_s", None) or 0
        wait = max(min(_SOON * 2 ** min(claimed.attempts - 1, 10), _LONGEST), timedelta(seconds=seconds))
        with transaction(rt.engine) as session:
            outbox.postpone(
                session, claimed, until=rt.clock.now() + wait, error=f"{type(error).__name__}: {error}"[:500]
            )
    except _GivenUp as error:
        with transaction(rt.engine) as session:
            outbox.bury(session, claimed, now=rt.clock.now(), error=str(error)[:500])
    else:
        with transaction(rt.engine) as session:
            outbox.finish(session, claimed, now=rt.clock.now())


def _lane(host_id: UUID) -> str:
    return f"{KIND}:{host_id}:"


def _misplaced(session: Session, host_id: UUID, *, now: datetime) -> list[tuple[Reservation, Connected]]:
    connected = calendars.of_host(session, host_id)
    if len(connected) < 2:
        return []
    kinds = {each.id: each for each in meetings.of_host(session, host_id, deleted=True)}
    places = {id: calendars.place_of(connected, each) for id, each in kinds.items()}
    found = ((r, places[kind]) for r, kind in reservations.standing(session, host_id, after=now))
    return [(r, place) for r, place in found if place is not None and place.id != r.calendar_id]


def _take(rt: Runtime, reservation_id: UUID) -> None:
    """Step by step; the process may die after each."""
    for _ in range(_STEPS):
        task = _claim(rt, reservation_id)
        if task is None:
            return
        try:
            _step(rt, task)
        except (CalendarError, _Later, _GivenUp):
            _release(rt, task.reservation)
            raise
        _release(rt, task.reservation)
    raise _Later("it kept changing while it was moved")


def _claim(rt: Runtime, reservation_id: UUID) -> _Task | None:
    """Take the lane, and store where a copy may come to stand; None where nothing is left to do. Raises _Later."""
    with transaction(rt.engine) as session:
        lock_host(session, reservations.get(session, reservation_id).host_id)
        session.expire_all()
        now, before = rt.clock.now(), reservations.get(session, reservation_id)
        to = _destination(session, before, now=now)
        if to is None and before.copy is None:
            return None
        r = claim_lane(before, now=now)
        if r is None:
            raise _Later("it is being written now")
        if r.copy is not None and (to is None or r.copy.calendar_id != to):
            to = None  # a leftover copy is removed first
        elif r.copy is None and to is not None:
            if _restless(r):
                bookings.wake_publishing(session, r.id, due_at=now, now=now)
                raise _Later("its own calendar is being asked about it first")
            r = replace(r, copy=Copy(to, f"{r.uid}.ics"))
        reservations.save(session, r)
        return _Task(r, _opened(rt, session, r, to, now=now), to)


def _restless(r: Reservation) -> bool:
    """Whether a write or a reading is still due, before the event can be moved."""
    return r.marked or r.missing_at is not None or r.base != r.revision or r.verdict is None


def _destination(session: Session, r: Reservation, *, now: datetime) -> UUID | None:
    """Where the event is to go; None where it is right, has none, or the booking is over."""
    booking = bookings.get(session, r.booking_id)
    if r.calendar_id is None or not r.seen or not booking.blocks(now) or booking.time.end <= now:
        return None
    place = calendars.place_of(calendars.of_host(session, r.host_id), meetings.of_booking(session, booking))
    return place.id if place is not None and place.id != r.calendar_id else None


def _opened(
    rt: Runtime, session: Session, r: Reservation, to: UUID | None, *, now: datetime
) -> Mapping[UUID, Calendar]:
    """The calendars that may be asked. Raises Busy: a server asked to wait."""
    found = {}
    for id in {r.calendar_id, to, r.copy.calendar_id if r.copy else None} - {None}:
        connected = calendars.get(session, id)  # type: ignore[arg-type]
        account = calendars.account(session, connected.account_id)
        if pause := account.pause(now):
            raise Busy("the server asked for patience", after_s=pause.total_seconds())
        found[connected.id] = rt.open_calendar(account, connected.url)
    return found


def _step(rt: Runtime, task: _Task) -> None:
    if task.to is None:
        return _remove(rt, task)
    try:
        copied = _copy(task, task.to)
    except Precondition as error:
        raise _Later(str(error)) from error
    except CalendarError as error:
        if not silence(error).final:
            raise
        log.warning("event_not_moved", reservation=str(task.reservation.id), error=type(error).__name__)
        _remove(rt, replace(task, to=None))
        raise _GivenUp(f"{type(error).__name__}: {error}") from error
    if copied is not None and (there := _goes_on(rt, task, copied)) is not None:
        _remove(rt, replace(task, to=None, reservation=there))
    return None


def _copy(task: _Task, to: UUID) -> Copy | None:
    """Write the event to its new place and check that it stands there.

    Returns the place it was copied from; None where it stood nowhere, which is a matter for publishing.
    """
    r = task.reservation
    if r.calendar_id is None:
        return None
    there, name = task.places[to], f"{r.uid}.ics"
    standing = task.places[r.calendar_id].get(r.href)
    if standing is None:
        return None
    _put(there, name, standing.body)
    if there.get(name) is None:
        raise Unavailable("the server said that it stored the event, and shows none")
    return Copy(r.calendar_id, r.href, standing.etag)


def _put(there: Calendar, name: str, body: bytes) -> None:
    """Write the event, over anything that an interrupted run left there. Raises CalendarError."""
    try:
        there.create(name, body)
    except Precondition:
        left = there.get(name)
        if left is None:
            raise
        if left.body != body:
            there.replace(name, body, etag=left.etag or _ANY)


def _goes_on(rt: Runtime, task: _Task, copied: Copy) -> Reservation | None:
    """From here on the event stands in the new calendar, and the old one is the copy. None: the lane was lost."""
    with transaction(rt.engine) as session:
        r, now = _own(session, task.reservation), rt.clock.now()
        if r is None or task.to is None:
            return None
        moved = replace(r, calendar_id=task.to, href=f"{r.uid}.ics", etag=None, unshown=0, copy=copied)
        reservations.save(session, moved)
        timeline.add(session, r.booking_id, Happened.PUT_ELSEWHERE, by="calendar", at=now)
        return moved


def _remove(rt: Runtime, task: _Task) -> None:
    """Remove the second copy, taking along what the host did to it since, and mark the event for a reading.

    Raises CalendarError, _Later.
    """
    r, copy = task.reservation, task.reservation.copy
    if copy is not None and not (copy.calendar_id == r.calendar_id and name_of(copy.href) == name_of(r.href)):
        try:
            _removed(task, r, copy)
        except Precondition as error:
            raise _Later(str(error)) from error
    with transaction(rt.engine) as session:
        own, now = _own(session, r), rt.clock.now()
        if own is not None:
            reservations.save(session, replace(own, copy=None))
            reservations.mark(session, [own.id])
            bookings.wake_publishing(session, own.id, due_at=now, now=now)


def _removed(task: _Task, r: Reservation, copy: Copy) -> None:
    there = task.places[copy.calendar_id]
    left = there.get(copy.href)
    if left is None:
        return
    changed = copy.etag is not None and left.etag is not None and left.etag != copy.etag
    if changed and r.calendar_id is not None:
        own = task.places[r.calendar_id]
        standing = own.get(r.href)
        if standing is not None:
            own.replace(r.href, left.body, etag=standing.etag or _ANY)
    there.delete(copy.href, etag=left.etag)


def _own(session: Session, claimed: Reservation) -> Reservation | None:
    """The reservation as it now is, its host locked; None where another run has its lane."""
    lock_host(session, claimed.host_id)
    session.expire_all()
    now_is = reservations.get(session, claimed.id)
    return now_is if now_is.fence == claimed.fence else None


def _release(rt: Runtime, claimed: Reservation) -> None:
    with transaction(rt.engine) as session:
        if (r := _own(session, claimed)) is not None:
            reservations.save(session, replace(r, lane_until=None))
