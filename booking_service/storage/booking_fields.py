"""Which answers of a booking are kept in fields of the profile as well, as its form said. The answers are the booking's."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select, update

from .tables.consent import BookingFieldRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedField:
    """`question`: by its key; `field`: by its slug. `given_at`: when the form was sent; `proven_at`: when whoever reads that mailbox
    confirmed the booking, None until then."""

    question: str
    field: str
    given_at: datetime
    proven_at: datetime | None = None


def add(session: Session, booking_id: UUID, noted: NotedField) -> None:
    """One that is noted already stays as it is."""
    if session.get(BookingFieldRow, (booking_id, noted.question)) is None:
        values = {name: getattr(noted, name) for name in _COLUMNS}
        session.add(BookingFieldRow(booking_id=booking_id, **values))
        session.flush()


def prove(session: Session, booking_id: UUID, *, at: datetime) -> bool:
    """Its mailbox is proven from here on. False: nothing of it is to be kept."""
    its = col(BookingFieldRow.booking_id) == booking_id
    done = session.exec(
        update(BookingFieldRow).where(its, col(BookingFieldRow.proven_at).is_(None)).values(proven_at=at)
    )
    return done.rowcount > 0


def of_booking(session: Session, booking_id: UUID) -> list[NotedField]:
    rows = select(BookingFieldRow).where(BookingFieldRow.booking_id == booking_id)
    return [_noted(row) for row in session.exec(rows.order_by(col(BookingFieldRow.question)))]


def proven_among(session: Session, booking_ids: Collection[UUID], *, field: str = "") -> set[UUID]:
    """Those of these bookings that are proven, and of which something is to be kept: in this field, if one is named."""
    rows = select(BookingFieldRow.booking_id).where(
        col(BookingFieldRow.booking_id).in_(booking_ids), col(BookingFieldRow.proven_at).is_not(None)
    )
    return set(session.exec(rows.where(BookingFieldRow.field == field) if field else rows))


def forget_booking(session: Session, booking_id: UUID) -> None:
    session.exec(delete(BookingFieldRow).where(col(BookingFieldRow.booking_id) == booking_id))


def forget_field(session: Session, slug: str) -> None:
    """What was answered so far comes to stand in this field no more."""
    session.exec(delete(BookingFieldRow).where(col(BookingFieldRow.field) == slug))


_COLUMNS = tuple(NotedField.__dataclass_fields__)


def _noted(row: BookingFieldRow) -> NotedField:
    return NotedField(**{name: getattr(row, name) for name in _COLUMNS})
