"""Live holds that wait for their invitee."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy import select as columns_of
from sqlmodel import Session, col

from ..domain.booking import BookingState, Party
from .statements import run
from .tables.booking import BookingRow

_OF_HOST = (
    columns_of(col(BookingRow.hold_until), col(BookingRow.awaits), col(BookingRow.mailbox))
    .where(col(BookingRow.state) == BookingState.HELD, col(BookingRow.hold_until) > bindparam("now"))
    .where(col(BookingRow.host_id) == bindparam("host_id"), col(BookingRow.reserves))
    .order_by(col(BookingRow.hold_until))
)


def mailboxes_of(session: Session, host_id: UUID, *, now: datetime) -> list[tuple[datetime, str]]:
    """The deadline and mailbox of each of the host's live holds that reserve their time, soonest first."""
    found = run(session, _OF_HOST, {"host_id": host_id, "now": now})
    return [(until, mailbox) for until, awaits, mailbox in found if Party.INVITEE in awaits]
