"""Which answers of a booking are also kept in fields of the contact's profile, as its form said."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select, update

from .tables.consent import BookingFieldRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedField:
    """One such answer. `question`: its key. `field`: its slug. `given_at`: when the form was sent.

    `proven_at`: when the invitee confirmed the booking from their mailbox; None before. `left_out`: why it was not
    taken over into the field, decided at `left_out_at`; "" where it was, or it is undecided.
    """

    question: str
    field: str
    given_at: datetime
    proven_at: datetime | None = None
    left_out: str = ""
    left_out_at: datetime | None = None


def add(session: Session, booking_id: UUID, noted: NotedField) -> None:
    """Note an answer; an existing note is left unchanged."""
    if session.get(BookingFieldRow, (booking_id, noted.question)) is None:
        values = {name: getattr(noted, name) for name in _COLUMNS}
        session.add(BookingFieldRow(booking_id=booking_id, **values))
        session.flush()


def prove(session: Session, booking_id: UUID, *, at: datetime) -> bool:
    """Mark the booking's mailbox as proven. False: none of its answers are kept in fields."""
    its = col(BookingFieldRow.booking_id) == booking_id
    done = session.exec(
        update(BookingFieldRow).where(its, col(BookingFieldRow.proven_at).is_(None)).values(proven_at=at)
    )
    return done.rowcount > 0


def proven_at(session: Session, booking_id: UUID) -> datetime | None:
    """When the booking's mailbox was proven; None also where none of its answers are kept in fields."""
    return next((each.proven_at for each in of_booking(session, booking_id) if each.proven_at), None)


def of_booking(session: Session, booking_id: UUID) -> list[NotedField]:
    rows = select(BookingFieldRow).where(BookingFieldRow.booking_id == booking_id)
    return [_noted(row) for row in session.exec(rows.order_by(col(BookingFieldRow.question)))]


def proven_among(session: Session, booking_ids: Collection[UUID], *, field: str = "") -> set[UUID]:
    """Those of these bookings that are proven and have answers to be kept in fields, or in this one."""
    rows = select(BookingFieldRow.booking_id).where(
        col(BookingFieldRow.booking_id).in_(booking_ids), col(BookingFieldRow.proven_at).is_not(None)
    )
    return set(session.exec(rows.where(BookingFieldRow.field == field) if field else rows))


def settle(session: Session, booking_id: UUID, left_out: Mapping[str, str], *, now: datetime) -> None:
    """Write down the result for these answers: "" where the field has them, else the reason."""
    for question, why in left_out.items():
        its = (col(BookingFieldRow.booking_id) == booking_id, col(BookingFieldRow.question) == question)
        session.exec(update(BookingFieldRow).where(*its).values(left_out=why, left_out_at=now if why else None))


def left_out_of(session: Session, booking_ids: Collection[UUID]) -> list[tuple[UUID, NotedField]]:
    """The answers of these bookings that were not taken over, with the booking's id; oldest first."""
    rows = select(BookingFieldRow).where(
        col(BookingFieldRow.booking_id).in_(booking_ids), col(BookingFieldRow.left_out) != ""
    )
    ordered = rows.order_by(col(BookingFieldRow.given_at), col(BookingFieldRow.question))
    return [(row.booking_id, _noted(row)) for row in session.exec(ordered)]


def forget_booking(session: Session, booking_id: UUID) -> None:
    session.exec(delete(BookingFieldRow).where(col(BookingFieldRow.booking_id) == booking_id))


def forget_field(session: Session, slug: str) -> None:
    """Stop keeping answers in this field, as it is deleted."""
    session.exec(delete(BookingFieldRow).where(col(BookingFieldRow.field) == slug))


_COLUMNS = tuple(NotedField.__dataclass_fields__)


def _noted(row: BookingFieldRow) -> NotedField:
    return NotedField(**{name: getattr(row, name) for name in _COLUMNS})
