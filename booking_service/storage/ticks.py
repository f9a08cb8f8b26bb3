"""What was ticked on a booking's form, for the pages of that booking. The evidence is in the ledger."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, col, delete, select, update

from .statements import rows_of
from .tables.consent import BookingTickRow

_OF_BOOKING = (
    select(BookingTickRow)
    .where(BookingTickRow.booking_id == bindparam("booking_id"))
    .order_by(col(BookingTickRow.purpose))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedTick:
    """`wording`: the hash of the text beside the box. `entry_id`: its ledger entry; None while it is not counted."""

    purpose: str
    wording: bytes
    entry_id: UUID | None


def add(session: Session, booking_id: UUID, purpose: str, *, wording: bytes) -> None:
    """Note a ticked box; an existing note is left unchanged."""
    if session.get(BookingTickRow, (booking_id, purpose)) is None:
        session.add(BookingTickRow(booking_id=booking_id, purpose=purpose, wording=wording))
        session.flush()


def counted(session: Session, booking_id: UUID, purpose: str, *, entry_id: UUID) -> None:
    its = col(BookingTickRow.booking_id) == booking_id, col(BookingTickRow.purpose) == purpose
    session.exec(update(BookingTickRow).where(*its).values(entry_id=entry_id))


def of_booking(session: Session, booking_id: UUID) -> list[NotedTick]:
    """The booking's ticks, by purpose."""
    rows = rows_of(session, _OF_BOOKING, booking_id=booking_id)
    return [NotedTick(purpose=row.purpose, wording=row.wording, entry_id=row.entry_id) for row in rows]


def show_with(session: Session, successor_id: UUID, ended_id: UUID) -> None:
    """Show an ended booking's ticks with the booking that took its time again."""
    for each in of_booking(session, ended_id):
        if each.entry_id is not None:
            add(session, successor_id, each.purpose, wording=each.wording)
            counted(session, successor_id, each.purpose, entry_id=each.entry_id)


def forget_counted(session: Session, booking_id: UUID) -> None:
    """Delete the ticks that have entries; those that wait to be counted stay."""
    its = col(BookingTickRow.booking_id) == booking_id, col(BookingTickRow.entry_id).is_not(None)
    session.exec(delete(BookingTickRow).where(*its))


def forget_booking(session: Session, booking_id: UUID) -> None:
    session.exec(delete(BookingTickRow).where(col(BookingTickRow.booking_id) == booking_id))


def forget_entries(session: Session, entries: Collection[UUID]) -> None:
    """Delete the ticks with these entries."""
    session.exec(delete(BookingTickRow).where(col(BookingTickRow.entry_id).in_(entries)))
