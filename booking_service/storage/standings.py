"""What stands for each contact and purpose: a cache for lists, written with each entry. The gate never reads it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable
from sqlmodel import Session, col, select

from ..domain.consent import Asked, Basis, Standing
from ..domain.consent_columns import searched_id
from ..domain.contact_filter import Filter
from ..domain.purposes import EVERY
from . import named_locks, statements
from .statements import insert_of
from .tables.consent import StandingRow
from .tables.ledger import LedgerDetailRow
from .types import as_kept, kept_id, kept_instant

_BATCH = 5000
PENDING, DECLINED = "pending", "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedStanding:
    """`question`: "pending" until it is answered (and lapsed after `until`), "declined", or "".

    `stopped_at`: since when all use is stopped, by the contact or by one merged with it.
    """

    basis: Basis = Basis.NONE
    since: datetime | None = None
    question: str = ""
    until: datetime | None = None
    entry_id: UUID | None = None
    stopped_at: datetime | None = None

    @classmethod
    def of(cls, standing: Standing) -> "CachedStanding":
        question, until = (PENDING, standing.question.until) if standing.question else ("", None)
        if not question and standing.declined is not None:
            question = DECLINED
        entry_id = standing.rests_on.id if standing.rests_on else None
        return cls(
            basis=standing.basis,
            since=standing.since,
            question=question,
            until=until,
            entry_id=entry_id,
            stopped_at=standing.stopped.at if standing.stopped else None,
        )


def write(session: Session, purpose: str, found: Sequence[tuple[UUID, Standing]]) -> None:
    """Insert or update the standings of these contacts for a purpose, even while others do."""
    statement = _upsert(session.get_bind().dialect.name)
    rows = [_row(contact, purpose, CachedStanding.of(standing)) for contact, standing in found]
    for at in range(0, len(rows), _BATCH):
        statements.write(session, statement, *rows[at : at + _BATCH])


def let_in(session: Session, purpose: str) -> None:
    """Let nobody hold `shut` for this purpose until the transaction ends, and wait for who does ("*": for any).

    For everybody who writes what one person said, before they read the purpose. Does nothing on SQLite.
    """
    named_locks.beside(session, _names(purpose))
    _read_again(session)


def shut(session: Session, purpose: str) -> None:
    """Let nobody write what people say of a purpose, or of all, until the transaction ends; waits for who does."""
    named_locks.alone(session, _names(EVERY, purpose))
    _read_again(session)


def of_contact(session: Session, contact: UUID) -> dict[str, CachedStanding]:
    """A contact's standings, by purpose."""
    rows = session.exec(select(StandingRow).where(StandingRow.contact_id == contact))
    return {row.purpose: _cached(row) for row in rows}


def every(session: Session) -> Iterator[tuple[UUID, str, CachedStanding]]:
    """All standings, by contact, few rows in memory at a time."""
    kept = [as_kept(getattr(StandingRow, name)) for name in ("contact_id", "purpose", *_COLUMNS)]
    query = select(*kept).order_by(col(StandingRow.contact_id), col(StandingRow.purpose))
    for id, purpose, *row in statements.run(session, query.execution_options(yield_per=_BATCH), {}):
        yield kept_id(id), purpose, _as_kept(*row)


def any_unreadable(session: Session) -> bool:
    """Whether a row has values that no standing of ours has."""
    strange = col(StandingRow.basis).not_in([each.value for each in Basis])
    return session.exec(select(StandingRow.contact_id).where(strange).limit(1)).first() is not None


def stands(wanted: Filter, *, now: datetime) -> list[ColumnElement[bool]]:
    """The filter's conditions on the cache."""
    found: list[ColumnElement[bool]] = []
    if wanted.purpose:
        found.append(col(StandingRow.purpose) == wanted.purpose)
    if wanted.standing == Asked.LAPSED:
        found += [col(StandingRow.question) == PENDING, col(StandingRow.until) <= now]
    elif wanted.standing == Asked.PENDING:
        found += [col(StandingRow.question) == PENDING, col(StandingRow.until) > now]
    elif wanted.standing == Asked.DECLINED:
        found.append(col(StandingRow.question) == DECLINED)
    elif wanted.standing:
        found.append(col(StandingRow.basis) == wanted.standing)
    return found


def brought(wanted: Filter) -> list[ColumnElement[bool]]:
    """The filter's conditions on the detail of the entry that a standing rests on."""
    found: list[ColumnElement[bool]] = []
    if wanted.source:
        found.append(col(LedgerDetailRow.source) == wanted.source)
    if wanted.given_from is not None:
        found.append(col(LedgerDetailRow.given_on) >= wanted.given_from)
    if wanted.given_to is not None:
        found.append(col(LedgerDetailRow.given_on) <= wanted.given_to)
    if wanted.optin_id:
        found.append(col(LedgerDetailRow.optin_id) == searched_id(wanted.optin_id))
    return found


def _cached(row: StandingRow) -> CachedStanding:
    return CachedStanding(
        basis=Basis(row.basis),
        since=row.since,
        question=row.question,
        until=row.until,
        entry_id=row.entry_id,
        stopped_at=row.stopped_at,
    )


_COLUMNS = tuple(CachedStanding.__dataclass_fields__)


@lru_cache
def _upsert(dialect: str) -> Executable:
    made = insert_of(dialect)(StandingRow)
    upsert: Executable = made.on_conflict_do_update(
        index_elements=["contact_id", "purpose"], set_={name: made.excluded[name] for name in _COLUMNS}
    )
    return upsert


def _names(*purposes: str) -> list[str]:
    return [f"standings {each}" for each in purposes]


def _read_again(session: Session) -> None:
    """Forget what the session has read, which may be older than what it waited for."""
    session.flush()
    session.expire_all()


def _row(contact: UUID, purpose: str, cached: CachedStanding) -> dict[str, object]:
    values = {name: getattr(cached, name) for name in _COLUMNS} | {"basis": cached.basis.value}
    return {"contact_id": contact, "purpose": purpose, **values}


def _as_kept(basis: str, since: Any, question: str, until: Any, entry_id: Any, stopped_at: Any) -> CachedStanding:
    return CachedStanding(
        basis=Basis(basis),
        since=kept_instant(since) if since is not None else None,
        question=question,
        until=kept_instant(until) if until is not None else None,
        entry_id=kept_id(entry_id) if entry_id is not None else None,
        stopped_at=kept_instant(stopped_at) if stopped_at is not None else None,
    )
