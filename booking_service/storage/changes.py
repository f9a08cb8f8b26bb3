"""Who changed what is set up, and when: a policy is on record with its history."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from .tables.setup import ChangeRow


@dataclass(frozen=True, slots=True)
class Recorded:
    """One change. `what` is the key as the setup file has it; None stands for what was not there."""

    at: datetime
    by: str
    what: str
    before: str | None
    after: str | None


def add(session: Session, recorded: Recorded) -> None:
    session.add(
        ChangeRow(at=recorded.at, by=recorded.by, what=recorded.what, before=recorded.before, after=recorded.after)
    )


def latest(session: Session, *, what: str = "", limit: int = 200) -> list[Recorded]:
    """The latest changes, newest first; only of keys that begin with `what`."""
    rows = session.exec(
        select(ChangeRow)
        .where(col(ChangeRow.what).startswith(what, autoescape=True))
        .order_by(col(ChangeRow.id).desc())
        .limit(limit)
    )
    return [Recorded(row.at, row.by, row.what, row.before, row.after) for row in rows]
