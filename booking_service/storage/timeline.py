"""The timelines of bookings: appended to, never rewritten."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import bindparam, insert
from sqlmodel import Session, col, func, select

from ..domain.mail_delivery import TELLING, UNKNOWN, MailDelivery, delivery
from ..domain.timeline import Happened
from .statements import rows_of, write
from .tables.booking import TimelineRow

_ADD = insert(TimelineRow)
_OF_BOOKING = select(TimelineRow).where(TimelineRow.booking_id == bindparam("booking_id")).order_by(col(TimelineRow.id))
_MOVING = frozenset({Happened.MOVED, Happened.MOVED_BACK})
_OF_LISTED = (
    select(TimelineRow)
    .where(
        col(TimelineRow.booking_id).in_(bindparam("ids", expanding=True)),
        col(TimelineRow.what).in_(sorted(TELLING | _MOVING)),
    )
    .order_by(col(TimelineRow.booking_id), col(TimelineRow.at), col(TimelineRow.id))
)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry: what, when (aware UTC), and by whom (a Party, or a part of the service)."""

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
    """Append the same entry to several bookings."""
    rows = [{"booking_id": id, "at": at, "what": str(what), "by": str(by), "detail": {}} for id in booking_ids]
    if rows:
        write(session, _ADD, *rows)


def of_booking(session: Session, booking_id: UUID) -> list[TimelineEntry]:
    return [entry(row) for row in rows_of(session, _OF_BOOKING, booking_id=booking_id)]


@dataclass(frozen=True, slots=True)
class Course:
    """How a booking went so far, as lists tell it: whether its mails reach its invitee, and how it came to its present time,
    where that is not the first."""

    delivery: MailDelivery = UNKNOWN
    move: TimelineEntry | None = None


def courses(session: Session, booking_ids: Collection[UUID]) -> dict[UUID, Course]:
    """How these bookings went; bookings about which nothing is known are left out."""
    rows = rows_of(session, _OF_LISTED, ids=list(booking_ids)) if booking_ids else ()
    return {id: _course([entry(row) for row in theirs]) for id, theirs in groupby(rows, key=lambda row: row.booking_id)}


def _course(entries: Sequence[TimelineEntry]) -> Course:
    return Course(delivery((each.what, each.at, each.detail) for each in entries), last_move(entries))


def last_move(entries: Iterable[TimelineEntry]) -> TimelineEntry | None:
    """The entry by which a booking got its present time: the latest move, or the step back from a failed one."""
    moves = [each for each in entries if each.what in _MOVING]
    return moves[-1] if moves else None


def entry(row: TimelineRow) -> TimelineEntry:
    return TimelineEntry(row.at, Happened(row.what), row.by, row.detail)


def latest_id(session: Session) -> int:
    return session.exec(select(func.max(TimelineRow.id))).one() or 0


def after(session: Session, id: int, *, limit: int = 200) -> list[tuple[int, UUID, TimelineEntry]]:
    """Entries of all bookings after `id`, in order, with their own id and their booking's."""
    later = select(TimelineRow).where(col(TimelineRow.id) > id).order_by(col(TimelineRow.id)).limit(limit)
    return [(row.id or 0, row.booking_id, entry(row)) for row in session.exec(later)]
