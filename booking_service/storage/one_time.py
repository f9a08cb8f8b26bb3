"""One-time links: by each, one booking of one meeting type until an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select

from .tables.access import OneTimeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeLink:
    """`hash`: of its token, which is nowhere. `booking_id`: the booking that was made by it last. `note`: whom it is for,
    in the host's words, which no invitee reads."""

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
    """The link that this booking was made by, unless another was since."""
    row = session.exec(select(OneTimeRow).where(OneTimeRow.booking_id == booking_id).with_for_update()).first()
    return _link(row) if row else None


def get(session: Session, link_id: UUID) -> OneTimeLink | None:
    row = session.get(OneTimeRow, link_id)
    return _link(row) if row else None


def of_host(session: Session, host_id: UUID, *, limit: int = 200) -> Sequence[OneTimeLink]:
    """The newest first."""
    rows = session.exec(
        select(OneTimeRow).where(OneTimeRow.host_id == host_id).order_by(col(OneTimeRow.created_at).desc()).limit(limit)
    )
    return [_link(row) for row in rows]


def forget(session: Session, *, before: datetime) -> None:
    """Links whose time was over before then: they name people in the words of hosts."""
    session.exec(delete(OneTimeRow).where(col(OneTimeRow.until) < before))


def _link(row: OneTimeRow) -> OneTimeLink:
    return OneTimeLink(**{name: getattr(row, name) for name in OneTimeLink.__slots__})
