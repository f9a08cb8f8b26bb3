"""Mails in the outbox: those waiting behind each other, those ever owed, and reminders that come up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy import select as columns_of
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from ..domain.booking import BookingState
from .outbox import Claimed
from .statements import scalars_of
from .tables.booking import BookingRow
from .tables.outbox import OutboxRow
from .tables.setup import MeetingTypeRow

_AT_ONCE = 500
_THIS = aliased(OutboxRow)
_BEHIND = (
    select(OutboxRow.payload)
    .join(_THIS, col(_THIS.lane) == col(OutboxRow.lane))
    .where(col(_THIS.id) == bindparam("of_id"), col(OutboxRow.id) > bindparam("of_id"))
    .where(col(OutboxRow.done_at).is_(None), col(OutboxRow.dead_at).is_(None))
)


@dataclass(frozen=True, slots=True)
class Coming:
    """What decides about a confirmed booking's reminders."""

    id: UUID
    meeting_type_id: UUID
    start: datetime
    decided_at: datetime
    sequence: int


def behind(session: Session, claimed: Claimed) -> list[Mapping[str, str]]:
    """The payloads of effects that wait behind this one in its lane."""
    return list(scalars_of(session, _BEHIND, of_id=claimed.id))


def ever_owed(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of these keys that the outbox has ever had."""
    known: set[str] = set()
    for at in range(0, len(keys), _AT_ONCE):
        known.update(session.exec(select(OutboxRow.key).where(col(OutboxRow.key).in_(keys[at : at + _AT_ONCE]))))
    return known


def offsets(session: Session) -> dict[UUID, tuple[timedelta, ...]]:
    """The reminder offsets of each meeting type that has any."""
    rows = session.exec(select(MeetingTypeRow.id, MeetingTypeRow.choices))
    return {id: tuple(timedelta(seconds=s) for s in choices["remind_before"]) for id, choices in rows}


def coming(session: Session, meeting_types: Iterable[UUID], *, now: datetime, until: datetime) -> list[Coming]:
    """Confirmed bookings of these meeting types that start in (now, until], with reminders wanted."""
    near = (
        columns_of(
            col(BookingRow.id),
            col(BookingRow.meeting_type_id),
            col(BookingRow.starts_at),
            col(BookingRow.decided_at),
            col(BookingRow.sequence),
        )
        .where(col(BookingRow.state) == BookingState.CONFIRMED, col(BookingRow.reminders).is_(True))
        .where(col(BookingRow.starts_at) > now, col(BookingRow.starts_at) <= until)
        .where(col(BookingRow.meeting_type_id).in_(list(meeting_types)))
    )
    return [Coming(*row) for row in session.connection().execute(near)]  # plain rows, as there may be thousands
