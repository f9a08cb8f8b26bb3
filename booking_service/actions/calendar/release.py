"""Taking the events of holds that ended out of their host's calendar, a few in each transaction.

What `publish` does for one reservation, by the same rules, for several of one host: claim the lanes → ask → settle. Whatever is
not carried out here, since the server is slow or silent, or another run has the lane, or the process dies, is in the outbox, and
a worker does it by itself.
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
INLINE = timedelta(seconds=5)  # that workers leave them to this
_SLOW = 10.0  # seconds after which the rest is left to workers, of which several ask at a time

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Done:
    """What a run came to."""

    work: Work
    finding: Finding


def remove_events(rt: Runtime, host_id: UUID, booking_ids: Sequence[UUID]) -> None:
    """Remove the events of these bookings of a host, all of which ended. Raises StorageBusy."""
    for at in range(0, len(booking_ids), AT_ONCE):
        works = _claimed(rt, host_id, booking_ids[at : at + AT_ONCE])
        done = _asked(rt, works)
        _settled(rt, host_id, done, left=works[len(done) :])
        if len(done) < len(works):
            return _leave(rt, booking_ids[at + AT_ONCE :])


def _claimed(rt: Runtime, host_id: UUID, booking_ids: Sequence[UUID]) -> list[Work]:
    """With their lanes taken; without those that another run has."""
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
    """What is the same for several is read once."""
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
    """Each in turn, until the server is silent, or slow, or something fails that nobody foresaw."""
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
    """All of them together; where one can't be settled, each by itself, so that the others are."""
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
    """Workers need not wait for this any longer."""
    with transaction(rt.engine) as session:
        now = rt.clock.now()
        for each in reservations.of_bookings(session, booking_ids):
            outbox.hasten(session, bookings.publish_key(each.id), due_at=now)


def _give_back(session: Session, left: Sequence[Work], *, now: datetime) -> None:
    """The lanes of what was not asked for, which a worker may take at once."""
    before = {each.snapshot.reservation.id: each.snapshot.reservation.fence for each in left}
    rows = reservations.of_ids(session, before)
    free = [replace(each, lane_until=None) for each in rows.values() if each.fence == before[each.id]]
    reservations.save_all(session, free)
    for each in free:
        outbox.hasten(session, bookings.publish_key(each.id), due_at=now)
