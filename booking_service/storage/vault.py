"""Evidence about erased people, sealed under the mark of a mailbox or number. Nothing here can be looked through."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select

from .tables.consent import VaultRow


@dataclass(frozen=True, slots=True)
class Kept:
    mark: str
    until: datetime
    key_id: str
    sealed: bytes


def add(session: Session, id: UUID, kept: Kept) -> None:
    """Beside what stands under the same mark."""
    session.add(VaultRow(id=id, mark=kept.mark, until=kept.until, key_id=kept.key_id, sealed=kept.sealed))
    session.flush()


def find(session: Session, marks: Collection[str]) -> list[Kept]:
    """What is kept under any of these marks, which are of one identifier under each key: what goes first before."""
    query = select(VaultRow).where(col(VaultRow.mark).in_(marks))
    rows = session.exec(query.order_by(col(VaultRow.until), col(VaultRow.id)))
    return [Kept(row.mark, row.until, row.key_id, row.sealed) for row in rows]


def forget(session: Session, *, before: datetime) -> None:
    """What had to be kept until then."""
    session.exec(delete(VaultRow).where(col(VaultRow.until) <= before))
