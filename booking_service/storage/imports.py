"""Files of consents on their way in, line by line, with what would come or came of each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, bindparam, cast, insert, or_, true
from sqlmodel import Session, col, delete, func, select, update

from ..domain.consent_file import digits_of, names
from .statements import first_of, rows_of, write
from .tables.consent import ConsentImportRow, ContactRow, ImportLineRow
from .tables.ledger import LedgerEntryRow

UNJUDGED = ""  # the verdict of a line of which nobody knows yet what would come of it
APPLIED = "done:"  # stands before the verdict of a line that was applied
TAKEN_BACK = "back:"  # of one whose entry was taken back
_OVER = APPLIED, TAKEN_BACK, "left-out"
_BATCH = 1000
_SEALED = "sealed:"  # before the place of a cell that is kept encrypted
_BETWEEN_DIGITS = " -/()."
_TAIL = 6  # digits by which lines are looked for first


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """`mapping`: what is known of the file, and what its columns mean; who took it back, and why. `state`: columns, check,
    applying, done, over, taking-back, taken-back."""

    id: UUID
    made_at: datetime
    made_by: str
    name: str
    file_hash: str
    mapping: Mapping[str, Any]
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """`sealed`: cells that are kept encrypted, by their places, at which `cells` has nothing. `entry_id`: the entry that it made;
    of one that is left alone the one that says no."""

    number: int
    cells: tuple[str, ...]
    verdict: str = ""
    entry_id: UUID | None = None
    sealed: Mapping[int, str] = field(default_factory=dict)


def save(session: Session, made: Import) -> None:
    """Insert or update."""
    values = {name: getattr(made, name) for name in _COLUMNS} | {"mapping": dict(made.mapping)}
    session.merge(ConsentImportRow(**values))
    session.flush()


def get(session: Session, id: UUID, *, lock: bool = False) -> Import | None:
    """`lock`: nobody else applies it until this transaction ends."""
    row = first_of(session, _LOCKED if lock else _OF_ID, id=id)
    return _import(row) if row else None


def latest(session: Session, *, limit: int) -> list[Import]:
    """The newest first."""
    rows = session.exec(select(ConsentImportRow).order_by(col(ConsentImportRow.made_at).desc()).limit(limit))
    return [_import(row) for row in rows]


def add_lines(session: Session, id: UUID, lines: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Some thousand in memory at a time."""
    rest = (
        {"import_id": id, "number": number, "values": _values(cells), "verdict": "", "entry_id": None}
        for number, cells in lines
    )
    while some := list(islice(rest, _BATCH)):
        session.execute(insert(ImportLineRow), some)


def lines(
    session: Session, id: UUID, *, verdicts: Collection[str] | None = None, behind: int = 0, limit: int
) -> list[ImportLine]:
    """In their order, from behind a number on."""
    which = {"id": id, "behind": behind, "most": limit}
    if verdicts is None:
        return [_line(row) for row in rows_of(session, _LINES, **which)]
    return [_line(row) for row in rows_of(session, _LINES_OF, **which, verdicts=[*verdicts])]


def counts(session: Session, id: UUID) -> dict[str, int]:
    """How many lines there are of each verdict."""
    query = select(ImportLineRow.verdict, func.count()).where(ImportLineRow.import_id == id)
    return dict(session.exec(query.group_by(col(ImportLineRow.verdict))).all())


def contacts_of(session: Session, id: UUID, verdicts: Collection[str], *, limit: int) -> list[UUID]:
    """For whom lines of these verdicts made entries, each once, and by the contact that they are merged into."""
    made = col(ImportLineRow.entry_id) == col(LedgerEntryRow.id)
    query = (
        select(ContactRow.id, ContactRow.merged_into)
        .join(LedgerEntryRow, col(LedgerEntryRow.contact_id) == col(ContactRow.id))
        .join(ImportLineRow, made)
        .where(ImportLineRow.import_id == id, col(ImportLineRow.verdict).in_(verdicts))
    )
    return list(dict.fromkeys(into or own for own, into in session.exec(query.distinct().limit(limit))))


def settle(session: Session, id: UUID, settled: Sequence[tuple[int, str, UUID | None]]) -> None:
    """Write down what came of lines: number, verdict, and the entry that was made."""
    rows = [
        {"of_import": id, "of_number": number, "verdict": verdict, "entry_id": entry}
        for number, verdict, entry in settled
    ]
    if rows:
        write(session, _SETTLE, *rows)


def judge(session: Session, id: UUID, verdict: str, numbers: Sequence[int]) -> None:
    """Write one verdict down for many lines, of which no entry says more."""
    for at in range(0, len(numbers), _BATCH):
        _change(session, id, numbers[at : at + _BATCH], verdict=verdict, entry_id=None)


def unjudge(session: Session, id: UUID, numbers: Sequence[int] | None = None) -> None:
    """Forget what would come of these lines, of all without numbers."""
    if numbers is not None:
        return judge(session, id, UNJUDGED, numbers)
    session.exec(
        update(ImportLineRow).where(col(ImportLineRow.import_id) == id).values(verdict=UNJUDGED, entry_id=None)
    )


def rewrite(session: Session, id: UUID, lines: Iterable[ImportLine]) -> None:
    """Have lines hold the cells that these have."""
    rows = [
        {"of_import": id, "of_number": each.number, "cells": _values(each.cells) | _sealed_values(each.sealed)}
        for each in lines
    ]
    if rows:
        write(session, _REWRITE, *rows)


def every_id(session: Session) -> Sequence[UUID]:
    """Of all imports, in the order in which they are locked."""
    return session.exec(select(ConsentImportRow.id).order_by(col(ConsentImportRow.id))).all()


def is_over(line: ImportLine) -> bool:
    """Whether it was applied or left out: nothing reads its cells any more but who looks at it."""
    return line.verdict.startswith(_OVER)


def without_cells(line: ImportLine, places: Collection[int]) -> ImportLine:
    """The line without what stands at these places, in clear or sealed."""
    cells = tuple("" if at in places else cell for at, cell in enumerate(line.cells))
    return replace(line, cells=cells, sealed={at: text for at, text in line.sealed.items() if at not in places})


def forget(session: Session, id: UUID, verdicts: Collection[str]) -> None:
    """Empty the lines of these verdicts that made an entry: what came of them stands in the ledger."""
    of_them = col(ImportLineRow.import_id) == id, col(ImportLineRow.verdict).in_(verdicts)
    made = col(ImportLineRow.entry_id).is_not(None)
    session.exec(update(ImportLineRow).where(*of_them, made).values(values={}))


def forget_all(session: Session, id: UUID) -> None:
    """Empty all of its lines. What came of each stays, without whom it was about."""
    session.exec(update(ImportLineRow).where(col(ImportLineRow.import_id) == id).values(values={}))


def brought_before(session: Session, before: datetime, *, states: Collection[str]) -> list[Import]:
    """Those at one of these steps, to be changed."""
    query = select(ConsentImportRow).where(
        col(ConsentImportRow.state).in_(states), col(ConsentImportRow.made_at) < before
    )
    return [_import(row) for row in session.exec(query.with_for_update())]


def remove(session: Session, id: UUID) -> None:
    """The whole import, with its lines. What it brought into the ledger stays there."""
    session.exec(delete(ImportLineRow).where(col(ImportLineRow.import_id) == id))
    session.exec(delete(ConsentImportRow).where(col(ConsentImportRow.id) == id))


def forget_person(session: Session, *, address: str, phone: str) -> None:
    """Take out every line that names this address or number, in a cell that is not sealed. Of a line that was applied remains that it was.

    The first cells that an import shows of its file go as well where one of its lines went.
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
        made = get(session, import_id, lock=True) if shown else None  # whoever applies it waits for contacts meanwhile
        if made is not None:
            save(session, without_samples(made))


def without_samples(made: Import, places: Collection[int] | None = None) -> Import:
    """As it is without the first cells of its columns, or of those at these places."""
    kept = [text if places is not None and at not in places else "" for at, text in enumerate(made.mapping["samples"])]
    return replace(made, mapping={**made.mapping, "samples": kept})


def verdict_of(line: ImportLine) -> str:
    """What came of it, without whether that is done or taken back."""
    return line.verdict.removeprefix(APPLIED).removeprefix(TAKEN_BACK)


def _may_name(text: ColumnElement[str], address: str, phone: str) -> ColumnElement[bool]:
    """What the database can tell at once. It knows no capitals beyond ASCII, and a number is typed in many ways."""
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
