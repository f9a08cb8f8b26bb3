"""The audit log as it is read: its own entries and the changes to what is set up, in one list."""

from collections.abc import Callable, Iterable
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import and_, delete, false, or_
from sqlmodel import Session, col, func, select

from ..domain.audit import AREAS, Area, AuditAct, AuditCursor, AuditEntry, Sought
from .tables.audit import AuditRow
from .tables.setup import ChangeRow

_OWN, _CHANGE = 1, 0  # the two sources, which order entries of the same instant


def add(session: Session, entry: AuditEntry) -> None:
    session.add(
        AuditRow(
            at=entry.at,
            act=entry.act,
            by=entry.by,
            about=entry.about,
            before=entry.before,
            after=entry.after,
            reason=entry.reason,
            agent=entry.agent,
            network=entry.network,
        )
    )


def found(session: Session, sought: Sought, *, behind: AuditCursor | None = None, limit: int) -> list[AuditEntry]:
    """Matching entries, newest first, after the position `behind`."""
    own = select(AuditRow).where(*_own(sought), *_behind(AuditRow, _OWN, behind))
    changed = select(ChangeRow).where(*_changes(sought), *_behind(ChangeRow, _CHANGE, behind))
    both = merge(
        _entries(session, own, AuditRow, _of_own, limit=limit),
        _entries(session, changed, ChangeRow, _of_change, limit=limit),
        key=lambda each: each.place,
        reverse=True,
    )
    return list(islice(both, limit))


def count(session: Session, sought: Sought, *, most: int) -> int:
    """The number of matching entries; each source is counted up to `most`."""
    own = select(AuditRow.id).where(*_own(sought)).limit(most).subquery()
    changed = select(ChangeRow.id).where(*_changes(sought)).limit(most).subquery()
    return sum(session.exec(select(func.count()).select_from(each)).one() for each in (own, changed))


def old(session: Session, *, before: datetime) -> int:
    """The number of older entries, without changes to what is set up, of whose keys the latest stays."""
    return session.exec(select(func.count()).select_from(AuditRow).where(col(AuditRow.at) < before)).one()


def forget(session: Session, *, before: datetime) -> None:
    """Delete older entries."""
    session.exec(delete(AuditRow).where(col(AuditRow.at) < before))


def _entries(
    session: Session, query: Any, row: type[Any], to_entry: Callable[[Any], AuditEntry], *, limit: int
) -> Iterable[AuditEntry]:
    newest = query.order_by(col(row.at).desc(), col(row.id).desc()).limit(limit)
    return [to_entry(each) for each in session.exec(newest)]


def _own(sought: Sought) -> list[Any]:
    conditions = _when(AuditRow, sought)
    if sought.area is not None:
        conditions.append(col(AuditRow.act).in_([act for act, area in AREAS.items() if area is sought.area]))
    texts = (AuditRow.by, AuditRow.about, AuditRow.before, AuditRow.after, AuditRow.reason)
    return [*conditions, *_words(sought.text, texts)]


def _changes(sought: Sought) -> list[Any]:
    if sought.area not in (None, Area.SETUP):
        return [false()]
    texts = (ChangeRow.by, ChangeRow.what, ChangeRow.before, ChangeRow.after, ChangeRow.reason)
    return [*_when(ChangeRow, sought), *_words(sought.text, texts)]


def _words(text: str, columns: tuple[Any, ...]) -> list[Any]:
    wanted = text.lower()
    return [or_(*(func.lower(col(each)).contains(wanted, autoescape=True) for each in columns))] if wanted else []


def _when(row: type[Any], sought: Sought) -> list[Any]:
    conditions: list[Any] = []
    if sought.since is not None:
        conditions.append(col(row.at) >= sought.since)
    if sought.until is not None:
        conditions.append(col(row.at) < sought.until)
    return conditions


def _behind(row: type[Any], source: int, place: AuditCursor | None) -> list[Any]:
    """The condition for entries after the position; its first part lets the index be used."""
    if place is None:
        return []
    same = and_(col(row.at) == place.at, _lower(row, source, place))
    return [col(row.at) <= place.at, or_(col(row.at) < place.at, same)]


def _lower(row: type[Any], source: int, place: AuditCursor) -> Any:
    if source == place.source:
        return col(row.id) < place.number
    return col(row.id).is_not(None) if source < place.source else false()


def _of_own(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        at=row.at,
        act=AuditAct(row.act),
        by=row.by,
        about=row.about,
        before=row.before,
        after=row.after,
        reason=row.reason,
        agent=row.agent,
        network=row.network,
        source=_OWN,
        number=row.id or 0,
    )


def _of_change(row: ChangeRow) -> AuditEntry:
    return AuditEntry(
        at=row.at,
        act=AuditAct.CHANGED,
        by=row.by,
        about=row.what,
        before=row.before or "",
        after=row.after or "",
        reason=row.reason,
        source=_CHANGE,
        number=row.id or 0,
    )
