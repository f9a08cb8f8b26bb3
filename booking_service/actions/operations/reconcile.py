"""After a restore: what hosts' calendars know about bookings that the backup does not.

An event carries its booking's revision. Where that is ahead of the backup, the calendar is right: a confirmed hold, a
moved booking. Where an event that stood is gone, its booking is over. Nobody is told, as the mails were probably sent
before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from calendars.errors import CalendarError
from calendars.ical import ics
from calendars.model import EventStatus, Period

from ...domain import transitions
from ...domain.booking import Booking, BookingState, Cause, Decision, Party
from ...domain.effects import PublishBooking
from ...domain.interval import Interval
from ...domain.mass_deletion import is_mass_deletion
from ...domain.owed import announce
from ...domain.reservation import Reservation, Verdict
from ...domain.timeline import Happened
from ...invites import BOOKING_ID, revision_of
from ...runtime import Runtime
from ...storage import bookings, calendars, consistency, meetings, reservations
from ...storage.calendars import Connected
from ...storage.engine import lock_host, snapshot, transaction

AHEAD = timedelta(days=3660)
KEPT_LONGER = timedelta(hours=24)  # a hold whose calendar can't be read
_MOMENT = timedelta(microseconds=1)


@dataclass(slots=True)
class Reconciled:
    """Numbers of bookings by result. `unread`: unreadable calendars, whose holds were extended.

    `doubtful`: calendars that lack so many events that nothing was concluded. `unknown`: times of our events without a
    booking in the backup.
    """

    confirmed: int = 0
    moved: int = 0
    ended: int = 0
    kept_longer: int = 0
    unread: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    unknown: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Our events in one calendar by UID, and whether it is empty."""

    events: Mapping[str, ics.OurEvent]
    empty: bool


def reconcile(rt: Runtime, *, now: datetime) -> Reconciled:
    """Ask each calendar once. Raises StorageBusy."""
    found = Reconciled()
    with snapshot(rt.engine) as session:
        live = {b.id: b for b in consistency.every_booking(session) if b.live and b.time.end > now}
        ours = consistency.every_reservation(session)
        every = calendars.every(session)
    known = {each.uid for each in ours}
    for connected in every:
        theirs = [r for r in ours if r.calendar_id == connected.id and r.booking_id in live]
        try:
            seen = _seen(rt, connected, now=now)
        except CalendarError:
            found.unread.append(connected.name)
            found.kept_longer += sum(_keep_longer(rt, live[r.booking_id], r, now=now) for r in theirs)
            continue
        found.unknown += [event.time.start for uid, event in seen.events.items() if uid not in known]
        _compare(rt, connected, theirs, live, seen, found, now=now)
    return found


def _seen(rt: Runtime, connected: Connected, *, now: datetime) -> _Seen:
    with snapshot(rt.engine) as session:
        account = calendars.account(session, connected.account_id)
    there = rt.open_calendar(account, connected.url).snapshot(Period(now, now + AHEAD)).objects
    events = [event for each in there if BOOKING_ID.encode() in each.body and (event := _read(each.body)) is not None]
    return _Seen({event.uid: event for event in events}, not there)


def _read(body: bytes) -> ics.OurEvent | None:
    try:
        return ics.read(body)
    except ics.Unreadable:
        return None


def _compare(
    rt: Runtime,
    connected: Connected,
    theirs: Sequence[Reservation],
    live: Mapping[UUID, Booking],
    seen: _Seen,
    found: Reconciled,
    *,
    now: datetime,
) -> None:
    stood = [r for r in theirs if r.seen]
    gone = [r for r in stood if r.uid not in seen.events]
    for reservation in theirs:
        event = seen.events.get(reservation.uid)
        if event is not None:
            _follow(rt, live[reservation.booking_id], reservation, event, found, now=now)
    booked = [r for r in stood if live[r.booking_id].state is BookingState.CONFIRMED]  # holds end by themselves
    vanished = sum(r in booked for r in gone)
    if is_mass_deletion(vanished=vanished, live=len(booked), empty=seen.empty and vanished > 0):
        found.doubtful.append(connected.name)
        return
    for reservation in gone:
        _end(rt, live[reservation.booking_id], now=now)
        found.ended += 1


def _follow(
    rt: Runtime, booking: Booking, reservation: Reservation, event: ics.OurEvent, found: Reconciled, *, now: datetime
) -> None:
    carried = revision_of(event.marks)
    if carried is None or carried <= booking.revision:
        return
    time = Interval(event.time.start, event.time.end)
    with transaction(rt.engine) as session:
        lock_host(session, booking.host_id)
        after = booking
        if booking.state is BookingState.HELD and event.status is EventStatus.CONFIRMED:
            after = _confirmed(session, after, now=now)
            found.confirmed += 1
        if time != booking.time:
            after = _moved(session, after, time, now=now)
            found.moved += 1
        after = replace(after, revision=carried, sequence=max(after.sequence, event.sequence))
        told = announce(after)
        happened = Happened.CONFIRMED if after.state is not booking.state else None
        decision = replace(told, effects=(*told.effects, PublishBooking(booking.id)), happened=happened)
        bookings.record(session, decision, now=now)
        current = reservations.get(session, reservation.id)
        shown = replace(current, base=carried, etag=None, seen=True, verdict=Verdict.CLEAN, missing_at=None)
        reservations.save(session, replace(shown, times={**current.times, carried: time}, mark=current.mark + 1))


def _confirmed(session: Session, booking: Booking, *, now: datetime) -> Booking:
    """Everybody who had to agree did so while the hold was in force."""
    meeting = meetings.get(session, booking.meeting_type_id)
    at = min(now, booking.hold_until - _MOMENT)
    for party in booking.awaits:
        booking = transitions.confirm(booking, by=party, meeting=meeting, now=at).booking
        at = min(at, booking.hold_until - _MOMENT)
    return booking


def _moved(session: Session, booking: Booking, time: Interval, *, now: datetime) -> Booking:
    meeting = meetings.get(session, booking.meeting_type_id)
    others = reservations.taken(session, booking.host_id, time, now=now, but=booking.id)
    conflicted = any(each.time.overlaps(time) for each in others)
    return transitions.follow(booking, time, meeting=meeting, conflicted=conflicted, now=now).booking


def _end(rt: Runtime, booking: Booking, *, now: datetime) -> None:
    with transaction(rt.engine) as session:
        lock_host(session, booking.host_id)
        if booking.state is BookingState.HELD:
            decision = transitions.expire(replace(booking, hold_until=min(now, booking.hold_until)), now=now)
        else:
            decision = transitions.cancel(booking, by=Party.HOST, cause=Cause.DELETED, now=now)
        bookings.record(session, decision, now=now)


def _keep_longer(rt: Runtime, booking: Booking, reservation: Reservation, *, now: datetime) -> bool:
    """Extend a hold, as its event may say that it was confirmed; without a new revision, so that this still shows."""
    until = min(now + KEPT_LONGER, booking.time.start)
    if booking.state is not BookingState.HELD or until <= booking.hold_until:
        return False
    detail = (("until", until.isoformat()),)
    longer = Decision(booking=replace(booking, hold_until=until), happened=Happened.HELD_LONGER, detail=detail)
    with transaction(rt.engine) as session:
        lock_host(session, booking.host_id)
        bookings.record(session, longer, now=now)
        reservations.occupy(session, reservation, longer.booking, now=now)
    return True
