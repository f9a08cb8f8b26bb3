"""Removing erased people from the events of past bookings in their hosts' calendars. The events themselves stay.

It is owed in the transaction that erases. What we wrote must be known to recognise it among the host's own words, so it
waits sealed in the effect, and goes with it. A run either writes or concludes: half a minute after a write the next run
reads again, and only a reading without any trace ends it, so a server that claims to have stored it is asked again. A
calendar that is silent or disconnected keeps the effect waiting, visible to staff, but does not delay the erasure
itself.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlmodel import Session

from calendars.errors import Busy, CalendarError, Explanation, Precondition, Unavailable, explain_kind
from calendars.ical.erasure import without
from calendars.model import StoredObject
from calendars.port import Calendar

from ...crypto import keys
from ...crypto.ids import new_id
from ...crypto.keys import KeyTrouble
from ...domain.booking import Booking
from ...domain.people import HOLD_MARK_LENGTH
from ...domain.publishing import GRACE
from ...domain.reservation import Reservation, claim_lane
from ...invites import host_event
from ...runtime import Runtime
from ...storage import bookings, busy, calendars, hosts, meetings, outbox, reservations
from ...storage.busy import name_of
from ...storage.calendars import Connected
from ...storage.engine import lock_host, snapshot, transaction
from ...storage.outbox import Claimed
from .conflict_check import silence

KIND = "erase-event"
SEALED = "sealed"  # in the payload: what we wrote, and whom it named
DISCONNECTED = "Disconnected"  # prefix of the error where the calendar is not connected
_MARKED = "mac:"  # precedes the mark of a text that may not be stored (sealed_answers.description_marks)
_MISSING = "missing"
_SOON, _LONGEST, _DAILY = timedelta(seconds=5), timedelta(hours=6), timedelta(days=1)
_ANY = "*"  # If-Match: * (RFC 9110 §13.1.1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnerasedEvent:
    """An event that still names the erased person. `number`: the effect's id. `calendar`: "" where it is disconnected.

    `trouble`: why the last try failed; None before the first one, and while the event is read again. `dead`: it was
    given up.
    """

    number: int
    host: str
    calendar: str
    booked_at: datetime
    since: datetime
    again_at: datetime
    trouble: Explanation | None
    dead: bool


@dataclass(frozen=True, slots=True)
class _Removal:
    """What to remove: our own texts with their replacements, and full names and addresses."""

    ours: Mapping[str, str]
    people: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """`places`: where the event is known to stand, as calendar and href. `others`: where else it may.

    `connected`: its own calendar is. `doubtful`: that calendar lost many events at once, so absence proves nothing.
    """

    reservation: Reservation
    places: Sequence[tuple[Calendar, str]]
    others: Sequence[Calendar]
    connected: bool
    doubtful: bool


class _Later(Exception):
    """Not possible now, but soon."""


def owe(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> int:
    """Owe the removal of everything that the invitee entered, before it is erased here. Returns the number of
    events."""
    meeting, host = meetings.of_booking(session, booking), hosts.get(session, booking.host_id)

    def removal_of(r: Reservation) -> _Removal:
        event = host_event(booking, uid=r.uid, host=host, meeting=meeting, now=now)
        titles = [event.summary, *reservations.kept_texts(session, r.id, "summary")]
        descriptions = [event.description, *reservations.kept_texts(session, r.id, "description")]
        ours = {each: _title_of(each, booking) for each in titles} | dict.fromkeys(_readable(descriptions), "")
        return _Removal(ours, (booking.invitee.name, booking.invitee.email))

    owed = [(r, removal_of(r)) for r in _standing(session, booking)]
    for r, removal in owed:
        _owe(rt, session, r, removal, now=now)
    return len(owed)


def owe_guest(rt: Runtime, session: Session, booking: Booking, address: str, *, now: datetime) -> int:
    """Owe the removal of a guest from somebody else's booking, before they are erased here; stored texts lose them at
    once."""
    meeting, host = meetings.of_booking(session, booking), hosts.get(session, booking.host_id)
    owed = _standing(session, booking)
    for r in owed:
        event = host_event(booking, uid=r.uid, host=host, meeting=meeting, now=now)
        written = _readable([event.description, *reservations.kept_texts(session, r.id, "description")])
        _owe(rt, session, r, _Removal({each: _less(each, address) for each in written}, (address,)), now=now)
    for r in reservations.of_booking(session, booking.id):
        reservations.change_texts(session, r.id, "description", lambda text: _less(text, address))
    return len(owed)


def is_owed(session: Session, host_id: UUID) -> bool:
    """Whether an event of this host waits, so that its account is still needed."""
    return bool(outbox.open_with_lane(session, _lane(host_id)))


def count_left(rt: Runtime) -> int:
    """The number of events that still name, or may name, an erased person."""
    with snapshot(rt.engine) as session:
        return outbox.count_with_lane(session, f"{KIND}:")


def left(rt: Runtime, *, limit: int | None = None) -> Sequence[UnerasedEvent]:
    """Events that still name an erased person, the longest waiting first."""
    with snapshot(rt.engine) as session:
        rows = outbox.open_of_kind(session, KIND, limit=limit)
        found = reservations.of_ids(session, [UUID(row.payload["reservation_id"]) for row in rows])
        whose = {r.id: (hosts.get(session, r.host_id), bookings.get(session, r.booking_id)) for r in found.values()}
        names = {each.id: each.name for r in found.values() for each in calendars.of_host(session, r.host_id)}
    kept = [(row, found[UUID(row.payload["reservation_id"])]) for row in rows]
    return [
        UnerasedEvent(
            number=row.id or 0,
            host=whose[r.id][0].name,
            calendar=names.get(r.calendar_id, "") if r.calendar_id else "",
            booked_at=whose[r.id][1].time.start,
            since=row.created_at,
            again_at=row.due_at,
            trouble=_explained(row.error),
            dead=row.dead_at is not None,
        )
        for row, r in kept
    ]


def perform(rt: Runtime, claimed: Claimed) -> None:
    """One run for one event."""
    try:
        removal = _unsealed(rt, claimed)
    except KeyTrouble as error:
        with transaction(rt.engine) as session:
            return outbox.bury(session, claimed, now=rt.clock.now(), error=f"{type(error).__name__}: {error}")
    try:
        _settle(rt, claimed, _run(rt, claimed, removal))
    except _Later as error:
        _again(rt, claimed, _SOON, str(error))
    except CalendarError as error:
        silent = silence(error)
        wait = _LONGEST if silent.final else min(_SOON * 2 ** min(claimed.attempts - 1, 12), _LONGEST)
        log.warning("event_not_erased", effect=claimed.key, error=type(error).__name__)
        _again(rt, claimed, max(wait, silent.after or wait), silent.reason[:500])


def seal_anew(rt: Runtime) -> tuple[int, int]:
    """Seal what waits with the newest key. Returns how many, and how many no key here can decrypt."""
    done = lost = 0
    with transaction(rt.engine) as session:
        for row in outbox.open_of_kind(session, KIND):
            id = UUID(row.payload["reservation_id"])
            try:
                sealed = keys.reseal(rt.ring, row.payload[SEALED], context=_context(id))
            except KeyTrouble:
                lost += 1
                continue
            done += sealed != row.payload[SEALED]
            row.payload = row.payload | {SEALED: sealed}
            session.add(row)
    return done, lost


def _standing(session: Session, booking: Booking) -> list[Reservation]:
    """The reservations whose event stands, or may stand."""
    return [each for each in reservations.of_booking(session, booking.id) if each.seen or each.touched]


def _owe(rt: Runtime, session: Session, r: Reservation, removal: _Removal, *, now: datetime) -> None:
    text = json.dumps({"ours": dict(removal.ours), "people": list(removal.people)})
    payload = {
        "reservation_id": str(r.id),
        SEALED: keys.seal(rt.ring, text.encode(), context=_context(r.id)),
    }
    lane = f"{_lane(r.host_id)}{r.id}"
    outbox.add_once(session, f"{lane}:{new_id(now)}", kind=KIND, lane=lane, payload=payload, due_at=now, now=now)


def _lane(host_id: UUID) -> str:
    return f"{KIND}:{host_id}:"


def _context(reservation_id: UUID) -> str:
    return f"outbox.{KIND}:{reservation_id}"


def _unsealed(rt: Runtime, claimed: Claimed) -> _Removal:
    context = _context(UUID(claimed.payload["reservation_id"]))
    sealed = json.loads(keys.unseal(rt.ring, claimed.payload[SEALED], context=context))
    return _Removal(sealed["ours"], sealed["people"])


def _readable(texts: Sequence[str]) -> list[str]:
    return [each for each in texts if each and not each.startswith(_MARKED)]


def _title_of(title: str, booking: Booking) -> str:
    """Our title without the name and the hold's mark that it begins with."""
    name = booking.invitee.name
    for front in (f"{name}? · ", f"{name} · "):
        before, found, rest = title.partition(front)
        if found and len(before) <= HOLD_MARK_LENGTH + 1:
            return rest
    return title.replace(name, "").strip()


def _less(text: str, address: str) -> str:
    return "\n".join(each for each in text.split("\n") if address.lower() not in each.lower())


def _run(rt: Runtime, claimed: Claimed, removal: _Removal) -> tuple[_Task, bool, bool]:
    """Returns the task, whether something was written, and whether an event was there at all."""
    task = _claim(rt, UUID(claimed.payload["reservation_id"]))
    wrote = stood = False
    try:
        for calendar, href, standing in _found(task):
            stood, wrote = True, _cleaned(calendar, href, standing, removal) or wrote
    except Precondition as error:
        raise _Later(str(error)) from error
    finally:
        _release(rt, task.reservation)
    return task, wrote, stood


def _claim(rt: Runtime, reservation_id: UUID) -> _Task:
    """Take the lane, so that nothing else of ours writes the event meanwhile. Raises _Later, Busy."""
    with transaction(rt.engine) as session:
        lock_host(session, reservations.get(session, reservation_id).host_id)
        session.expire_all()
        now = rt.clock.now()
        r = claim_lane(reservations.get(session, reservation_id), now=now)
        if r is None:
            raise _Later("it is being written now")
        connected = {each.id: each for each in calendars.of_host(session, r.host_id)}
        known = dict.fromkeys((id, name_of(href)) for id, href in _known(session, r) if id in connected)
        opened = {id: _opened(rt, session, each, now=now) for id, each in connected.items()}
        reservations.save(session, r)
        own = connected.get(r.calendar_id) if r.calendar_id else None
        at_home = r.calendar_id is not None and own is not None
        return _Task(
            reservation=r,
            places=[(opened[id], r.href if at_home and id == r.calendar_id else name) for id, name in known],
            others=list(opened.values()),
            connected=own is not None,
            doubtful=own is not None and own.doubtful_since is not None,
        )


def _known(session: Session, r: Reservation) -> Iterator[tuple[UUID, str]]:
    if r.calendar_id is not None:
        yield r.calendar_id, r.href
    if r.copy is not None:
        yield r.copy.calendar_id, r.copy.href
    yield from busy.places_of(session, r.host_id, r.uid)


def _opened(rt: Runtime, session: Session, connected: Connected, *, now: datetime) -> Calendar:
    account = calendars.account(session, connected.account_id)
    if pause := account.pause(now):
        raise Busy("the server asked for patience", after_s=pause.total_seconds())
    return rt.open_calendar(account, connected.url)


def _found(task: _Task) -> Iterator[tuple[Calendar, str, StoredObject]]:
    """Every place where the event stands; if it is in no known one, the host's calendars are searched by UID."""
    known = [(calendar, href, calendar.get(href)) for calendar, href in task.places]
    there = [(calendar, href, standing) for calendar, href, standing in known if standing is not None]
    yield from there
    if there:
        return
    for calendar in task.others:
        standing = calendar.find(task.reservation.uid)
        if standing is not None:
            yield calendar, standing.href, standing


def _cleaned(calendar: Calendar, href: str, standing: StoredObject, removal: _Removal) -> bool:
    """Remove what is to go. Returns whether something had to be written. Raises CalendarError, Unreadable."""
    if standing.fault:
        raise Unavailable("the server names the event and gives nothing of it")
    body = without(standing.body, ours=removal.ours, people=removal.people)
    if body == standing.body:
        return False
    calendar.replace(href, body, etag=standing.etag or _ANY)
    return True


def _release(rt: Runtime, claimed: Reservation) -> None:
    """Release the lane; the result of our last write is unknown from now on."""
    with transaction(rt.engine) as session:
        lock_host(session, claimed.host_id)
        session.expire_all()
        r = reservations.get(session, claimed.id)
        if r.fence == claimed.fence:
            reservations.save(session, replace(r, lane_until=None, etag=None))


def _settle(rt: Runtime, claimed: Claimed, came_to: tuple[_Task, bool, bool]) -> None:
    task, wrote, stood = came_to
    if wrote:
        return _again(rt, claimed, GRACE, "")
    if not stood:
        if not task.connected:
            return _again(rt, claimed, _DAILY, f"{DISCONNECTED}: the calendar of this event is not connected any more")
        if task.doubtful:
            return _again(rt, claimed, _LONGEST, "Missing: many events vanished from this calendar at once")
        if _MISSING not in claimed.payload:
            return _again(rt, claimed, GRACE, "", missing=True)
    log.info("event_erased", reservation=str(task.reservation.id), stood=stood)
    with transaction(rt.engine) as session:
        outbox.repack(session, claimed, {"reservation_id": claimed.payload["reservation_id"]})
        outbox.finish(session, claimed, now=rt.clock.now())
    return None


def _again(rt: Runtime, claimed: Claimed, wait: timedelta, error: str, *, missing: bool = False) -> None:
    seen = {each: text for each, text in claimed.payload.items() if each != _MISSING}
    with transaction(rt.engine) as session:
        outbox.repack(session, claimed, seen | {_MISSING: "once"} if missing else seen)
        outbox.postpone(session, claimed, until=rt.clock.now() + wait, error=error)


def _explained(error: str) -> Explanation | None:
    if not error:
        return None
    kind = error.partition(":")[0]
    return _TROUBLES.get(kind) or explain_kind(kind)


_TROUBLES = {
    DISCONNECTED: Explanation(
        "The calendar is no longer connected.",
        "Ask the host to remove the name by hand, or to connect the calendar again.",
    ),
    "Missing": Explanation(
        "Many events disappeared from this calendar at once, so it is not clear whether this one is gone.",
        "The host is asked about it. We will look again.",
    ),
    "KeyLost": Explanation(
        "What we wrote there can no longer be read: the key is gone.",
        "Ask the host to remove the name by hand.",
    ),
}
