"""The timeline of a booking: appended to, never rewritten."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import bindparam, insert
from sqlmodel import Session, col, func, select

from ..domain.delivery import TELLING, Delivery, delivery
from ..domain.timeline import Happened
from .statements import rows_of, write
from .tables.booking import TimelineRow

_ADD = insert(TimelineRow)
_OF_BOOKING = select(TimelineRow).where(TimelineRow.booking_id == bindparam("booking_id")).order_by(col(TimelineRow.id))
_OF_DELIVERIES = (
    select(TimelineRow)
    .where(
        col(TimelineRow.booking_id).in_(bindparam("ids", expanding=True)), col(TimelineRow.what).in_(sorted(TELLING))
    )
    .order_by(col(TimelineRow.booking_id), col(TimelineRow.at), col(TimelineRow.id))
)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """What happened, when (aware UTC), by whom (a Party, or the part of the service that saw it)."""

    at: datetime
    what: Happened
    by: str
    detail: Mapping[str, str]


def add(
    session: Session,
    booking_id: UUID,
    what: Happened,
    *,
    by: str,
    at: datetime,
    detail: Mapping[str, str] | None = None,
) -> None:
    row = {"booking_id": booking_id, "at": at, "what": str(what), "by": str(by), "detail": dict(detail or {})}
    write(session, _ADD, row)


def add_all(session: Session, booking_ids: Iterable[UUID], what: Happened, *, by: str, at: datetime) -> None:
    """The same of several bookings."""
    rows = [{"booking_id": id, "at": at, "what": str(what), "by": str(by), "detail": {}} for id in booking_ids]
    if rows:
        write(session, _ADD, *rows)


def of_booking(session: Session, booking_id: UUID) -> list[TimelineEntry]:
    return [entry(row) for row in rows_of(session, _OF_BOOKING, booking_id=booking_id)]


def deliveries(session: Session, booking_ids: Collection[UUID]) -> dict[UUID, Delivery]:
    """Whether their mails reach their invitees; of those of which nothing is known yet there is none."""
    rows = rows_of(session, _OF_DELIVERIES, ids=list(booking_ids)) if booking_ids else ()
    return {
        id: delivery((Happened(row.what), row.at, row.detail) for row in theirs)
        for id, theirs in groupby(rows, key=lambda row: row.booking_id)
    }


def last_move(entries: Iterable[TimelineEntry]) -> TimelineEntry | None:
    """How a booking came to its present time: its latest move, or the step back from one that could not be had."""
    moves = [each for each in entries if each.what in (Happened.MOVED, Happened.MOVED_BACK)]
    return moves[-1] if moves else None


def entry(row: TimelineRow) -> TimelineEntry:
    return TimelineEntry(row.at, Happened(row.what), row.by, row.detail)


def latest_id(session: Session) -> int:
    return session.exec(select(func.max(TimelineRow.id))).one() or 0


def after(session: Session, id: int, *, limit: int = 200) -> list[tuple[int, UUID, TimelineEntry]]:
    """Entries of all bookings that came after `id`, in order, with their own id and booking."""
    later = select(TimelineRow).where(col(TimelineRow.id) > id).order_by(col(TimelineRow.id)).limit(limit)
    return [(row.id or 0, row.booking_id, entry(row)) for row in session.exec(later)]
