"""The host's answer after many of our events vanished at once: they are gone, or they were lost by accident.

Until it comes nothing is concluded from their absence; if they stand again by themselves, the question is over.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ..domain.booking import Booking, Cause, Party, cancel
from ..domain.publishing import Reservation
from ..runtime import Runtime
from ..storage import bookings, busy, calendars, reservations
from ..storage.engine import lock_host, snapshot, transaction


def absent_events(rt: Runtime, calendar_id: UUID, *, now: datetime) -> list[Booking]:
    """Bookings to come whose event stood in this calendar and now does not, soonest first: what the host is asked about."""
    with snapshot(rt.engine) as session:
        found = [bookings.get(session, r.booking_id) for r in _absent(session, calendar_id, now=now)]
    return sorted(found, key=lambda booking: booking.time.start)


def believe_calendar(rt: Runtime, calendar_id: UUID, *, now: datetime) -> int:
    """The host says that they are gone: their bookings are cancelled, each invitee is told. Returns how many."""
    with transaction(rt.engine) as session:
        gone = _asked_about(session, calendar_id, now=now)
        for reservation in gone:
            booking = bookings.get(session, reservation.booking_id)
            bookings.record(session, cancel(booking, by=Party.HOST, cause=Cause.DELETED, now=now), now=now)
    return len(gone)


def restore_events(rt: Runtime, calendar_id: UUID, *, now: datetime) -> int:
    """The host says that it was an accident: they are written again, under the same UIDs. Returns how many.

    A server that keeps deleted UIDs in a trash bin refuses that until the host restores or empties it; we keep trying.
    """
    with transaction(rt.engine) as session:
        lost = _asked_about(session, calendar_id, now=now)
        for r in lost:
            reservations.save(session, replace(r, seen=False, touched=True, base=None, etag=None, missing_at=None))
            bookings.wake_publishing(session, r.id, due_at=now, now=now)
    return len(lost)


def _asked_about(session: Session, calendar_id: UUID, *, now: datetime) -> list[Reservation]:
    """What the answer is about; the doubt ends with it, and the calendar is read from the start."""
    lock_host(session, calendars.get(session, calendar_id).host_id)
    session.expire_all()
    found = _absent(session, calendar_id, now=now)
    calendars.doubt(session, calendar_id, None)
    calendars.read_whole(session, calendar_id, now=now)
    return found


def _absent(session: Session, calendar_id: UUID, *, now: datetime) -> list[Reservation]:
    standing = [r for r in reservations.in_calendar(session, calendar_id) if r.times[r.revision].end > now]
    there = busy.standing_uids(session, calendar_id, [r.uid for r in standing])
    return [r for r in standing if r.uid not in there]
