"""Sealed evidence about erased people, under the mark of a mailbox or number. It can't be browsed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select

from .tables.consent import VaultRow


@dataclass(frozen=True, slots=True)
class VaultEntry:
    mark: str
    until: datetime
    key_id: str
    sealed: bytes


def add(session: Session, id: UUID, kept: VaultEntry) -> None:
    """Add to what is stored under the same mark."""
    session.add(VaultRow(id=id, mark=kept.mark, until=kept.until, key_id=kept.key_id, sealed=kept.sealed))
    session.flush()


def find(session: Session, marks: Collection[str]) -> list[VaultEntry]:
    """The evidence under any of these marks (one identifier, under each key), earliest expiry first."""
    query = select(VaultRow).where(col(VaultRow.mark).in_(marks))
    rows = session.exec(query.order_by(col(VaultRow.until), col(VaultRow.id)))
    return [VaultEntry(row.mark, row.until, row.key_id, row.sealed) for row in rows]


def forget(session: Session, *, before: datetime) -> None:
    """Delete what had to be kept until then."""
    session.exec(delete(VaultRow).where(col(VaultRow.until) <= before))
