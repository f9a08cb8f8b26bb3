"""Who changed what is set up, and when."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_
from sqlmodel import Session, col, select

from .tables.setup import ChangeRow

APPLIED = "(setup file applied)"  # in place of a key: changes on pages before this are known to the setup file


@dataclass(frozen=True, slots=True)
class SetupChange:
    """One change. `what`: the key in the setup file. `before`, `after`: None where there was nothing.

    `page`: made on a page, not by a file. `reason`: as the person gave it.
    """

    at: datetime
    by: str
    what: str
    before: str | None
    after: str | None
    page: bool = False
    reason: str = ""


def add(session: Session, recorded: SetupChange) -> None:
    session.add(ChangeRow(**asdict(recorded)))


def latest(session: Session, *, what: str = "", limit: int = 200) -> list[SetupChange]:
    """The latest changes, newest first; only of keys that begin with `what`."""
    rows = session.exec(
        select(ChangeRow)
        .where(col(ChangeRow.what).startswith(what, autoescape=True))
        .order_by(col(ChangeRow.id).desc())
        .limit(limit)
    )
    return [_recorded(row) for row in rows]


def latest_of_each(session: Session, *above: str) -> dict[str, SetupChange]:
    """The latest change of each key that begins with one of these."""
    newest = (
        select(func.max(col(ChangeRow.id)))
        .where(or_(*(col(ChangeRow.what).startswith(each, autoescape=True) for each in above)))
        .group_by(col(ChangeRow.what))
    )
    return {row.what: _recorded(row) for row in session.exec(select(ChangeRow).where(col(ChangeRow.id).in_(newest)))}


def forget(session: Session, *, before: datetime) -> None:
    """Delete older changes, except the latest one of each key: who decided what is in force stays known."""
    kept = select(func.max(col(ChangeRow.id))).group_by(col(ChangeRow.what))
    session.exec(delete(ChangeRow).where(col(ChangeRow.at) < before, col(ChangeRow.id).not_in(kept)))


def by_hand(session: Session) -> dict[str, SetupChange]:
    """By key, the latest change that was made on a page and has not been applied from a file since."""
    last_applied = select(func.coalesce(func.max(ChangeRow.id), 0)).where(ChangeRow.what == APPLIED).scalar_subquery()
    rows = session.exec(
        select(ChangeRow).where(col(ChangeRow.page), col(ChangeRow.id) > last_applied).order_by(col(ChangeRow.id))
    )
    return {row.what: _recorded(row) for row in rows}


def _recorded(row: ChangeRow) -> SetupChange:
    return SetupChange(row.at, row.by, row.what, row.before, row.after, row.page, row.reason)
