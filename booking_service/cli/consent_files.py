"""Files of consents: brought in line by line, and lists that leave."""

import shlex
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from ..actions.consent import export, find, import_outcomes, imports, proof
from ..actions.consent.import_check import CheckedLine, LineVerdict
from ..actions.consent.pace import Pace
from ..domain.consent_file import FIELD, OPTIN, Column, ConsentFile, Meaning, Plan, field_named, guess, read
from ..domain.errors import StorageBusy
from ..processes import CopyEnded
from ..runtime import Runtime
from .consent_imports import came_of, why
from .context import opened, who_sits_here
from .options import Json
from .output import say, say_file, say_json
from .refusals import WRONG_USE, CommandRefused
from .terminal import goes_into_file, progress

_WORDS = {
    LineVerdict.NEW: "new contacts",
    LineVerdict.ADDED: "known contacts, something is added",
    LineVerdict.WITHOUT_ADDRESS: "stored without an email address, although the purpose uses email",
    LineVerdict.WITHOUT_NUMBER: "stored without a phone number, although the purpose uses the phone",
    LineVerdict.ADDED_PARTLY: "known contacts, something is added; a locked field stays as it is",
    LineVerdict.FILLED: "known contacts, fields are filled",
    LineVerdict.FILLED_PARTLY: "known contacts, fields are filled; a locked one stays as it is",
    LineVerdict.SAME: "already recorded",
    LineVerdict.LOCKED: "change nothing, as the field is locked",
    LineVerdict.ALONE: "skipped, as they or staff said no",
    LineVerdict.WRONG: "can't be read",
    LineVerdict.LEFT_OUT: "left out",
}

Slug = Annotated[str, typer.Option("--purpose", help="What the lines are about, by its name in the setup.")]


def bring(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="A CSV file with headings in its first line; columns are known by name.")
    ],
    purpose: Slug,
    meaning: Annotated[
        Meaning, typer.Option(help="What the lines say; “theirs” are the people's own noes, passed on.")
    ],
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            help=f"HEADING=MEANING, one of {', '.join(filter(None, Column))}, or {FIELD}NAME, by which it fills a field of contacts; "
            "repeat it.",
        ),
    ] = None,
    for_all: Annotated[
        list[str] | None,
        typer.Option("--for-all", help=f"NAME=TEXT for every line that has none: {', '.join(OPTIN)}; repeat it."),
    ] = None,
    leave_out: Annotated[bool, typer.Option("--leave-out", help="Leave out the lines that can't be read.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen to each line, and keep nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring in contacts with the consents they gave elsewhere: single opt-in by you. Nobody is written to."""
    content = file.read_bytes()
    found = read(content)
    plan = _plan(found, purpose, meaning, column or [], for_all or [])
    with opened(context) as rt:
        with progress("Reading the file"):
            checked = imports.dry(rt, found, plan, now=rt.clock.now())
        wrong = [each for each in checked if each.verdict is LineVerdict.WRONG]
        if dry_run or (wrong and not leave_out):
            _say(checked, found, as_json=as_json)
            raise typer.Exit(1 if wrong and not leave_out else 0)
        id, counts = _applied(rt, content, file.name, plan)
        left_out = import_outcomes.left_out(rt, id).lines
    if as_json:
        return say_json({"dry_run": False, "import": id, "lines": counts, "each": [came_of(each) for each in left_out]})
    for each in left_out:
        say(f"– line {each.number}: {why(each)}")
    return _sum_up(
        counts, f"Imported {{stored}} of {{every}} lines. To look at them, or take them back: consents imports {id}"
    )


def take_away(
    context: typer.Context,
    who: Annotated[
        str, typer.Argument(metavar="[ADDRESS]", help="Whose proof; without it the list of a purpose.")
    ] = "",
    purpose: Annotated[
        str, typer.Option("--purpose", help="By its name in the setup; for a proof, all of them without it.")
    ] = "",
    everybody: Annotated[
        bool, typer.Option("--all", help="Also contacts that may not be used, with their standing.")
    ] = False,
    as_proof: Annotated[
        bool,
        typer.Option("--proof", help="What one contact said, as an archive that anybody can check with bare Python."),
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", help="Where the archive goes; proof.zip by default.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="What the proof is for; it goes on record.")] = "",
    as_json: Json = False,
) -> None:
    """The list of a purpose as CSV: who may be written to (or called) now; or the proof of one contact. Both go on record."""
    if as_proof != bool(who):
        raise CommandRefused(
            "A proof is of one: consents export ADDRESS --proof. A list is of a purpose.", code=WRONG_USE
        )
    with opened(context) as rt:
        if as_proof:
            return _prove(rt, who, purpose, output or Path("proof.zip"), reason=reason, as_json=as_json)
        return _list(rt, purpose, export.JSON if as_json else export.CSV, everybody=everybody)


def _list(rt: Runtime, purpose: str, form: export.ListFormat, *, everybody: bool) -> None:
    now = rt.clock.now()
    with (
        export.written(rt, purpose, form, everybody=everybody, by=who_sits_here(), now=now) as pieces,
        progress("Writing the list") if goes_into_file() else nullcontext(),
    ):
        try:
            for piece in pieces:
                say_file(piece)
        except CopyEnded as error:
            raise CommandRefused(
                "A process that read a part of the list was ended. The list is incomplete: take it again."
            ) from error


def _prove(rt: Runtime, who: str, purpose: str, output: Path, *, reason: str, as_json: bool) -> None:
    contact, now = find.shown(rt, who, now=rt.clock.now()).contact, rt.clock.now()
    with progress("Collecting the proof"):
        made = proof.make(rt, contact.id, purpose=purpose, by=who_sits_here(), reason=reason, now=now)
    output.write_bytes(made.content)
    if as_json:
        return say_json({"file": output, "head": made.head})
    say(
        f"Wrote {output}. To check it: booking-service consents check-proof {shlex.quote(str(output))} --head {made.head}"
    )
    say(f"Or with nothing but Python 3.11: python3 -m zipfile -e {shlex.quote(str(output))} .")
    say(f"and then: python3 -I {made.folder}/verify.py {made.head}")
    say(
        "Keep that head somewhere else: only that shows whether everything was rewritten together. Anybody who doubts the archive can get verify.py"
    )
    return say(
        "from where the program is published (templates/proof), because the copy inside can be replaced like everything else in it."
    )


def check(
    file: Annotated[Path, typer.Argument(help="The archive, or the folder that it was unpacked into.", exists=True)],
    head: Annotated[
        str, typer.Option("--head", metavar="SIZE:ROOT", help="A head of the ledger that was kept elsewhere.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Check an archive made by `export --proof` with this program's verifier, and say what it shows. Exit 1: it was changed.

    Rely only on what this prints, and on no page of an archive that it refuses. Needs no database.
    """
    shows = proof.check(file, kept=head.strip().lower())
    if as_json:
        return say_json({"shows": shows})
    return say_file(f"{shows}\n")


def _plan(found: ConsentFile, purpose: str, meaning: Meaning, columns: list[str], for_all: list[str]) -> Plan:
    meant, fills = list(guess(found.headings)), dict[int, str]()
    for written in columns:
        heading, _, what = written.rpartition("=")
        field = field_named(what)
        if heading not in found.headings or not (field or what in set(Column)):
            known = ", ".join(found.headings)
            raise CommandRefused(
                f"--column {written}: write HEADING=MEANING, with one of the headings {known}.", code=WRONG_USE
            )
        at = found.headings.index(heading)
        meant[at] = Column.NOTHING if field else Column(what)
        fills |= {at: field} if field else {}
    if len(set(fills.values())) < len(fills):
        raise CommandRefused("Two columns can't fill the same field.", code=WRONG_USE)
    if Column.EMAIL not in meant and Column.PHONE not in meant:
        raise CommandRefused(
            "No column is an address or a phone number. Say which: --column HEADING=email", code=WRONG_USE
        )
    given = dict(each.partition("=")[::2] for each in for_all)
    if not set(given) <= set(OPTIN):
        raise CommandRefused(f"--for-all takes {', '.join(OPTIN)}.", code=WRONG_USE)
    return Plan(columns=tuple(meant), purpose=purpose, meaning=meaning, for_all=given, fields=fills)


def _applied(rt: Runtime, content: bytes, name: str, plan: Plan) -> tuple[UUID, dict[LineVerdict, int]]:
    by = who_sits_here()
    with progress("Importing") as step:
        made = imports.start(rt, content, name=name, by=by, called=by, now=rt.clock.now())
        imports.plan(rt, made.id, plan, now=rt.clock.now())
        imports.apply(rt, made.id, leave_out=True, now=rt.clock.now())
        try:
            pace = Pace()
            at = imports.carry_on(rt, made.id, pace=pace, now=rt.clock.now())
            while at:
                step()
                at = imports.carry_on(rt, made.id, behind=at, pace=pace, now=rt.clock.now())
        except StorageBusy as error:
            raise CommandRefused(
                f"The database can't be used now: {error}. Don't import the file again: what is in stays, and a worker imports "
                f"the rest once it can be used. How far it is: consents imports {made.id}"
            ) from error
    return made.id, dict(imports.look(rt, made.id).counts)


def _say(checked: list[CheckedLine], found: ConsentFile, *, as_json: bool) -> None:
    counts = {each: 0 for each in LineVerdict} | Counter(each.verdict for each in checked)
    wrong = [(each.line.number, fault.sentence) for each in checked for fault in each.line.faults]
    if as_json:
        return say_json(
            {
                "dry_run": True,
                "encoding": found.encoding,
                "separator": found.separator,
                "lines": counts,
                "wrong": [{"line": number, "problem": sentence} for number, sentence in wrong],
                "left_alone": [
                    {"line": each.line.number, "why": str(each.refusal)} for each in checked if each.refusal
                ],
                "each": [{"line": each.line.number, "verdict": each.verdict, "why": _why(each)} for each in checked],
            }
        )
    for number, sentence in wrong:
        say(f"✗ line {number}, {sentence}")
    for each in checked:
        if each.refusal:
            say(f"– line {each.line.number}: {each.refusal}")
    _sum_up(counts, "{stored} of {every} lines would be imported.")
    return say("Nothing was stored." + (" Correct these lines, or leave them out: --leave-out" if wrong else ""))


def _sum_up(counts: Mapping[LineVerdict, int], sentence: str) -> None:
    for each, words in _WORDS.items():
        if counts[each]:
            say(f"{counts[each]} {words}")
    say(sentence.format(stored=sum(counts[each] for each in imports.STORED), every=sum(counts.values())))


def _why(line: CheckedLine) -> str:
    return str(line.refusal) if line.refusal else "; ".join(each.sentence for each in line.line.faults)
