"""The latest of each kind of operation, by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Executable
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from ..domain.freshness import CLOCKS_DIFFER
from .statements import insert_of, write
from .tables.operations import OperationRow

BACKUP = "backup"  # one that was made and opened
RESTORING = "restoring"  # a backup that is being put back: nothing may run before it is done
RESTORED = "restored"
AUDIT = "audit"  # the latest audit and what it found
LEDGER = "ledger"  # the latest check of the consent ledger, and what it found
ATTACK = "attack"  # when the switch for times of attack was set last, with until when it is on, and by whom
BLOCKS = "blocks"  # the networks that are shut out (network_blocks.py)
ADMINS_TOLD = "admins-told"  # the latest mail to administrators, and of what
FLOOD = "flood"  # the latest look that found more asked for than is confirmed, with what it found
AUDITING = "auditing"  # when one was begun last


@dataclass(frozen=True, slots=True)
class Noted:
    """When it was, and what it came to."""

    at: datetime
    detail: Mapping[str, Any]


def note(session: Session, name: str, *, at: datetime, detail: Mapping[str, Any]) -> None:
    """Keep it in place of the one before, also where another process notes one at the same moment."""
    added = insert_of(session.get_bind().dialect.name)(OperationRow)
    kept = {"at": added.excluded.at, "detail": added.excluded.detail}
    put: Executable = added.on_conflict_do_update(index_elements=["name"], set_=kept)
    write(session, put, {"name": name, "at": at, "detail": dict(detail)})


def noted(session: Session, name: str) -> Noted | None:
    row = session.get(OperationRow, name)
    return Noted(row.at, row.detail) if row else None


def every(session: Session) -> dict[str, Noted]:
    """The latest of each kind, by its name."""
    return {row.name: Noted(row.at, row.detail) for row in session.exec(select(OperationRow))}


def forget(session: Session, name: str) -> None:
    row = session.get(OperationRow, name)
    if row is not None:
        session.delete(row)
        session.flush()


def take_turn(session: Session, name: str, *, since: datetime, stuck: timedelta, now: datetime) -> bool:
    """Whether the caller is to do what is due once after `since`: of several processes one is told so, by compare-and-set.

    Where it was never done, the time of the first question counts as the last, so that a new service starts with nothing due.
    `stuck`: after so long without `done_turn` another may take it over. What was done in the future, by a clock that has been set
    back since, is due.
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
    """What was begun at this instant is over."""
    note(session, name, at=at, detail={"done": True})


def _first(session: Session, name: str, *, now: datetime) -> None:
    try:
        with session.begin_nested():
            session.add(OperationRow(name=name, at=now, detail={"done": True}))
    except IntegrityError:
        return  # another process asked for the first time at the same moment
