"""What holds now for each contact and purpose: a cache for lists, written with each entry. The gate never reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from ..domain.consent import Basis, Standing
from .tables.consent import StandingRow

_BATCH = 5000
PENDING, DECLINED = "pending", "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedStanding:
    """`question`: "pending" until it is answered (after `until` it has lapsed by itself), "declined", or none."""

    basis: Basis = Basis.NONE
    since: datetime | None = None
    question: str = ""
    until: datetime | None = None
    entry_id: UUID | None = None

    @classmethod
    def of(cls, standing: Standing) -> "CachedStanding":
        question, until = (PENDING, standing.question.until) if standing.question else ("", None)
        if not question and standing.declined is not None:
            question = DECLINED
        entry_id = standing.rests_on.id if standing.rests_on else None
        return cls(basis=standing.basis, since=standing.since, question=question, until=until, entry_id=entry_id)


def write(session: Session, contact: UUID, purpose: str, standing: Standing) -> None:
    """Insert or update."""
    cached = CachedStanding.of(standing)
    session.merge(
        StandingRow(
            contact_id=contact,
            purpose=purpose,
            basis=cached.basis.value,
            since=cached.since,
            question=cached.question,
            until=cached.until,
            entry_id=cached.entry_id,
        )
    )
    session.flush()


def of_contact(session: Session, contact: UUID) -> dict[str, CachedStanding]:
    """By purpose."""
    rows = session.exec(select(StandingRow).where(StandingRow.contact_id == contact))
    return {row.purpose: _cached(row) for row in rows}


def every(session: Session) -> Iterator[tuple[UUID, str, CachedStanding]]:
    """By contact, few rows in memory at a time."""
    query = select(StandingRow).order_by(col(StandingRow.contact_id), col(StandingRow.purpose))
    for row in session.exec(query.execution_options(yield_per=_BATCH)):
        yield row.contact_id, row.purpose, _cached(row)


def _cached(row: StandingRow) -> CachedStanding:
    return CachedStanding(
        basis=Basis(row.basis), since=row.since, question=row.question, until=row.until, entry_id=row.entry_id
    )
