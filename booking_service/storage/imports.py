"""Files of consents that are being imported, line by line, with each line's verdict."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, bindparam, cast, insert, or_, true
from sqlmodel import Session, col, delete, func, select, update

from ..domain.consent_file import digits_of, names
from . import named_locks
from .statements import first_of, rows_of, write
from .tables.consent import ConsentImportRow, ContactRow, ImportLineRow
from .tables.ledger import LedgerEntryRow

UNJUDGED = ""  # verdict of a line that was not judged yet
APPLIED = "done:"  # precedes the verdict of a line that was applied
TAKEN_BACK = "back:"  # … and of one whose entry was taken back
_OVER = APPLIED, TAKEN_BACK, "left-out"
_BATCH = 1000
_SEALED = "sealed:"  # precedes the position of a cell that is stored sealed
_BETWEEN_DIGITS = " -/()."
_NEW = "new imports"
_TAIL = 6  # last digits by which lines with a phone number are preselected


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import. `mapping`: facts about the file, the meaning of its columns, and who took it back and why.

    `state`: columns, check, applying, done, over, taking-back, taken-back.
    """

    id: UUID
    made_at: datetime
    made_by: str
    name: str
    file_hash: str
    mapping: Mapping[str, Any]
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """One line. `sealed`: by position, cells that are stored sealed and empty in `cells`.

    `entry_id`: the ledger entry that the line made; of a skipped line, the entry that says no.
    """

    number: int
    cells: tuple[str, ...]
    verdict: str = ""
    entry_id: UUID | None = None
    sealed: Mapping[int, str] = field(default_factory=dict)


def bring(session: Session, made: Import) -> None:
    """Insert a new one; waits for who has locked all."""
    named_locks.beside(session, [_NEW])
    save(session, made)


def save(session: Session, made: Import) -> None:
    """Insert or update."""
    values = {name: getattr(made, name) for name in _COLUMNS} | {"mapping": dict(made.mapping)}
    session.merge(ConsentImportRow(**values))
    session.flush()


def get(session: Session, id: UUID, *, lock: bool = False) -> Import | None:
    """The import. `lock`: locked until the transaction ends."""
    row = first_of(session, _LOCKED if lock else _OF_ID, id=id)
    return _import(row) if row else None


def latest(session: Session, *, limit: int) -> list[Import]:
    """The latest imports, newest first."""
    rows = session.exec(select(ConsentImportRow).order_by(col(ConsentImportRow.made_at).desc()).limit(limit))
    return [_import(row) for row in rows]


def add_lines(session: Session, id: UUID, lines: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Add lines, some thousand in memory at a time."""
    rest = (
        {"import_id": id, "number": number, "values": _values(cells), "verdict": "", "entry_id": None}
        for number, cells in lines
    )
    while some := list(islice(rest, _BATCH)):
        session.execute(insert(ImportLineRow), some)


def lines(
    session: Session, id: UUID, *, verdicts: Collection[str] | None = None, behind: int = 0, limit: int
) -> list[ImportLine]:
    """Lines by number, after `behind`."""
    which = {"id": id, "behind": behind, "most": limit}
    if verdicts is None:
        return [_line(row) for row in rows_of(session, _LINES, **which)]
    return [_line(row) for row in rows_of(session, _LINES_OF, **which, verdicts=[*verdicts])]


def counts(session: Session, id: UUID) -> dict[str, int]:
    """The number of lines by verdict."""
    query = select(ImportLineRow.verdict, func.count()).where(ImportLineRow.import_id == id)
    return dict(session.exec(query.group_by(col(ImportLineRow.verdict))).all())


def contacts_of(session: Session, id: UUID, verdicts: Collection[str], *, limit: int) -> list[UUID]:
    """The contacts for whom lines of these verdicts made entries: each once, merged ones as what they are merged
    into."""
    made = col(ImportLineRow.entry_id) == col(LedgerEntryRow.id)
    today = func.coalesce(col(ContactRow.merged_into), col(ContactRow.id))
    query = (
        select(today)
        .join(LedgerEntryRow, col(LedgerEntryRow.contact_id) == col(ContactRow.id))
        .join(ImportLineRow, made)
        .where(ImportLineRow.import_id == id, col(ImportLineRow.verdict).in_(verdicts))
    )
    return list(session.exec(query.distinct().limit(limit)))


def settle(session: Session, id: UUID, settled: Sequence[tuple[int, str, UUID | None]]) -> None:
    """Write results: number, verdict, and the entry that was made."""
    rows = [
        {"of_import": id, "of_number": number, "verdict": verdict, "entry_id": entry}
        for number, verdict, entry in settled
    ]
    if rows:
        write(session, _SETTLE, *rows)


def judge(session: Session, id: UUID, verdict: str, numbers: Sequence[int]) -> None:
    """Write one verdict for many lines without entries."""
    for at in range(0, len(numbers), _BATCH):
        _change(session, id, numbers[at : at + _BATCH], verdict=verdict, entry_id=None)


def unjudge(session: Session, id: UUID, numbers: Sequence[int] | None = None) -> None:
    """Clear the verdicts of these lines; of all where `numbers` is None."""
    if numbers is not None:
        return judge(session, id, UNJUDGED, numbers)
    session.exec(
        update(ImportLineRow).where(col(ImportLineRow.import_id) == id).values(verdict=UNJUDGED, entry_id=None)
    )


def rewrite(session: Session, id: UUID, lines: Iterable[ImportLine]) -> None:
    """Store the cells of these lines."""
    rows = [
        {"of_import": id, "of_number": each.number, "cells": _values(each.cells) | _sealed_values(each.sealed)}
        for each in lines
    ]
    if rows:
        write(session, _REWRITE, *rows)


def every_id(session: Session) -> Sequence[UUID]:
    """The ids of all imports in locking order."""
    return session.exec(select(ConsentImportRow.id).order_by(col(ConsentImportRow.id))).all()


def lock_all(session: Session) -> None:
    """Lock all imports until the transaction ends, in the order of their ids; new ones wait, too.

    For whoever changes lines of many and then locks contacts, as applying locks its import before contacts.
    """
    named_locks.alone(session, [_NEW])
    session.exec(select(ConsentImportRow.id).order_by(col(ConsentImportRow.id)).with_for_update()).all()


def is_over(line: ImportLine) -> bool:
    """Whether the line was applied or skipped, so that its cells are only looked at."""
    return line.verdict.startswith(_OVER)


def without_cells(line: ImportLine, places: Collection[int]) -> ImportLine:
    """The line without the cells at these positions, readable or sealed."""
    cells = tuple("" if at in places else cell for at, cell in enumerate(line.cells))
    return replace(line, cells=cells, sealed={at: text for at, text in line.sealed.items() if at not in places})


def forget(session: Session, id: UUID, verdicts: Collection[str]) -> None:
    """Empty the lines of these verdicts that made an entry; the ledger has what became of them."""
    of_them = col(ImportLineRow.import_id) == id, col(ImportLineRow.verdict).in_(verdicts)
    made = col(ImportLineRow.entry_id).is_not(None)
    session.exec(update(ImportLineRow).where(*of_them, made).values(values={}))


def forget_all(session: Session, id: UUID) -> None:
    """Empty all lines. Their verdicts stay, without whom they were about."""
    session.exec(update(ImportLineRow).where(col(ImportLineRow.import_id) == id).values(values={}))


def brought_before(session: Session, before: datetime, *, states: Collection[str]) -> list[Import]:
    """Imports from before `before` in one of these states, locked."""
    query = select(ConsentImportRow).where(
        col(ConsentImportRow.state).in_(states), col(ConsentImportRow.made_at) < before
    )
    return [_import(row) for row in session.exec(query.order_by(col(ConsentImportRow.id)).with_for_update())]


def remove(session: Session, id: UUID) -> None:
    """Delete the import and its lines. Its entries in the ledger stay."""
    session.exec(delete(ImportLineRow).where(col(ImportLineRow.import_id) == id))
    session.exec(delete(ConsentImportRow).where(col(ConsentImportRow.id) == id))


def forget_person(session: Session, *, address: str, phone: str) -> None:
    """Delete all lines with this address or number in a readable cell; of applied ones the verdict stays.

    The sample cells that an import shows are removed too, where one of its lines was.
    """
    text = cast(col(ImportLineRow.values), String)
    query = select(ImportLineRow.import_id, ImportLineRow.number, ImportLineRow.values, ImportLineRow.verdict)
    found = session.exec(query.where(text != "{}", _may_name(text, address, phone))).all()
    theirs = [each for each in found if names(_cells(each[2]), address=address, phone=phone)]
    for import_id, number, _, verdict in theirs:
        one = col(ImportLineRow.import_id) == import_id, col(ImportLineRow.number) == number
        if verdict.startswith((APPLIED, TAKEN_BACK)):
            session.exec(update(ImportLineRow).where(*one).values(values={}))
        else:
            session.exec(delete(ImportLineRow).where(*one))
    for import_id in sorted({each[0] for each in theirs}):
        mapping = select(ConsentImportRow.mapping).where(ConsentImportRow.id == import_id)
        shown = any(session.exec(mapping).one()["samples"])
        made = get(session, import_id, lock=True) if shown else None  # applying it waits for contacts
        if made is not None:
            save(session, without_samples(made))


def without_samples(made: Import, places: Collection[int] | None = None) -> Import:
    """The import without the sample cells of its columns, or of those at these positions."""
    kept = [text if places is not None and at not in places else "" for at, text in enumerate(made.mapping["samples"])]
    return replace(made, mapping={**made.mapping, "samples": kept})


def verdict_of(line: ImportLine) -> str:
    """The verdict without its prefix of applied or taken back."""
    return line.verdict.removeprefix(APPLIED).removeprefix(TAKEN_BACK)


def _may_name(text: ColumnElement[str], address: str, phone: str) -> ColumnElement[bool]:
    """The preselection that the database can make: it knows no capitals beyond ASCII, and numbers are typed in many
    ways."""
    if not address.isascii() or set(address) & set('"\\'):
        return true()
    written, joined = func.lower(text), text
    for each in _BETWEEN_DIGITS:
        joined = func.replace(joined, each, "")
    by_address = [written.contains(address.lower(), autoescape=True)] if address else []
    by_phone = [joined.contains(digits_of(phone)[-_TAIL:])] if phone else []
    return or_(*by_address, *by_phone)


def _change(session: Session, id: UUID, numbers: Sequence[int], **values: object) -> None:
    of_them = col(ImportLineRow.import_id) == id, col(ImportLineRow.number).in_(numbers)
    session.exec(update(ImportLineRow).where(*of_them).values(**values))


def _values(cells: Sequence[str]) -> dict[str, str]:
    return {str(at): cell for at, cell in enumerate(cells)}


def _sealed_values(sealed: Mapping[int, str]) -> dict[str, str]:
    return {f"{_SEALED}{at}": text for at, text in sealed.items()}


def _cells(values: Mapping[str, str]) -> tuple[str, ...]:
    count = sum(1 for each in values if not each.startswith(_SEALED))
    return tuple(values[str(at)] for at in range(count))


def _line(row: ImportLineRow) -> ImportLine:
    sealed = {int(at.removeprefix(_SEALED)): text for at, text in row.values.items() if at.startswith(_SEALED)}
    cells = _cells(row.values)
    return ImportLine(number=row.number, cells=cells, verdict=row.verdict, entry_id=row.entry_id, sealed=sealed)


_COLUMNS = tuple(Import.__dataclass_fields__)
_OF_ID = select(ConsentImportRow).where(ConsentImportRow.id == bindparam("id"))
_LOCKED = _OF_ID.with_for_update()
_LINES = (
    select(ImportLineRow)
    .where(col(ImportLineRow.import_id) == bindparam("id"), col(ImportLineRow.number) > bindparam("behind"))
    .order_by(col(ImportLineRow.number))
    .limit(bindparam("most"))
)
_LINES_OF = _LINES.where(col(ImportLineRow.verdict).in_(bindparam("verdicts", expanding=True)))
_SETTLE = (
    update(ImportLineRow)
    .where(col(ImportLineRow.import_id) == bindparam("of_import"), col(ImportLineRow.number) == bindparam("of_number"))
    .values(verdict=bindparam("verdict"), entry_id=bindparam("entry_id"))
)
_REWRITE = (
    update(ImportLineRow)
    .where(col(ImportLineRow.import_id) == bindparam("of_import"), col(ImportLineRow.number) == bindparam("of_number"))
    .values(values=bindparam("cells"))
)


def _import(row: ConsentImportRow) -> Import:
    return Import(**{name: getattr(row, name) for name in _COLUMNS})
