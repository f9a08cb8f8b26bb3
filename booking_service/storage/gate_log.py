"""The decisions of the gate: when, and on which entry they rest."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, col, delete, func, select

from .statements import insert_bare
from .tables.consent import GateLogRow
from .types import bare_id, bare_instant


class Decided(NamedTuple):
    """One decision. `why`: "" where it passed. A NamedTuple, as a list makes one for each contact."""

    id: UUID
    at: datetime
    contact_id: UUID
    use: str
    purpose: str
    passed: bool
    why: str = ""
    entry_id: UUID | None = None


def add(session: Session, decided: Iterable[Decided]) -> None:
    dialect = session.get_bind().dialect.name
    rows = [
        (bare_id(id, dialect), bare_instant(at, dialect), bare_id(contact, dialect), *named, bare_id(entry, dialect))
        for id, at, contact, *named, entry in decided
    ]
    if rows:
        insert_bare(session, _INSERT, _COLUMNS, rows)


def of_contact(session: Session, contact: UUID, *, limit: int = 200) -> list[Decided]:
    """The latest decisions about a contact, newest first."""
    query = select(GateLogRow).where(GateLogRow.contact_id == contact).order_by(col(GateLogRow.at).desc()).limit(limit)
    return [Decided(**{name: getattr(row, name) for name in _COLUMNS}) for row in session.exec(query)]


def refusals(
    session: Session, purpose: str, *, only: Collection[str] = (), beside: Collection[str] = (), since: datetime
) -> dict[str, int]:
    """Refusals for a purpose by reason: `only` of these uses, or of all `beside` these."""
    refused = GateLogRow.purpose == purpose, col(GateLogRow.passed).is_(False), GateLogRow.at >= since
    query = select(GateLogRow.why, func.count()).where(*refused).group_by(col(GateLogRow.why))
    use = col(GateLogRow.use)
    return dict(session.exec(query.where(use.in_(only) if only else use.not_in(beside))).all())


def forget(session: Session, *, before: datetime) -> None:
    session.exec(delete(GateLogRow).where(col(GateLogRow.at) < before))


_INSERT = insert(GateLogRow)
_COLUMNS = Decided._fields
