"""Erasing invitees' details when they are due. When and how a booking went stays."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, cast, func
from sqlmodel import Session, String, and_, col, delete, or_, select, update

from ..domain.booking import BookingState
from ..domain.retention import Cutoffs
from ..domain.timeline import Happened
from . import booking_fields, mail_log, ticks, timeline
from .bookings import mail_lane
from .engine import lock_hosts
from .prefixes import begins_with
from .tables.access import LinkRow
from .tables.booking import BookingRow, ReservationRow, TimelineRow
from .tables.outbox import OutboxRow

_OVER = (BookingState.EXPIRED, BookingState.CANCELLED)
_NOBODY = "[]"  # an empty list in the JSON column


def due(session: Session, cutoffs: Cutoffs, *, limit: int = 100) -> list[UUID]:
    """Bookings whose details are due for erasure; an erased one has no name any more."""
    rows = session.exec(select(BookingRow.id).where(_is_due(cutoffs)).order_by(col(BookingRow.ends_at)).limit(limit))
    return list(rows)


def hosts_of(session: Session, booking_ids: Sequence[UUID]) -> set[UUID]:
    """The hosts of these bookings."""
    return set(session.exec(select(BookingRow.host_id).where(col(BookingRow.id).in_(booking_ids))))


def count(session: Session, cutoffs: Cutoffs) -> int:
    """How many are due."""
    return session.exec(select(func.count()).select_from(BookingRow).where(_is_due(cutoffs))).one()


def _is_due(cutoffs: Cutoffs) -> ColumnElement[bool]:
    untold = and_(
        col(BookingRow.state).in_(_OVER),
        cast(col(BookingRow.invited), String) == _NOBODY,
        col(BookingRow.decided_at) < cutoffs.unconfirmed,
    )
    told = col(BookingRow.ends_at) < cutoffs.told
    return and_(col(BookingRow.name) != "", or_(untold, told))


def erase(session: Session, booking_ids: Sequence[UUID], *, now: datetime) -> None:
    """Delete names, addresses, answers and reasons. Links and the waiting page's address stay known, as expired.

    Locks the hosts, so that whoever read a booking with its host locked has written it before.
    """
    lock_hosts(session, hosts_of(session, booking_ids))
    for booking_id in booking_ids:
        gone: dict[str, object] = {
            "name": "",
            "email": "",
            "mailbox": "",
            "guests": [],
            "answers": [],
            "sealed": [],
            "invited": [],
            "owed": [],
            "reason": "",
            "form_key": None,
        }
        session.exec(update(BookingRow).where(col(BookingRow.id) == booking_id).values(**gone))
        session.exec(update(ReservationRow).where(col(ReservationRow.booking_id) == booking_id).values(summaries={}))
        session.exec(update(LinkRow).where(col(LinkRow.booking_id) == booking_id).values(guest=""))
        session.exec(delete(OutboxRow).where(begins_with(col(OutboxRow.lane), mail_lane(booking_id))))
        mail_log.forget_booking(session, booking_id)
        ticks.forget_booking(session, booking_id)
        booking_fields.forget_booking(session, booking_id)
        session.exec(
            delete(TimelineRow).where(
                col(TimelineRow.booking_id) == booking_id, col(TimelineRow.what) == Happened.OPENED
            )
        )
        for row in session.exec(select(TimelineRow).where(TimelineRow.booking_id == booking_id)):
            if "reason" in row.detail:
                row.detail = {key: value for key, value in row.detail.items() if key != "reason"}
                session.add(row)
        timeline.add(session, booking_id, Happened.ERASED, by="retention", at=now)
