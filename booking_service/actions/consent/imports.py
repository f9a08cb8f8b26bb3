"""Importing a file of consents: stored, mapped, checked, corrected, applied line by line, and deleted.

Applying is decided once. A worker or a command takes some lines in each transaction and marks them there, so it
continues after a crash and no line is applied twice. Each line is judged again at its turn.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby, islice
from typing import Protocol
from uuid import UUID

from sqlmodel import Session

from ...clock import monotonic
from ...crypto.ids import new_id
from ...domain.consent_file import Column, ConsentFile, FileLine, Meaning, Plan, guess, read
from ...domain.errors import BookingError, NotFound
from ...runtime import Runtime
from ...storage import imports, outbox
from ...storage.engine import snapshot, transaction
from ...storage.imports import APPLIED, Import
from ...storage.outbox import Claimed
from . import import_cells, import_fields, import_lines
from .append import known_purpose
from .import_check import CONSENTS, JUDGED_ON, CheckedLine, LineVerdict, ReadLine, checked, judged_on, read_line
from .pace import MOST, TURN_S, Pace, rest
from .zones import today

KIND = "consent-import"
_AT_ONCE = 1000  # lines read together for judging
SHOWN = 100  # wrong lines corrected on one page
COLUMNS, CHECK, APPLYING, DONE, OVER = "columns", "check", "applying", "done", "over"
TAKING_BACK, TAKEN_BACK = "taking-back", "taken-back"
APPLIED_STATES = (APPLYING, DONE, OVER, TAKING_BACK, TAKEN_BACK)
KEPT = timedelta(days=30)  # how long lines without a ledger entry are kept, from the upload on
RECORDED = (
    LineVerdict.NEW,
    LineVerdict.ADDED,
    LineVerdict.ADDED_PARTLY,
    LineVerdict.WITHOUT_ADDRESS,
    LineVerdict.WITHOUT_NUMBER,
)
STORED = (*RECORDED, LineVerdict.FILLED, LineVerdict.FILLED_PARTLY)
TAKES_BACK = (*CONSENTS, Meaning.OUT_OURS)  # what people said themselves only they can take back
_LACKING = "without_source", "without_date"
_OPEN = tuple(each.value for each in (*STORED, LineVerdict.SAME, LineVerdict.LOCKED, LineVerdict.ALONE))


class UnknownImport(NotFound):
    """No import with this id, or it is in another state."""


class MeaningMissing(BookingError):
    """Nobody said whether the lines mean yes, no, or nothing."""


class StillWrong(BookingError):
    """Some lines can't be read, and nobody said to leave them out."""


class PlanChanged(BookingError):
    """The mapping was changed since it was looked at, or the lines are not judged by it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPreview:
    """The state of an import. `counts`: lines by verdict. `wrong`: the first lines to correct, with their cells.

    `applied`, `taken_back`: how many so far. `unjudged`: lines not judged by this plan yet, as that is going on or was
    interrupted. `sensitive`: columns that fill sensitive fields. `stored`: lines that make an entry or contact, or fill
    a field; `without_source`, `without_date`: those among them that the report will find.
    """

    made: Import
    plan: Plan
    sensitive: frozenset[int]
    counts: Mapping[LineVerdict, int]
    unjudged: int
    wrong: tuple[tuple[ReadLine, tuple[str, ...]], ...]
    applied: int
    taken_back: int

    @property
    def all_lines(self) -> int:
        return sum(self.counts.values())

    @property
    def stored(self) -> int:
        return sum(self.counts[each] for each in STORED)

    @property
    def forgotten(self) -> bool:
        """Whether its lines are emptied."""
        return self.made.state == OVER or bool(self.made.mapping.get("forgotten"))

    @property
    def to_take_back(self) -> int:
        """The number of entries that can be taken back: consents, and opt-outs by staff."""
        return sum(self.counts[each] for each in RECORDED) if self.plan.meaning in TAKES_BACK else 0

    @property
    def stayed(self) -> int:
        """How many of these were not taken back."""
        return self.to_take_back - self.taken_back

    @property
    def without_source(self) -> int:
        return int(self.made.mapping.get("without_source", 0))

    @property
    def without_date(self) -> int:
        return int(self.made.mapping.get("without_date", 0))


def start(rt: Runtime, content: bytes, *, name: str, by: str, called: str, now: datetime) -> Import:
    """Store a file, with its columns guessed; nothing else happens yet. Raises FileRefused."""
    found = read(content)
    first = list(islice(found.lines, 2))
    mapping = {
        "headings": list(found.headings),
        "encoding": found.encoding,
        "separator": found.separator,
        "columns": [each.value for each in guess(found.headings)],
        "samples": [import_cells.sample([each.cells for each in first], at) for at in range(len(found.headings))],
        "lines": len(found.lines),
        "called": called,
    }
    made = Import(
        id=new_id(now),
        made_at=now,
        made_by=by,
        name=name,
        file_hash=sha256(content).hexdigest(),
        mapping=mapping,
        state=COLUMNS,
    )
    with transaction(rt.engine) as session:
        imports.bring(session, made)
        imports.add_lines(session, made.id, ((each.number, each.cells) for each in found.lines))
    return made


def plan(rt: Runtime, id: UUID, wanted: Plan, *, now: datetime) -> None:
    """Set the columns' meaning, and judge every line. Raises UnknownImport, UnknownPurpose, UnknownField,
    MeaningMissing."""
    if wanted.meaning is None:
        raise MeaningMissing("Say what the lines say: nothing goes without saying.")
    with transaction(rt.engine) as session:
        made = _at(imports.get(session, id, lock=True), COLUMNS, CHECK)
        known_purpose(session, wanted.purpose)
        import_fields.refuse_unknown(session, wanted)
        sensitive = import_fields.sensitive_places(session, wanted)
        made = import_cells.marked(import_cells.samples(rt, session, made, sensitive), sensitive)
        mapping = {
            **made.mapping,
            "columns": [each.value for each in wanted.columns],
            "purpose": wanted.purpose,
            "meaning": wanted.meaning.value,
            "for_all": dict(wanted.for_all),
            "fields": {str(at): slug for at, slug in wanted.fields.items()},
        }
        imports.save(session, replace(made, mapping=mapping, state=CHECK))
        imports.unjudge(session, id)
        import_fields.owe_rewriting(session, made, wanted, now=now)
    _judge(rt, id, wanted, now=now)


def mend(rt: Runtime, id: UUID, cells: Mapping[tuple[int, int], str], *, now: datetime) -> None:
    """Correct cells, by line and column, and judge every line again. Raises UnknownImport."""
    with transaction(rt.engine) as session:
        made = _at(imports.get(session, id, lock=True), CHECK)
        sensitive = import_fields.sensitive_places(session, plan_of(made))
        for number, changed in groupby(sorted(cells), key=lambda each: each[0]):
            line = next(iter(imports.lines(session, id, behind=number - 1, limit=1)), None)
            if line is not None and line.number == number:
                opened = import_cells.opened(rt, id, line)
                mended = dict(enumerate(opened.cells)) | {place: cells[number, place] for _, place in changed}
                whole = replace(opened, cells=tuple(mended.get(at, "") for at in range(max(mended) + 1)))
                imports.rewrite(session, id, [import_cells.closed(rt, id, whole, sensitive)])
                imports.unjudge(session, id, [number])
    _judge(rt, id, plan_of(made), now=now)


def look(rt: Runtime, id: UUID) -> ImportPreview:
    """The present state of an import. Raises UnknownImport."""
    with snapshot(rt.engine) as session:
        made = _at(imports.get(session, id), COLUMNS, CHECK, *APPLIED_STATES)
        wanted = plan_of(made)
        kept = imports.counts(session, id)
        first = imports.lines(session, id, verdicts=[LineVerdict.WRONG], limit=SHOWN)
        wrong = [import_cells.opened(rt, id, each) for each in first]
        day = judged_on(session, made)
        return ImportPreview(
            made=made,
            plan=wanted,
            sensitive=frozenset(import_fields.sensitive_places(session, wanted)),
            counts=_counts(kept),
            unjudged=kept.get(imports.UNJUDGED, 0),
            applied=sum(count for verdict, count in kept.items() if verdict.startswith((APPLIED, imports.TAKEN_BACK))),
            taken_back=sum(count for verdict, count in kept.items() if verdict.startswith(imports.TAKEN_BACK)),
            wrong=tuple(
                (read_line(FileLine(each.number, each.cells), wanted, today=day), each.cells) for each in wrong
            ),
        )


def latest(rt: Runtime, *, limit: int = 20) -> list[Import]:
    with snapshot(rt.engine) as session:
        return imports.latest(session, limit=limit)


def apply(rt: Runtime, id: UUID, *, leave_out: bool, seen: str | None = None, now: datetime) -> None:
    """Decide to apply it; a worker does it. Repeating that does nothing.

    `seen`: the `seal` of the plan that was looked at; None where nobody looked. Raises UnknownImport, StillWrong,
    PlanChanged.
    """
    with transaction(rt.engine) as session:
        made = _at(imports.get(session, id, lock=True), CHECK, *APPLIED_STATES)
        if made.state != CHECK:
            return
        if seen not in (None, plan_of(made).seal) or imports.UNJUDGED in imports.counts(session, id):
            raise PlanChanged("The import was changed since it was looked at. Nothing is imported yet.")
        wrong = imports.lines(session, id, verdicts=[LineVerdict.WRONG], limit=100_000)
        if wrong and not leave_out:
            raise StillWrong(f"{len(wrong)} lines can't be imported as they are")
        imports.judge(session, id, LineVerdict.LEFT_OUT, [each.number for each in wrong])
        import_fields.forget_cells(session, id, plan_of(made), wrong)
        imports.save(session, replace(imports.without_samples(made), state=APPLYING))
        payload = {"import_id": str(id)}
        outbox.add_once(session, f"{KIND}:{id}", kind=KIND, lane=f"{KIND}:{id}", payload=payload, due_at=now, now=now)


class Piece(Protocol):
    """Processes the next lines in one transaction. Returns the last line's number, to continue after it; 0: nothing is
    left."""

    def __call__(self, rt: Runtime, id: UUID, *, behind: int, pace: Pace | None, now: datetime) -> int: ...


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Continue applying for a while."""
    work_off(rt, claimed, carry_on)


def work_off(rt: Runtime, claimed: Claimed, piece: Piece) -> None:
    """Piece by piece for a while, resting as long as each took, so that bookings get through between them."""
    id, began = UUID(claimed.payload["import_id"]), monotonic()
    pace = Pace()
    at = piece(rt, id, behind=0, pace=pace, now=rt.clock.now())
    while at and monotonic() - began < TURN_S:
        at = piece(rt, id, behind=at, pace=pace, now=rt.clock.now())
    with transaction(rt.engine) as session:
        now = rt.clock.now()
        if at:
            outbox.defer(session, claimed, until=now, error="")
        else:
            outbox.finish(session, claimed, now=now)


def carry_on(rt: Runtime, id: UUID, *, behind: int = 0, pace: Pace | None = None, now: datetime) -> int:
    """Apply the next lines in one transaction, then rest as long as it blocked other writers.

    Returns the last line's number, to continue after it; 0: nothing is left.
    """
    limit = pace.size if pace is not None else MOST
    with transaction(rt.engine) as session:
        made = imports.get(session, id, lock=True)
        began = monotonic()
        if made is None or made.state != APPLYING:
            return 0
        lines = imports.lines(session, id, verdicts=_OPEN, behind=behind, limit=limit)
        wanted = plan_of(made)
        whole = [import_cells.opened(rt, id, each) for each in lines]
        done = import_lines.apply(rt, session, made, wanted, whole, now=now)
        imports.settle(session, id, [(each.number, f"{APPLIED}{each.verdict}", each.entry_id) for each in done])
        import_fields.forget_cells(session, id, wanted, lines)
        if len(lines) < limit:
            imports.save(session, replace(made, state=DONE))
            imports.forget(session, id, [f"{APPLIED}{each}" for each in RECORDED])
            import_fields.owe_rewriting(session, made, wanted, now=now)
    if len(lines) < limit:
        return 0
    rest(rt, pace, limit, held=monotonic() - began)
    return lines[-1].number


def forget(session: Session, *, now: datetime) -> None:
    """Delete imports that nobody applied after 30 days, and of applied ones the lines without an entry."""
    for made in imports.brought_before(session, now - KEPT, states=[COLUMNS, CHECK]):
        imports.remove(session, made.id)
    for made in imports.brought_before(session, now - KEPT, states=[DONE, TAKEN_BACK]):
        if not made.mapping.get("forgotten"):
            imports.forget_all(session, made.id)
            state = OVER if made.state == DONE else TAKEN_BACK
            imports.save(session, replace(made, state=state, mapping={**made.mapping, "forgotten": True}))


def plan_of(made: Import) -> Plan:
    kept = made.mapping
    return Plan(
        columns=tuple(map(Column, kept["columns"])),
        purpose=str(kept.get("purpose", "")),
        meaning=Meaning(kept["meaning"]) if kept.get("meaning") else None,
        for_all=kept.get("for_all", {}),
        fields={int(at): str(slug) for at, slug in kept.get("fields", {}).items()},
    )


def dry(rt: Runtime, found: ConsentFile, wanted: Plan, *, now: datetime) -> list[CheckedLine]:
    """The verdict on each line, storing nothing. Raises UnknownPurpose, UnknownField."""
    with snapshot(rt.engine) as session:
        import_fields.refuse_unknown(session, wanted)
        return list(checked(rt, session, wanted, found.lines, now=now))


def _judge(rt: Runtime, id: UUID, wanted: Plan, *, now: datetime) -> None:
    import_cells.seal_lines(rt, id, wanted.fields, states=[CHECK])
    with snapshot(rt.engine) as session:
        found, lacking = list[tuple[int, LineVerdict, UUID | None]](), Counter[str]()
        for each in checked(rt, session, wanted, _kept_lines(rt, session, id), now=now):
            no = each.refusal.entry if each.refusal else None
            found.append((each.line.number, each.verdict, no.id if no else None))
            lacking.update(_lacking(each, wanted))
    with transaction(rt.engine) as session:
        made = _at(imports.get(session, id, lock=True), CHECK)
        judged = {JUDGED_ON: today(session, now).isoformat(), **{name: lacking[name] for name in _LACKING}}
        imports.save(session, replace(made, mapping={**made.mapping, **judged}))
        for verdict in LineVerdict:
            imports.judge(
                session, id, verdict, [number for number, judged, no in found if judged is verdict and not no]
            )
        imports.settle(session, id, [each for each in found if each[2]])


def _kept_lines(rt: Runtime, session: Session, id: UUID) -> Iterator[FileLine]:
    """All lines, some in memory at a time."""
    behind = 0
    while kept := imports.lines(session, id, behind=behind, limit=_AT_ONCE):
        yield from (FileLine(each.number, import_cells.opened(rt, id, each).cells) for each in kept)
        behind = kept[-1].number


def _lacking(line: CheckedLine, wanted: Plan) -> tuple[str, ...]:
    """What the consent of a line lacks."""
    if line.verdict not in RECORDED or wanted.meaning not in CONSENTS:
        return ()
    detail = line.line.detail
    return tuple(name for name, said in zip(_LACKING, (detail.source, detail.given_on), strict=True) if not said)


def _counts(kept: Mapping[str, int]) -> dict[LineVerdict, int]:
    """Lines by verdict, whether applied or still to be."""
    found = dict.fromkeys(LineVerdict, 0)
    for verdict, count in kept.items():
        if verdict:
            found[LineVerdict(verdict.removeprefix(APPLIED).removeprefix(imports.TAKEN_BACK))] += count
    return found


def _at(made: Import | None, *states: str) -> Import:
    if made is None or made.state not in states:
        raise UnknownImport("there is no such import, or it is past this step")
    return made
