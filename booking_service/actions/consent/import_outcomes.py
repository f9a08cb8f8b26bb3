"""The verdict on each line of an import, and its reason: for pages, and as a file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ...domain.consent import Detail, Entry, staff_id
from ...domain.consent_file import FileLine, Meaning
from ...domain.consent_moves import ConsentRefused, refused_by
from ...domain.purposes import Purpose
from ...runtime import Runtime
from ...storage import contacts, imports, ledger
from ...storage.contacts import Contact
from ...storage.engine import snapshot
from ...storage.imports import APPLIED, Import, ImportLine
from ...storage.ledger import KeptDetail
from . import import_cells, import_fields, staff_names
from .append import known_purpose
from .contacts import Circle, circles_of
from .import_check import LineVerdict, ReadLine, judged_on, read_line
from .import_retract import reverted
from .imports import APPLIED_STATES, APPLYING, CHECK, DONE, RECORDED, TAKEN_BACK, TAKING_BACK, UnknownImport, plan_of
from .zones import usual_zone

SHOWN = 20
_ALL = 100_000
_LEFT_OUT = (LineVerdict.WRONG, LineVerdict.LEFT_OUT, LineVerdict.ALONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOutcome:
    """One line. `taken_back`: its entry was. `cells`: without those for sensitive fields.

    `line`: as it would be stored; None once its cells are deleted. `contact`: whose entry it made. `detail`: what the
    line or entry says about the consent. `refusal`: why it was skipped, or why its opt-out was not reverted with the
    others.
    """

    number: int
    verdict: LineVerdict
    taken_back: bool
    cells: tuple[str, ...]
    line: ReadLine | None
    contact: Contact | None
    detail: Detail | None
    refusal: ConsentRefused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Some lines. `zone`: the organisation's. `staff`: names of people in refusals. `further`: the line after which
    there are more.

    `further` is 0 where there are no more.
    """

    made: Import
    zone: ZoneInfo
    lines: tuple[LineOutcome, ...]
    staff: Mapping[str, str]
    further: int = 0


def show(rt: Runtime, id: UUID, *, only: LineVerdict | None = None, behind: int = 0, now: datetime) -> Outcomes:
    """Lines after a number, of one verdict or all. Raises UnknownImport."""
    with snapshot(rt.engine) as session:
        made = _known(session, id, CHECK, *APPLIED_STATES)
        verdicts = None if only is None else _stored_as([only])
        found = imports.lines(session, id, verdicts=verdicts, behind=behind, limit=SHOWN + 1)
        further = found[SHOWN - 1].number if len(found) > SHOWN else 0
        shown = _outcomes(rt, session, made, found[:SHOWN], further=further)
        return replace(shown, lines=tuple(_stayed(rt, session, made, found, shown.lines, now=now)))


def left_out(rt: Runtime, id: UUID) -> Outcomes:
    """The lines that are wrong, were left out, or were skipped, for a file. Raises UnknownImport."""
    with snapshot(rt.engine) as session:
        made = _known(session, id, CHECK, APPLYING, DONE, TAKING_BACK, TAKEN_BACK)
        found = imports.lines(session, id, verdicts=_stored_as(_LEFT_OUT), limit=_ALL)
        return _outcomes(rt, session, made, [each for each in found if each.cells])


def _known(session: Session, id: UUID, *states: str) -> Import:
    made = imports.get(session, id)
    if made is None or made.state not in states:
        raise UnknownImport("there is no such import, or it is not at this step")
    return made


def _stored_as(verdicts: Collection[LineVerdict]) -> list[str]:
    return [f"{before}{each}" for each in verdicts for before in ("", APPLIED, imports.TAKEN_BACK)]


def _outcomes(
    rt: Runtime, session: Session, made: Import, lines: Sequence[ImportLine], *, further: int = 0
) -> Outcomes:
    sensitive = import_fields.sensitive_places(session, plan_of(made))
    entries = ledger.of_ids(session, [each.entry_id for each in lines if each.entry_id])
    noes = {each.entry_id for each in lines if _verdict(each) is LineVerdict.ALONE}
    own = {id: each for id, each in entries.items() if id not in noes}
    made_of = _Made(
        entries=entries,
        contacts=contacts.of_ids(session, {each.contact_id for each in own.values()}),
        details=ledger.details(session, own),
    )
    day = judged_on(session, made)
    whole = (import_cells.opened(rt, made.id, each) for each in lines)
    judged = ((each, verdict) for each in whole if (verdict := _verdict(each)))
    return Outcomes(
        made=made,
        zone=ZoneInfo(usual_zone(session)),
        lines=tuple(_outcome(made, each, verdict, made_of, sensitive, today=day) for each, verdict in judged),
        staff=staff_names.names(session, {each.by for each in entries.values() if staff_id(each.by)}),
        further=further,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """The entries that lines refer to, with contacts and details of those they made."""

    entries: Mapping[UUID, Entry]
    contacts: Mapping[UUID, Contact]
    details: Mapping[UUID, KeptDetail]


def _outcome(
    made: Import, line: ImportLine, verdict: LineVerdict, found: _Made, sensitive: Collection[int], *, today: date
) -> LineOutcome:
    entry = found.entries.get(line.entry_id) if line.entry_id else None
    read = read_line(FileLine(line.number, line.cells), plan_of(made), today=today) if line.cells else None
    return LineOutcome(
        number=line.number,
        verdict=verdict,
        taken_back=line.verdict.startswith(imports.TAKEN_BACK),
        cells=imports.without_cells(line, sensitive).cells,
        line=read,
        contact=found.contacts.get(entry.contact_id) if entry else None,
        detail=read.detail if read else _detail(found.details.get(entry.id) if entry else None),
        refusal=refused_by(entry) if entry and verdict is LineVerdict.ALONE else None,
    )


def _stayed(
    rt: Runtime,
    session: Session,
    made: Import,
    rows: Sequence[ImportLine],
    lines: Sequence[LineOutcome],
    *,
    now: datetime,
) -> list[LineOutcome]:
    """The lines with the reason why some opt-outs were not reverted with the import."""
    if made.state != TAKEN_BACK or plan_of(made).meaning is not Meaning.OUT_OURS:
        return [*lines]
    left = {each.number for each in lines if each.verdict in RECORDED and not each.taken_back and each.contact}
    entries = ledger.of_ids(session, [each.entry_id for each in rows if each.entry_id and each.number in left])
    named = {each.number: entries[each.entry_id] for each in rows if each.number in left and each.entry_id in entries}
    circles = circles_of(rt, session, list({each.contact.id: each.contact for each in lines if each.contact}.values()))
    purpose = known_purpose(session, plan_of(made).purpose)
    return [
        replace(each, refusal=_why(circles[named[each.number].contact_id], named[each.number], purpose, now=now))
        if each.number in named
        else each
        for each in lines
    ]


def _why(circle: Circle, no: Entry, purpose: Purpose, *, now: datetime) -> ConsentRefused | None:
    try:
        reverted(circle, no, purpose, by="", now=now)
    except ConsentRefused as refusal:
        return refusal
    return None


def _detail(kept: KeptDetail | None) -> Detail | None:
    if kept is None:
        return None
    body = ledger.read_body(kept.body)
    who_said, source, optin_id = (str(body.get(name, "")) for name in ("who", "source", "optin_id"))
    return Detail(who=who_said, source=source, given_on=kept.given_on, optin_id=optin_id)


def _verdict(line: ImportLine) -> LineVerdict | None:
    """None where it was not judged yet."""
    return LineVerdict(imports.verdict_of(line)) if line.verdict else None
