"""The latest of each kind of operation, by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from .tables.operations import OperationRow

BACKUP = "backup"  # one that was made and opened
RESTORING = "restoring"  # a backup that is being put back: nothing may run before it is done
RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Noted:
    """When it was, and what it came to."""

    at: datetime
    detail: Mapping[str, Any]


def note(session: Session, name: str, *, at: datetime, detail: Mapping[str, Any]) -> None:
    """Keep it in place of the one before."""
    session.merge(OperationRow(name=name, at=at, detail=dict(detail)))
    session.flush()


def noted(session: Session, name: str) -> Noted | None:
    row = session.get(OperationRow, name)
    return Noted(row.at, row.detail) if row else None


def forget(session: Session, name: str) -> None:
    row = session.get(OperationRow, name)
    if row is not None:
        session.delete(row)
        session.flush()
