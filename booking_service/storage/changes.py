"""Who changed what is set up, and when: a policy is on record with its history."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from .tables.setup import ChangeRow

APPLIED = (
    "(setup file applied)"  # in place of a key: from here on, what was changed on pages before is known to the file
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One change. `what` is the key as the setup file has it; None stands for what was not there. `page`: it was made by hand
    on a page."""

    at: datetime
    by: str
    what: str
    before: str | None
    after: str | None
    page: bool = False


def add(session: Session, recorded: Recorded) -> None:
    session.add(ChangeRow(**asdict(recorded)))


def latest(session: Session, *, what: str = "", limit: int = 200) -> list[Recorded]:
    """The latest changes, newest first; only of keys that begin with `what`."""
    rows = session.exec(
        select(ChangeRow)
        .where(col(ChangeRow.what).startswith(what, autoescape=True))
        .order_by(col(ChangeRow.id).desc())
        .limit(limit)
    )
    return [_recorded(row) for row in rows]


def by_hand(session: Session) -> dict[str, Recorded]:
    """By key, what was last changed on a page and not applied from a file since."""
    last_applied = select(func.coalesce(func.max(ChangeRow.id), 0)).where(ChangeRow.what == APPLIED).scalar_subquery()
    rows = session.exec(
        select(ChangeRow).where(col(ChangeRow.page), col(ChangeRow.id) > last_applied).order_by(col(ChangeRow.id))
    )
    return {row.what: _recorded(row) for row in rows}


def _recorded(row: ChangeRow) -> Recorded:
    return Recorded(row.at, row.by, row.what, row.before, row.after, row.page)
