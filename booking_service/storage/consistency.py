"""What an auditor reads: everything at once, across hosts. No request uses this."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from sqlmodel import Session, col, func, or_, select

from ..domain.booking import Booking
from ..domain.interval import Interval
from ..domain.reservation import Reservation
from . import bookings
from .reservations import to_reservation
from .tables.booking import ReservationRow, StretchRow, TimelineRow
from .tables.outbox import OutboxRow
from .timeline import TimelineEntry, entry


@dataclass(frozen=True, slots=True)
class StretchInForce:
    """A stretch in force. `overridden`: the host's own edit put it over another one."""

    host_id: UUID
    booking_id: UUID
    time: Interval
    overridden: bool


def taken(session: Session, *, now: datetime) -> list[StretchInForce]:
    """Stretches in force, by host and start."""
    rows = session.exec(
        select(StretchRow)
        .where(or_(col(StretchRow.hold_until).is_(None), col(StretchRow.hold_until) > now))
        .order_by(col(StretchRow.host_id), col(StretchRow.starts_at))
    )
    return [StretchInForce(r.host_id, r.booking_id, Interval(r.starts_at, r.ends_at), r.overridden) for r in rows]


def every_booking(session: Session) -> list[Booking]:
    return bookings.of_host(session, None, limit=None)


def every_reservation(session: Session) -> list[Reservation]:
    return [to_reservation(row) for row in session.exec(select(ReservationRow))]


def timelines(session: Session) -> Iterator[tuple[UUID, Sequence[TimelineEntry]]]:
    """Each booking's timeline, in order."""
    rows = session.exec(select(TimelineRow).order_by(col(TimelineRow.booking_id), col(TimelineRow.id)))
    for booking_id, entries in groupby(rows, key=attrgetter("booking_id")):
        yield booking_id, [entry(row) for row in entries]


def open_keys(session: Session) -> frozenset[str]:
    """Keys of all effects that are not done, including those given up."""
    return frozenset(session.exec(select(OutboxRow.key).where(col(OutboxRow.done_at).is_(None))))


def mail_keys(session: Session) -> frozenset[str]:
    """Keys of all mails ever owed."""
    return frozenset(session.exec(select(OutboxRow.key).where(OutboxRow.kind == "mail")))


def written_last(session: Session) -> datetime | None:
    """When the newest entry of any timeline was written."""
    return session.exec(select(func.max(col(TimelineRow.at)))).one()
