"""Holds whose deadline has passed, and ending several of a host with few statements."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, col, select, update

from ..domain.booking import Booking, BookingState, Decision
from ..domain.effects import SendMail
from ..domain.reservation import Reservation
from ..domain.timeline import Happened
from ..telemetry import process_figures
from . import bookings, hosts, reservations, timeline, webhook_changes
from .engine import after_commit
from .statements import rows_of, scalars_of, write
from .tables.booking import BookingRow

_PAST_DEADLINE = (col(BookingRow.state) == BookingState.HELD, col(BookingRow.hold_until) <= bindparam("now"))
# By deadline, as the holds' index is: asked host by host, SQLite would read every booking.
_HOSTS = select(BookingRow.host_id).where(*_PAST_DEADLINE).order_by(col(BookingRow.hold_until)).limit(200)
_DUE = (
    select(BookingRow)
    .where(*_PAST_DEADLINE, col(BookingRow.host_id) == bindparam("host_id"))
    .order_by(col(BookingRow.hold_until))
    .limit(bindparam("most"))
)
_END = update(BookingRow).where(col(BookingRow.id) == bindparam("of_id"))


def of_host(session: Session, host_id: UUID, *, now: datetime, limit: int) -> list[Booking]:
    """The host's holds whose deadline has passed, oldest first."""
    return [bookings.to_booking(row) for row in rows_of(session, _DUE, host_id=host_id, now=now, most=limit)]


def their_hosts(session: Session, *, now: datetime) -> list[UUID]:
    """The hosts of the 200 holds that have been due longest."""
    return list(dict.fromkeys(scalars_of(session, _HOSTS, now=now)))


def record(
    session: Session,
    host_id: UUID,
    ended: Sequence[Decision],
    *,
    publish_at: datetime | None = None,
    mails_at: datetime | None = None,
    now: datetime,
) -> None:
    """As `bookings.record` for several ending holds of one host, which must be locked.

    `publish_at`: when a worker should remove the events, for a caller that does so itself. `mails_at`: when the mails
    are due. Both: now by default.
    """
    if not ended:
        return
    over = {each.booking.id: each.booking for each in ended}
    write(session, _END, *({"of_id": id, **bookings.to_columns(each), "network": ""} for id, each in over.items()))
    ours = [_revised(each, over[each.booking_id]) for each in reservations.of_bookings(session, over)]
    reservations.save_all(session, ours)
    reservations.free(session, [each.id for each in ours])
    bookings.wake_publishing(session, *(each.id for each in ours), due_at=publish_at or now, now=now)
    for decision in ended:
        bookings.count_transition(session, decision)
        after_commit(session, process_figures.EXPIRED.add)
        for effect in decision.effects:
            if isinstance(effect, SendMail):
                bookings.owe_mail(session, effect.booking_id, effect.mail, due_at=mails_at, now=now)
    timeline.add_all(session, list(over), Happened.EXPIRED, by=ended[0].by, at=now)
    webhook_changes.owe_of_bookings(session, ended, host_id, now=now)
    hosts.offers_changed(session, host_id)


def _revised(reservation: Reservation, over: Booking) -> Reservation:
    times = {**reservation.times, over.revision: over.time}
    return replace(reservation, revision=over.revision, times=times, beside=None)
