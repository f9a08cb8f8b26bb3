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
    """Bookings with sealed answers by id, after `after`, with their hosts locked until the transaction ends."""
    query = select(BookingRow).where(cast(col(BookingRow.sealed), String) != "[]", col(BookingRow.id) > after)
    some = query.order_by(col(BookingRow.id)).limit(limit)
    found = session.exec(some).all()
    lock_hosts(session, {row.host_id for row in found})
    again = query.where(col(BookingRow.id).in_([row.id for row in found])).order_by(col(BookingRow.id))
    return [to_booking(row) for row in session.exec(again.execution_options(populate_existing=True))]


def save(session: Session, booking: Booking) -> None:
    """Write the answers in another form (sealed, or with another key). It is no decision, and nothing follows."""
    columns = to_columns(booking)
    write(session, _OF_ID, of_id=booking.id, answers=columns["answers"], sealed=columns["sealed"])
