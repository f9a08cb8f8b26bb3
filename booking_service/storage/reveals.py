"""Who saw what in clear that is otherwise hidden, or took it away: values, lists, proofs. Nothing here is changed.
It is kept for a year."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select

from .tables.consent import RevealRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """`by`: who it was, as the evidence names staff. `what`: in a word, with what it was about behind a colon."""

    id: UUID
    at: datetime
    contact_id: UUID | None = None
    by: str
    what: str
    why: str = ""


def add(session: Session, reveal: Reveal) -> None:
    session.add(RevealRow(**{name: getattr(reveal, name) for name in _COLUMNS}))


def latest(session: Session, *, behind: UUID | None = None, limit: int) -> list[Reveal]:
    """The newest first, from behind one on."""
    query = select(RevealRow).order_by(col(RevealRow.id).desc()).limit(limit)
    rows = session.exec(query if behind is None else query.where(col(RevealRow.id) < behind))
    return [Reveal(**{name: getattr(row, name) for name in _COLUMNS}) for row in rows]


def of_kind(session: Session, what: str, *, limit: int) -> list[Reveal]:
    """Those that were about the same thing, the newest first."""
    query = select(RevealRow).where(RevealRow.what == what).order_by(col(RevealRow.id).desc()).limit(limit)
    return [Reveal(**{name: getattr(row, name) for name in _COLUMNS}) for row in session.exec(query)]


def of_contact(session: Session, contact_id: UUID) -> list[Reveal]:
    """The oldest first."""
    query = select(RevealRow).where(RevealRow.contact_id == contact_id)
    rows = session.exec(query.order_by(col(RevealRow.at), col(RevealRow.id)))
    return [Reveal(**{name: getattr(row, name) for name in _COLUMNS}) for row in rows]


def forget(session: Session, *, before: datetime) -> None:
    """What is a year old."""
    session.exec(delete(RevealRow).where(col(RevealRow.at) < before))


_COLUMNS = tuple(Reveal.__dataclass_fields__)
