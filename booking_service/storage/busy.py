"""Busy time as of the last pulls. Times only: titles are never stored."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, bindparam, func, insert, literal_column
from sqlalchemy.orm import Mapped
from sqlmodel import Session, SQLModel, col, delete, select

from ..domain.interval import Interval
from .statements import first_of, rows_of, run, write
from .tables.calendar import BusyRow, CalendarObjectRow, CalendarRow

PIECE = timedelta(days=1)  # longer periods are stored in pieces, so that a query needs to reach back only one day
ROWS_AT_ONCE = 5000

_OF_CALENDAR = CalendarObjectRow.calendar_id == bindparam("calendar_id")
_NAMED = select(CalendarObjectRow).where(
    _OF_CALENDAR, col(CalendarObjectRow.name).in_(bindparam("names", expanding=True))
)
_PLACES = (
    select(CalendarObjectRow.calendar_id, CalendarObjectRow.name)
    .join(CalendarRow, col(CalendarRow.id) == col(CalendarObjectRow.calendar_id))
    .where(CalendarRow.host_id == bindparam("host_id"), CalendarObjectRow.uid == bindparam("uid"))
)
_WITH_UID = select(CalendarObjectRow).where(_OF_CALENDAR, CalendarObjectRow.uid == bindparam("uid"))
_STANDING_OVER = (
    select(BusyRow)
    .where(BusyRow.host_id == bindparam("host_id"), col(BusyRow.starts_at) > bindparam("not_before"))
    .where(col(BusyRow.starts_at) < bindparam("end"), col(BusyRow.ends_at) > bindparam("start"))
    .order_by(col(BusyRow.starts_at))
)
_FORGET_PERIODS, _FORGET_OBJECTS = (
    delete(each).where(
        col(each.calendar_id) == bindparam("calendar_id"), col(each.name).in_(bindparam("names", expanding=True))
    )
    for each in (BusyRow, CalendarObjectRow)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptObject:
    """What is stored of a calendar object. `name`: the last part of its href. `shown_time`: of our own event.

    `status`: its STATUS; `fence`: of the run that wrote it just now; both only during a pull.
    """

    name: str
    etag: str | None
    uid: str | None
    ours: bool = False
    revision: int | None = None
    shown_time: Interval | None = None
    periods: Sequence[Interval] = ()
    warning: str = ""
    status: str = ""
    fence: int | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """Time that somebody else blocks. `uid`: only where another installation of this service wrote it."""

    time: Interval
    calendar_id: UUID
    uid: str | None


def standing_over(session: Session, host_id: UUID, window: Interval) -> list[Foreign]:
    """What others block within the window, period by period with its calendar, so that each can be named."""
    bounds = {"not_before": window.start - PIECE, "start": window.start, "end": window.end}
    rows = rows_of(session, _STANDING_OVER, host_id=host_id, **bounds)
    return [Foreign(Interval(row.starts_at, row.ends_at), row.calendar_id, row.uid) for row in rows]


def a_piece_before(session: Session, column: Mapped[datetime]) -> ColumnElement[datetime]:
    """The earliest start of a period that reaches beyond the instant in `column`, for each row."""
    if session.get_bind().dialect.name == "postgresql":
        return column - PIECE
    return func.strftime("%Y-%m-%d %H:%M:%f", column, f"-{PIECE.days} days")  # an instant's text, compared as text


def blocking(session: Session, calendar_id: UUID, *, after: datetime, limit: int) -> list[str]:
    """The names of objects of this calendar that block time after `after`, earliest first."""
    rows = session.exec(
        select(BusyRow.name)
        .where(BusyRow.calendar_id == calendar_id, BusyRow.ends_at > after)
        .group_by(BusyRow.name)
        .order_by(func.min(BusyRow.starts_at))
        .limit(limit)
    )
    return list(rows)


def entries_ahead(session: Session, calendar_ids: Collection[UUID], *, now: datetime) -> dict[UUID, int]:
    """The number of entries of each calendar that take time after `now`: those that make its host busy, and our own. An entry
    that repeats counts once."""
    busy, ours = col(BusyRow.calendar_id), col(CalendarObjectRow.calendar_id)
    both = (
        select(busy, func.count(func.distinct(col(BusyRow.name))))
        .where(busy.in_(calendar_ids), BusyRow.ends_at > now)
        .group_by(busy)
        .union_all(
            select(ours, func.count())
            .where(ours.in_(calendar_ids), CalendarObjectRow.ours, col(CalendarObjectRow.ends_at) > now)
            .group_by(ours)
        )
    )
    found = dict.fromkeys(calendar_ids, 0)
    for id, count in session.execute(both):
        found[id] += count
    return found


def known_etags(session: Session, calendar_id: UUID) -> dict[str, str | None]:
    rows = session.exec(
        select(CalendarObjectRow.name, CalendarObjectRow.etag).where(CalendarObjectRow.calendar_id == calendar_id)
    )
    return dict(rows.all())


def uids_of(session: Session, calendar_id: UUID, names: Sequence[str]) -> dict[str, str]:
    """Name → UID of these objects, as far as known."""
    found: dict[str, str] = {}
    for at in range(0, len(names), 500):
        rows = rows_of(session, _NAMED, calendar_id=calendar_id, names=list(names[at : at + 500]))
        found |= {row.name: row.uid for row in rows if row.uid}
    return found


def object_with_uid(session: Session, calendar_id: UUID, uid: str) -> KeptObject | None:
    row = first_of(session, _WITH_UID, calendar_id=calendar_id, uid=uid)
    return None if row is None else _to_object(row)


def of_names(session: Session, calendar_id: UUID, names: Sequence[str]) -> dict[str, KeptObject]:
    """Name → what is stored of these objects, without their periods."""
    found: dict[str, KeptObject] = {}
    for at in range(0, len(names), 500):
        rows = rows_of(session, _NAMED, calendar_id=calendar_id, names=list(names[at : at + 500]))
        found |= {row.name: _to_object(row) for row in rows}
    return found


def places_of(session: Session, host_id: UUID, uid: str) -> list[tuple[UUID, str]]:
    """Calendar and name of each object with this UID in the host's calendars, as of the last pulls."""
    return [(row.calendar_id, row.name) for row in run(session, _PLACES, {"host_id": host_id, "uid": uid})]


def standing_uids(session: Session, calendar_id: UUID, uids: Sequence[str]) -> set[str]:
    """Those of these UIDs that the calendar held at its last pull."""
    found: set[str | None] = set()
    for at in range(0, len(uids), 500):
        rows = session.exec(
            select(CalendarObjectRow.uid).where(
                CalendarObjectRow.calendar_id == calendar_id, col(CalendarObjectRow.uid).in_(uids[at : at + 500])
            )
        )
        found |= set(rows)
    return {uid for uid in found if uid}


def etags_of(session: Session, calendar_id: UUID, names: Sequence[str]) -> dict[str, str | None]:
    """Name → ETag as of the last pull, for known objects."""
    found: dict[str, str | None] = {}
    for at in range(0, len(names), 500):
        rows = rows_of(session, _NAMED, calendar_id=calendar_id, names=list(names[at : at + 500]))
        found |= {row.name: row.etag for row in rows}
    return found


def warnings(session: Session) -> dict[UUID, list[str]]:
    """Warnings about partly unreadable objects, by calendar."""
    found: dict[UUID, list[str]] = {}
    warned = CalendarObjectRow.warning != literal_column("''")  # a literal, as in the index's condition
    rows = session.exec(select(CalendarObjectRow.calendar_id, CalendarObjectRow.warning).where(warned))
    for calendar_id, warning in rows:
        found.setdefault(calendar_id, []).append(warning)
    return found


def count(session: Session, calendar_id: UUID) -> int:
    return session.exec(select(func.count()).where(CalendarObjectRow.calendar_id == calendar_id)).one()


def replace_all(session: Session, calendar_id: UUID, host_id: UUID, objects: Iterable[KeptObject]) -> None:
    """Replace all stored objects of the calendar."""
    session.exec(delete(BusyRow).where(col(BusyRow.calendar_id) == calendar_id))
    session.exec(delete(CalendarObjectRow).where(col(CalendarObjectRow.calendar_id) == calendar_id))
    _insert(session, calendar_id, host_id, objects)


def update_some(
    session: Session, calendar_id: UUID, host_id: UUID, *, changed: Sequence[KeptObject], gone: Sequence[str]
) -> None:
    """Replace `changed` objects and delete those that are `gone`."""
    names = [kept.name for kept in changed] + list(gone)
    for at in range(0, len(names), 500):
        batch = names[at : at + 500]
        for forget in (_FORGET_PERIODS, _FORGET_OBJECTS):
            write(session, forget, calendar_id=calendar_id, names=batch)
    _insert(session, calendar_id, host_id, changed)


def name_of(href: str) -> str:
    """The last part of an object's path, by which it is named in its calendar."""
    return href.rstrip("/").rsplit("/", 1)[-1]


def _to_object(row: CalendarObjectRow) -> KeptObject:
    shown_time = Interval(row.starts_at, row.ends_at) if row.starts_at and row.ends_at else None
    return KeptObject(
        name=row.name, etag=row.etag, uid=row.uid, ours=row.ours, revision=row.revision, shown_time=shown_time
    )


def in_pieces(time: Interval) -> list[Interval]:
    pieces: list[Interval] = []
    start = time.start
    while start < time.end:
        end = start + PIECE if time.end - start > PIECE else time.end  # the last day of the year 9999 has no successor
        pieces.append(Interval(start, end))
        start = end
    return pieces


def _insert(session: Session, calendar_id: UUID, host_id: UUID, objects: Iterable[KeptObject]) -> None:
    """Insert in a few statements, without the session's bookkeeping of rows, as all other writers wait meanwhile."""
    kept = {each.name: each for each in objects}
    _insert_all(
        session,
        CalendarObjectRow,
        (
            {
                "calendar_id": calendar_id,
                "name": each.name,
                "etag": each.etag,
                "uid": each.uid,
                "ours": each.ours,
                "revision": each.revision,
                "starts_at": each.shown_time.start if each.shown_time else None,
                "ends_at": each.shown_time.end if each.shown_time else None,
                "warning": each.warning,
            }
            for each in kept.values()
        ),
    )
    _insert_all(
        session,
        BusyRow,
        (
            {
                "calendar_id": calendar_id,
                "host_id": host_id,
                "name": each.name,
                "starts_at": piece.start,
                "ends_at": piece.end,
                "uid": each.uid if each.ours else None,
            }
            for each in kept.values()
            for period in each.periods
            for piece in in_pieces(period)
        ),
    )


def _insert_all(session: Session, table: type[SQLModel], rows: Iterator[dict[str, object]]) -> None:
    while some := list(islice(rows, ROWS_AT_ONCE)):
        write(session, _into(table), *some)


@lru_cache
def _into(table: type[SQLModel]) -> Executable:
    return insert(table)
