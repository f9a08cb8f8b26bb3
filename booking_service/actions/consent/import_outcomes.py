"""What would come, or came, of each line of an import, and why: to be looked through, and to be taken along as a file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Entry, staff_id
from ...domain.consent_file import FileLine
from ...domain.consent_moves import ConsentRefused, refused_by
from ...runtime import Runtime
from ...storage import contacts, imports, ledger
from ...storage.contacts import Contact
from ...storage.engine import snapshot
from ...storage.imports import APPLIED, Import, ImportLine
from . import who
from .import_check import LineVerdict, ReadLine, read_line
from .imports import APPLYING, CHECK, DONE, OVER, UnknownImport, plan_of

SHOWN = 20
_ALL = 100_000
_LEFT_OUT = (LineVerdict.WRONG, LineVerdict.LEFT_OUT, LineVerdict.ALONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOutcome:
    """One line. `line`: as it would be stored, None once its cells are forgotten; `contact`: whose entry it made; `refusal`: why
    it is left alone, which stands in the entry that says no."""

    number: int
    verdict: LineVerdict
    cells: tuple[str, ...]
    line: ReadLine | None
    contact: Contact | None
    refusal: ConsentRefused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """`staff`: what those are called who refusals say it was by. `further`: the number behind which there are more; 0: none."""

    made: Import
    lines: tuple[LineOutcome, ...]
    staff: Mapping[str, str]
    further: int = 0


def show(rt: Runtime, id: UUID, *, only: LineVerdict | None = None, behind: int = 0, now: datetime) -> Outcomes:
    """Some lines from behind a number on, of one verdict or of all. Raises UnknownImport."""
    with snapshot(rt.engine) as session:
        made = _known(session, id, CHECK, APPLYING, DONE, OVER)
        verdicts = None if only is None else _stored_as([only])
        found = imports.lines(session, id, verdicts=verdicts, behind=behind, limit=SHOWN + 1)
        further = found[SHOWN - 1].number if len(found) > SHOWN else 0
        return _outcomes(session, made, found[:SHOWN], further=further, now=now)


def left_out(rt: Runtime, id: UUID, *, now: datetime) -> Outcomes:
    """The lines that are wrong, were left out, or are left alone, to be taken along. Raises UnknownImport."""
    with snapshot(rt.engine) as session:
        made = _known(session, id, CHECK, APPLYING, DONE)
        found = imports.lines(session, id, verdicts=_stored_as(_LEFT_OUT), limit=_ALL)
        return _outcomes(session, made, [each for each in found if each.cells], now=now)


def _known(session: Session, id: UUID, *states: str) -> Import:
    made = imports.get(session, id)
    if made is None or made.state not in states:
        raise UnknownImport("there is no such import, or it is not at this step")
    return made


def _stored_as(verdicts: Collection[LineVerdict]) -> list[str]:
    return [f"{before}{each}" for each in verdicts for before in ("", APPLIED)]


def _outcomes(
    session: Session, made: Import, lines: Sequence[ImportLine], *, further: int = 0, now: datetime
) -> Outcomes:
    """Read as on the day on which they were judged: of those that count the file's own."""
    entries = ledger.of_ids(session, [each.entry_id for each in lines if each.entry_id])
    noes = {each.entry_id for each in lines if _verdict(each) is LineVerdict.ALONE}
    known = contacts.of_ids(session, {each.contact_id for each in entries.values() if each.id not in noes})
    read_at = now if made.state == CHECK else made.made_at
    return Outcomes(
        made=made,
        lines=tuple(
            _outcome(made, each, verdict, entries, known, now=read_at) for each in lines if (verdict := _verdict(each))
        ),
        staff=who.names(session, {each.by for each in entries.values() if staff_id(each.by)}),
        further=further,
    )


def _outcome(
    made: Import,
    line: ImportLine,
    verdict: LineVerdict,
    entries: Mapping[UUID, Entry],
    known: Mapping[UUID, Contact],
    *,
    now: datetime,
) -> LineOutcome:
    entry = entries.get(line.entry_id) if line.entry_id else None
    alone = verdict is LineVerdict.ALONE
    return LineOutcome(
        number=line.number,
        verdict=verdict,
        cells=line.cells,
        line=read_line(FileLine(line.number, line.cells), plan_of(made), now=now) if line.cells else None,
        contact=known.get(entry.contact_id) if entry and not alone else None,
        refusal=refused_by(entry) if entry and alone else None,
    )


def _verdict(line: ImportLine) -> LineVerdict | None:
    """None while it was not judged yet."""
    return LineVerdict(line.verdict.removeprefix(APPLIED)) if line.verdict else None
