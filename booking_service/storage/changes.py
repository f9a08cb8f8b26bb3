"""Who changed what is set up, and when: a policy is on record with its history."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_
from sqlmodel import Session, col, select

from .tables.setup import ChangeRow

APPLIED = (
    "(setup file applied)"  # in place of a key: from here on, what was changed on pages before is known to the file
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One change. `what` is the key as the setup file has it; None stands for what was not there. `page`: it was made by hand
    on a page. `reason`: as whoever did it gave it."""

    at: datetime
    by: str
    what: str
    before: str | None
    after: str | None
    page: bool = False
    reason: str = ""


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


def latest_of_each(session: Session, *above: str) -> dict[str, Recorded]:
    """By key, its latest change; only of keys that begin with one of these."""
    newest = (
        select(func.max(col(ChangeRow.id)))
        .where(or_(*(col(ChangeRow.what).startswith(each, autoescape=True) for each in above)))
        .group_by(col(ChangeRow.what))
    )
    return {row.what: _recorded(row) for row in session.exec(select(ChangeRow).where(col(ChangeRow.id).in_(newest)))}


def forget(session: Session, *, before: datetime) -> None:
    """Drop what is older, but not the latest change of a key: who decided what holds stays known."""
    kept = select(func.max(col(ChangeRow.id))).group_by(col(ChangeRow.what))
    session.exec(delete(ChangeRow).where(col(ChangeRow.at) < before, col(ChangeRow.id).not_in(kept)))


def by_hand(session: Session) -> dict[str, Recorded]:
    """By key, what was last changed on a page and not applied from a file since."""
    last_applied = select(func.coalesce(func.max(ChangeRow.id), 0)).where(ChangeRow.what == APPLIED).scalar_subquery()
    rows = session.exec(
        select(ChangeRow).where(col(ChangeRow.page), col(ChangeRow.id) > last_applied).order_by(col(ChangeRow.id))
    )
    return {row.what: _recorded(row) for row in rows}


def _recorded(row: ChangeRow) -> Recorded:
    return Recorded(row.at, row.by, row.what, row.before, row.after, row.page, row.reason)
