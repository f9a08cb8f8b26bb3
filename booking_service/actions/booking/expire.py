"""Ending holds whose deadline has come."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain import transitions
from ...runtime import Runtime
from ...storage import bookings
from ...storage.engine import transaction


def expire_due(rt: Runtime, *, now: datetime) -> int:
    """End every hold whose deadline has come, each in a transaction of its own. Returns how many."""
    with transaction(rt.engine) as session:
        due = bookings.due_holds(session, now=now)
    for booking_id in due:
        with transaction(rt.engine) as session:
            bookings.record(session, transitions.expire(bookings.lock(session, booking_id), now=now), now=now)
    return len(due)


def expire_due_of(session: Session, host_id: UUID, *, now: datetime) -> None:
    """Holds past their deadline must not be in the way of the database's constraint."""
    for booking_id in bookings.due_holds(session, host_id=host_id, now=now):
        bookings.record(session, transitions.expire(bookings.get(session, booking_id), now=now), now=now)
