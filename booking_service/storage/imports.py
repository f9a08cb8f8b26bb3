"""Files of consents on their way in, line by line, with what would come or came of each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, col, func, select, update

from .tables.consent import ConsentImportRow, ImportLineRow

_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """`mapping`: what is known of the file, and what its columns mean. `state`: columns, check, applying, done."""

    id: UUID
    made_at: datetime
    made_by: str
    name: str
    file_hash: str
    mapping: Mapping[str, Any]
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    number: int
    cells: tuple[str, ...]
    verdict: str = ""
    entry_id: UUID | None = None


def save(session: Session, made: Import) -> None:
    """Insert or update."""
    values = {name: getattr(made, name) for name in _COLUMNS} | {"mapping": dict(made.mapping)}
    session.merge(ConsentImportRow(**values))
    session.flush()


def get(session: Session, id: UUID, *, lock: bool = False) -> Import | None:
    """`lock`: nobody else applies it until this transaction ends."""
    query = select(ConsentImportRow).where(ConsentImportRow.id == id)
    row = session.exec(query.with_for_update() if lock else query).first()
    return _import(row) if row else None


def latest(session: Session, *, limit: int) -> list[Import]:
    """The newest first."""
    rows = session.exec(select(ConsentImportRow).order_by(col(ConsentImportRow.made_at).desc()).limit(limit))
    return [_import(row) for row in rows]


def add_lines(session: Session, id: UUID, lines: Iterable[tuple[int, Sequence[str]]]) -> None:
    values = [
        {"import_id": id, "number": number, "values": _values(cells), "verdict": "", "entry_id": None}
        for number, cells in lines
    ]
    for at in range(0, len(values), _BATCH):
        session.execute(insert(ImportLineRow), values[at : at + _BATCH])


def lines(
    session: Session, id: UUID, *, verdicts: Collection[str] | None = None, behind: int = 0, limit: int
) -> list[ImportLine]:
    """In their order, from behind a number on."""
    query = select(ImportLineRow).where(ImportLineRow.import_id == id, ImportLineRow.number > behind)
    if verdicts is not None:
        query = query.where(col(ImportLineRow.verdict).in_(verdicts))
    return [_line(row) for row in session.exec(query.order_by(col(ImportLineRow.number)).limit(limit))]


def counts(session: Session, id: UUID) -> dict[str, int]:
    """How many lines there are of each verdict."""
    query = select(ImportLineRow.verdict, func.count()).where(ImportLineRow.import_id == id)
    return dict(session.exec(query.group_by(col(ImportLineRow.verdict))).all())


def settle(session: Session, id: UUID, number: int, *, verdict: str, entry_id: UUID | None = None) -> None:
    _change(session, id, [number], verdict=verdict, entry_id=entry_id)


def judge(session: Session, id: UUID, verdict: str, numbers: Sequence[int]) -> None:
    """Write one verdict down for many lines."""
    for at in range(0, len(numbers), _BATCH):
        _change(session, id, numbers[at : at + _BATCH], verdict=verdict)


def mend(session: Session, id: UUID, number: int, cells: Sequence[str]) -> None:
    _change(session, id, [number], values=_values(cells))


def forget(session: Session, id: UUID, verdicts: Collection[str]) -> None:
    """Empty the lines of these verdicts: what came of them stands in the ledger."""
    of_them = col(ImportLineRow.import_id) == id, col(ImportLineRow.verdict).in_(verdicts)
    session.exec(update(ImportLineRow).where(*of_them).values(values={}))


def _change(session: Session, id: UUID, numbers: Sequence[int], **values: object) -> None:
    of_them = col(ImportLineRow.import_id) == id, col(ImportLineRow.number).in_(numbers)
    session.exec(update(ImportLineRow).where(*of_them).values(**values))


def _values(cells: Sequence[str]) -> dict[str, str]:
    return {str(at): cell for at, cell in enumerate(cells)}


def _line(row: ImportLineRow) -> ImportLine:
    cells = tuple(row.values[str(at)] for at in range(len(row.values)))
    return ImportLine(number=row.number, cells=cells, verdict=row.verdict, entry_id=row.entry_id)


_COLUMNS = tuple(Import.__dataclass_fields__)


def _import(row: ConsentImportRow) -> Import:
    return Import(**{name: getattr(row, name) for name in _COLUMNS})
