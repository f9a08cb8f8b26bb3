"""Who saw what in clear that is otherwise hidden, or took it away: values, lists, proofs. Nothing here is changed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

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


_COLUMNS = tuple(Reveal.__dataclass_fields__)
