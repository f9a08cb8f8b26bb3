"""One-time links: each makes one booking of one meeting type, until an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select

from .tables.access import OneTimeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeLink:
    """`hash`: of its token, which is stored nowhere. `booking_id`: the last booking made by it.

    `note`: whom it is for, in the host's words; no invitee reads it.
    """

    id: UUID
    hash: str
    host_id: UUID
    meeting_type_id: UUID
    note: str
    created_at: datetime
    until: datetime
    revoked_at: datetime | None = None
    booking_id: UUID | None = None


def save(session: Session, link: OneTimeLink) -> None:
    session.merge(OneTimeRow(**{name: getattr(link, name) for name in OneTimeLink.__slots__}))
    session.flush()


def by_hash(session: Session, hash: str, *, lock: bool = False) -> OneTimeLink | None:
    query = select(OneTimeRow).where(OneTimeRow.hash == hash)
    row = session.exec(query.with_for_update() if lock else query).first()
    return _link(row) if row else None


def by_booking(session: Session, booking_id: UUID) -> OneTimeLink | None:
    """The link by which this booking was made, unless it made another one since."""
    row = session.exec(select(OneTimeRow).where(OneTimeRow.booking_id == booking_id).with_for_update()).first()
    return _link(row) if row else None


def get(session: Session, link_id: UUID) -> OneTimeLink | None:
    row = session.get(OneTimeRow, link_id)
    return _link(row) if row else None


def of_host(session: Session, host_id: UUID) -> Sequence[OneTimeLink]:
    """A host's links, newest first."""
    rows = session.exec(
        select(OneTimeRow).where(OneTimeRow.host_id == host_id).order_by(col(OneTimeRow.created_at).desc())
    )
    return [_link(row) for row in rows]


def forget(session: Session, *, before: datetime) -> None:
    """Delete links that ended before, as their notes name people."""
    session.exec(delete(OneTimeRow).where(col(OneTimeRow.until) < before))


def _link(row: OneTimeRow) -> OneTimeLink:
    return OneTimeLink(**{name: getattr(row, name) for name in OneTimeLink.__slots__})
