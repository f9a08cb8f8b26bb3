"""Removing the events of ended holds from their host's calendar, several in one transaction.

As `publish` does for one reservation, by the same rules: claim the lanes → ask → settle. Whatever is not finished here
(a slow or silent server, a taken lane, a crash) is in the outbox for a worker.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from uuid import UUID

import structlog
from sqlmodel import Session

from ...domain import publishing
from ...domain.booking import Booking
from ...domain.errors import StorageBusy
from ...domain.publishing import ClaimedState, Finding, Silence
from ...domain.reservation import Reservation, claim_lane
from ...domain.settlement import Circumstances
from ...invites import host_event
from ...jobs import tried
from ...runtime import Runtime
from ...storage import bookings, hosts, meetings, outbox, reservations
from ...storage.engine import lock_host, transaction
from .publish import concluded, guarded, note_settled, places_of
from .requests import CalendarRequests, KnownCalendar, Work, drive

AT_ONCE = 20  # events whose lanes are taken together
INLINE = timedelta(seconds=5)  # for which workers leave them to this
_SLOW = 10.0  # seconds, after which workers do the rest, several at a time

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Done:
    """The result of a run."""

    work: Work
    finding: Finding


def remove_events(rt: Runtime, host_id: UUID, booking_ids: Sequence[UUID]) -> None:
    """Remove the events of these ended bookings of a host. Raises StorageBusy."""
    for at in range(0, len(booking_ids), AT_ONCE):
        works = _claimed(rt, host_id, booking_ids[at : at + AT_ONCE])
        done = _asked(rt, works)
        _settled(rt, host_id, done, left=works[len(done) :])
        if len(done) < len(works):
            return _leave(rt, booking_ids[at + AT_ONCE :])


def _claimed(rt: Runtime, host_id: UUID, booking_ids: Sequence[UUID]) -> list[Work]:
    """The runs whose lanes were free, with the lanes taken."""
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        now = rt.clock.now()
        over = {each.id: each for each in bookings.of_ids(session, booking_ids) if not each.blocks(now)}
        free = (claim_lane(each, now=now) for each in reservations.of_bookings(session, over))
        ours = [each for each in free if each is not None and each.host_id == host_id]
        reservations.save_all(session, ours)
        return _gathered(session, host_id, [(each, over[each.booking_id]) for each in ours], now=now)


def _gathered(
    session: Session, host_id: UUID, ours: Sequence[tuple[Reservation, Booking]], *, now: datetime
) -> list[Work]:
    """What several runs share is read once."""
    host = hosts.get(session, host_id)
    known = {each: meetings.get(session, each) for each in {booking.meeting_type_id for _, booking in ours}}
    places: dict[UUID | None, tuple[KnownCalendar, ...]] = {}
    works = []
    for reservation, booking in ours:
        if reservation.calendar_id not in places:
            places[reservation.calendar_id] = places_of(session, reservation)
        own, meeting = places[reservation.calendar_id], known[booking.meeting_type_id].for_booking(booking.id)
        event = host_event(booking, uid=reservation.uid, host=host, meeting=meeting, now=now)
        works.append(
            Work(
                snapshot=ClaimedState(reservation, None, guards=guarded(own)),
                booking=booking,
                meeting=meeting,
                host=host,
                places=own,
                event=event,
                texts={},
                now=now,
            )
        )
    return works


def _asked(rt: Runtime, works: Sequence[Work]) -> list[_Done]:
    """Ask for one after the other, until the server is silent or slow, or an unforeseen error occurs."""
    done: list[_Done] = []
    ends = monotonic() + _SLOW
    for work in works:
        rt.page_turns.give_way()
        finding = tried(partial(drive, publishing.run(work.snapshot), CalendarRequests(rt, work)))
        if isinstance(finding, Exception):
            log.error("release_failed", reservation=str(work.snapshot.reservation.id), exc_info=finding)
            return done
        done.append(_Done(work, finding))
        if isinstance(finding, Silence) or monotonic() > ends:
            return done
    return done


def _settled(rt: Runtime, host_id: UUID, done: Sequence[_Done], *, left: Sequence[Work]) -> None:
    """Settle all together; if that fails, each by itself, so that one failure does not keep the others."""
    failed = tried(partial(_settle, rt, host_id, done, left=left))
    if isinstance(failed, StorageBusy):
        raise failed
    if failed is None:
        return
    for some, given_back in [*(([each], []) for each in done), ([], left)]:
        alone = tried(partial(_settle, rt, host_id, some, left=given_back))
        if isinstance(alone, StorageBusy):
            raise alone
        if alone is not None:
            log.error("release_failed", host=str(host_id), exc_info=alone)


def _settle(rt: Runtime, host_id: UUID, done: Sequence[_Done], *, left: Sequence[Work]) -> None:
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        now = rt.clock.now()
        rows = reservations.of_ids(session, [each.work.snapshot.reservation.id for each in done])
        known = {each.id: each for each in bookings.of_ids(session, [each.work.booking.id for each in done])}
        for each in done:
            of = rows[each.work.snapshot.reservation.id], known[each.work.booking.id]
            concluded(rt, session, each.work, each.finding, Circumstances(), of=of, now=now)
        _give_back(session, left, now=now)
    for each in done:
        note_settled(each.work, each.finding)


def _leave(rt: Runtime, booking_ids: Sequence[UUID]) -> None:
    """Let workers begin at once."""
    with transaction(rt.engine) as session:
        now = rt.clock.now()
        for each in reservations.of_bookings(session, booking_ids):
            outbox.hasten(session, bookings.publish_key(each.id), due_at=now)


def _give_back(session: Session, left: Sequence[Work], *, now: datetime) -> None:
    """Release the lanes of runs that were not asked."""
    before = {each.snapshot.reservation.id: each.snapshot.reservation.fence for each in left}
    rows = reservations.of_ids(session, before)
    free = [replace(each, lane_until=None) for each in rows.values() if each.fence == before[each.id]]
    reservations.save_all(session, free)
    for each in free:
        outbox.hasten(session, bookings.publish_key(each.id), due_at=now)
