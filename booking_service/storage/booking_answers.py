"""Answers of bookings to sensitive questions: which are readable or sealed, and writing them in the other form."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import String, bindparam, cast, or_
from sqlmodel import Session, col, select, update

from ..domain.booking import Booking
from .bookings import to_booking, to_columns
from .engine import lock_hosts
from .statements import write
from .tables.booking import BookingRow

_OF_ID = update(BookingRow).where(col(BookingRow.id) == bindparam("of_id"))


def with_readable(session: Session, meeting_id: UUID, keys: Iterable[str], *, limit: int) -> list[Booking]:
    """Bookings of a meeting type with a readable answer to one of these questions."""
    kept = cast(col(BookingRow.answers), String)
    asked = [
        kept.contains(f'["{key}", "', autoescape=True) & ~kept.contains(f'["{key}", ""]', autoescape=True)
        for key in keys
    ]
    if not asked:
        return []
    rows = session.exec(select(BookingRow).where(BookingRow.meeting_type_id == meeting_id, or_(*asked)).limit(limit))
    return [to_booking(row) for row in rows]


def with_sealed(session: Session, *, after: UUID, limit: int) -> list[Booking]:
    """Bookings with sealed answers by id, after `after`, with their hosts locked until the transaction ends.

    None: there is no later one. Those that were erased before their host was locked are left out.
    """
    sealed = cast(col(BookingRow.sealed), String) != "[]"
    while True:
        later = select(BookingRow.id, BookingRow.host_id).where(sealed, col(BookingRow.id) > after)
        found = session.exec(later.order_by(col(BookingRow.id)).limit(limit)).all()
        lock_hosts(session, {host_id for _, host_id in found})
        still = select(BookingRow).where(sealed, col(BookingRow.id).in_([id for id, _ in found]))
        rows = session.exec(still.order_by(col(BookingRow.id))).all()
        if rows or not found:
            return [to_booking(row) for row in rows]
        after, _ = found[-1]


def save(session: Session, booking: Booking) -> None:
    """Write the answers in another form (sealed, or with another key). It is no decision, and nothing follows."""
    columns = to_columns(booking)
    write(session, _OF_ID, of_id=booking.id, answers=columns["answers"], sealed=columns["sealed"])
