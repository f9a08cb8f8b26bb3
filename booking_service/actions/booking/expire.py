"""Ending holds whose deadline has come."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain import transitions
from ...runtime import Runtime
from ...storage import bookings
from ...storage.engine import lock_host, transaction

AT_ONCE = 20  # holds that end in one transaction: on SQLite everybody else who decides waits for it


def expire_due(rt: Runtime, *, now: datetime) -> int:
    """End every hold whose deadline has come, a few of one host in each transaction. Returns how many."""
    with transaction(rt.engine) as session:
        due = bookings.hosts_with_due_holds(session, now=now)
    return sum(_expire_all_of(rt, host_id, now=now) for host_id in due)


def expire_due_of(session: Session, host_id: UUID, *, limit: int = 200, now: datetime) -> int:
    """Holds past their deadline must not be in the way of the database's constraint. Returns how many there were, `limit`
    at most; the host must be locked."""
    due = bookings.due_holds(session, host_id, now=now, limit=limit)
    for booking_id in due:
        bookings.record(session, transitions.expire(bookings.get(session, booking_id), now=now), now=now)
    return len(due)


def _expire_all_of(rt: Runtime, host_id: UUID, *, now: datetime) -> int:
    ended = 0
    while True:
        with transaction(rt.engine) as session:
            lock_host(session, host_id)
            some = expire_due_of(session, host_id, limit=AT_ONCE, now=now)
        ended += some
        if some < AT_ONCE:
            return ended
