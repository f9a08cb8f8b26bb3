"""Runs that ask a list of contacts for a purpose, and the result for each contact."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, insert
from sqlmodel import Session, col, delete, func, select, update

from ..domain.ask_list import AskVerdict, RunState
from ..domain.consent import Basis
from .standings import DECLINED, PENDING
from .tables.consent import AskLineRow, AskRunRow, StandingRow

_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRun:
    """One run. `made_by`: the author in evidence; `called`: the author's name. `among`: how the list was chosen."""

    id: UUID
    purpose: str
    made_at: datetime
    made_by: str
    called: str
    among: Mapping[str, Any]
    reason: str = ""
    state: RunState = RunState.DRAFT
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The present state of those who were asked."""

    yes: int = 0
    no: int = 0
    waiting: int = 0
    lapsed: int = 0


def save(session: Session, run: AskRun) -> None:
    """Insert or update."""
    session.merge(AskRunRow(**{name: getattr(run, name) for name in _COLUMNS} | {"among": dict(run.among)}))
    session.flush()


def get(session: Session, id: UUID, *, lock: bool = False) -> AskRun | None:
    """The run. `lock`: locked until this transaction ends."""
    query = select(AskRunRow).where(AskRunRow.id == id).execution_options(populate_existing=True)
    row = session.exec(query.with_for_update() if lock else query).first()
    return _run(row) if row else None


def latest(session: Session, *, limit: int) -> list[AskRun]:
    """The latest runs that were started, newest first."""
    query = select(AskRunRow).where(AskRunRow.state != RunState.DRAFT).order_by(col(AskRunRow.made_at).desc())
    return [_run(row) for row in session.exec(query.limit(limit))]


def add_lines(session: Session, id: UUID, contacts: Iterable[UUID]) -> None:
    values = [{"run_id": id, "contact_id": each, "verdict": "", "entry_id": None} for each in dict.fromkeys(contacts)]
    for at in range(0, len(values), _BATCH):
        session.execute(insert(AskLineRow), values[at : at + _BATCH])


def contacts(session: Session, id: UUID) -> list[UUID]:
    return list(session.exec(select(AskLineRow.contact_id).where(AskLineRow.run_id == id)))


def next_open(session: Session, id: UUID) -> UUID | None:
    """The next contact in the list that has no verdict."""
    query = select(AskLineRow.contact_id).where(AskLineRow.run_id == id, AskLineRow.verdict == "")
    return session.exec(query.order_by(col(AskLineRow.contact_id)).limit(1)).first()


def settle(session: Session, id: UUID, contact_id: UUID, verdict: AskVerdict, *, entry_id: UUID | None = None) -> None:
    of_one = col(AskLineRow.run_id) == id, col(AskLineRow.contact_id) == contact_id
    session.exec(update(AskLineRow).where(*of_one).values(verdict=verdict.value, entry_id=entry_id))


def counts(session: Session, id: UUID) -> dict[str, int]:
    """The number of contacts by verdict; "" for those that have none yet."""
    query = select(AskLineRow.verdict, func.count()).where(AskLineRow.run_id == id)
    return dict(session.exec(query.group_by(col(AskLineRow.verdict))).all())


def answers(session: Session, run: AskRun, *, now: datetime) -> Answers:
    """How many of those asked in a run said yes or no, or have not answered."""
    pending, over = col(StandingRow.question) == PENDING, col(StandingRow.until) <= now
    noes = (Basis.OUT_CONTACT.value, Basis.OUT_USER.value)
    word = case(
        (pending & over, "lapsed"),
        (pending, "waiting"),
        ((col(StandingRow.question) == DECLINED) | col(StandingRow.basis).in_(noes), "no"),
        (col(StandingRow.entry_id) != col(AskLineRow.entry_id), "yes"),
        else_="lapsed",
    )
    query = select(word, func.count()).select_from(AskLineRow)
    query = query.join(StandingRow, col(StandingRow.contact_id) == col(AskLineRow.contact_id))
    asked = (
        AskLineRow.run_id == run.id,
        AskLineRow.verdict == AskVerdict.ASKED.value,
        StandingRow.purpose == run.purpose,
    )
    return Answers(**dict(session.exec(query.where(*asked).group_by(word)).all()))


def forget(session: Session, *, drafts_before: datetime, before: datetime) -> None:
    """Delete drafts that nobody started, and the contacts of runs that ended long ago."""
    stale = select(AskRunRow.id).where(AskRunRow.state == RunState.DRAFT, col(AskRunRow.made_at) < drafts_before)
    over = select(AskRunRow.id).where(col(AskRunRow.ended_at) < before)
    for those in (stale, over):
        session.exec(delete(AskLineRow).where(col(AskLineRow.run_id).in_(those)))
    session.exec(
        delete(AskRunRow).where(col(AskRunRow.state) == RunState.DRAFT, col(AskRunRow.made_at) < drafts_before)
    )


_COLUMNS = tuple(AskRun.__dataclass_fields__)


def _run(row: AskRunRow) -> AskRun:
    return AskRun(**{name: getattr(row, name) for name in _COLUMNS} | {"state": RunState(row.state)})
