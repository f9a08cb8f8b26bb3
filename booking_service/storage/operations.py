"""The latest operation of each kind, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Executable, exists
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from ..domain.freshness import CLOCKS_DIFFER
from .statements import insert_of, write
from .tables.operations import OperationRow

BACKUP = "backup"  # the latest backup that was made and verified
RESTORING = "restoring"  # a restore in progress, during which nothing may run
RESTORED = "restored"
AUDIT = "audit"  # the latest audit and what it found
LEDGER = "ledger"  # the latest check of the consent ledger, and what it found
ATTACK = "attack"  # when attack mode was last switched, until when it is on, and by whom
BLOCKS = "blocks"  # blocked networks (network_blocks.py)
ADMINS_TOLD = "admins-told"  # the latest mail to administrators, and its content
FLOOD = "flood"  # the latest flood that was noticed
NOES_UNWRITTEN = (
    "noes-unwritten"  # since when noes.jsonl takes nothing, and the first place in the ledger that it lacks
)
AUDITING = "auditing"  # when the latest audit began


@dataclass(frozen=True, slots=True)
class Noted:
    """When it happened, and its result."""

    at: datetime
    detail: Mapping[str, Any]


def note(session: Session, name: str, *, at: datetime, detail: Mapping[str, Any]) -> None:
    """Store it in place of the previous one, even while another process does the same."""
    added = insert_of(session.get_bind().dialect.name)(OperationRow)
    kept = {"at": added.excluded.at, "detail": added.excluded.detail}
    put: Executable = added.on_conflict_do_update(index_elements=["name"], set_=kept)
    write(session, put, {"name": name, "at": at, "detail": dict(detail)})


def noted(session: Session, name: str) -> Noted | None:
    row = session.get(OperationRow, name)
    return Noted(row.at, row.detail) if row else None


def every(session: Session) -> dict[str, Noted]:
    """The latest operation of each kind, by name."""
    return {row.name: Noted(row.at, row.detail) for row in session.exec(select(OperationRow))}


def forget(session: Session, name: str) -> None:
    row = session.get(OperationRow, name)
    if row is not None:
        session.delete(row)
        session.flush()


def no_restore() -> ColumnElement[bool]:
    """A condition: no restore into this database is in progress. For claims, as a worker may run that nobody stopped."""
    return ~exists().where(col(OperationRow.name) == RESTORING)


def take_turn(session: Session, name: str, *, since: datetime, stuck: timedelta, now: datetime) -> bool:
    """Whether the caller is to do what is due once after `since`; by compare-and-set only one of several processes is.

    If it was never done, the first call counts as done, so that nothing is due in a new service. `stuck`: after this
    long without `done_turn` another process may take over. A last time in the future, from a clock set back since,
    counts as due.
    """
    row = session.get(OperationRow, name)
    if row is None:
        _first(session, name, now=now)
        return False
    due = row.at < since if row.detail["done"] else row.at + stuck <= now
    if not due and row.at <= now + CLOCKS_DIFFER:
        return False
    same = update(OperationRow).where(col(OperationRow.name) == name, col(OperationRow.at) == row.at)
    taken = session.exec(same.values(at=now, detail={"done": False}))
    return cast("CursorResult[object]", taken).rowcount == 1


def done_turn(session: Session, name: str, *, at: datetime) -> None:
    """What began at this instant is done."""
    note(session, name, at=at, detail={"done": True})


def _first(session: Session, name: str, *, now: datetime) -> None:
    try:
        with session.begin_nested():
            session.add(OperationRow(name=name, at=now, detail={"done": True}))
    except IntegrityError:
        return  # another process was first at the same moment
