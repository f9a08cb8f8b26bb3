"""Imports of contacts that were brought: what came of each line, and taking one back."""

from typing import Annotated, Any

import typer

from ..actions.consent import import_outcomes, import_retract, imports
from ..actions.consent.import_check import LineVerdict
from ..actions.consent.import_outcomes import LineOutcome
from ..actions.consent.imports import ImportPreview
from ..actions.consent.pace import Pace
from ..domain.audit import Actor
from ..domain.consent_file import Meaning
from ..domain.errors import NotFound
from ..domain.ids import read_id
from ..runtime import Runtime
from ..storage.imports import Import
from .context import opened, who_sits_here
from .options import Json
from .output import say, say_json
from .refusals import WRONG_USE, CommandRefused
from .terminal import progress, say_table


def look(
    context: typer.Context,
    id: Annotated[
        str, typer.Argument(metavar="[IMPORT]", help="One import, by its id, line by line; the latest without it.")
    ] = "",
    only: Annotated[
        LineVerdict | None, typer.Option("--only", help="Of one import, only the lines with this outcome.")
    ] = None,
    take_back: Annotated[
        bool,
        typer.Option(
            "--take-back",
            help="Remove every consent that it recorded, or revert every opt-out of yours that replaced a consent; what was said since stays.",
        ),
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why it is taken back; it goes on record.")] = "",
    as_json: Json = False,
) -> None:
    """Imports of contacts, and what happened to each line; or take one back."""
    if (take_back or only) and not id:
        raise CommandRefused("Say which import: consents imports IMPORT --take-back --reason WHY.", code=WRONG_USE)
    with opened(context) as rt:
        if not id:
            return _all(imports.latest(rt), as_json=as_json)
        try:
            if take_back:
                _take_back(rt, id, reason=reason)
            found = imports.look(rt, read_id(id))
            lines = [] if take_back else _lines(rt, id, only)
        except NotFound as error:
            raise CommandRefused(f"There is no import {id}, or it is not at this step.", code=WRONG_USE) from error
    if take_back and not as_json:
        if found.plan.meaning is Meaning.OUT_OURS:
            say(f"{found.taken_back} of {found.to_take_back} opt-outs were reverted.")
            return say("The others stay: without --take-back each line says why.") if found.stayed else None
        return say(f"{found.taken_back} of {found.to_take_back} consents were taken back.")
    if as_json:
        return say_json({**_whole(found), "each": [came_of(each) for each in lines]})
    rows = [(each.number, _state(each), _who(each), why(each)) for each in lines]
    if found.unjudged:
        return say("Its lines are being checked, or that was interrupted: its page checks them again.")
    return say_table(("Line", "What came of it", "Who", "Why"), rows, empty="No line.")


def came_of(line: LineOutcome) -> dict[str, object]:
    return {"line": line.number, "verdict": line.verdict, "taken_back": line.taken_back, "why": why(line)}


def why(line: LineOutcome) -> str:
    """Why a line is not stored; "" where it is, or makes no difference."""
    if line.refusal is not None:
        return str(line.refusal)
    return "; ".join(each.sentence for each in line.line.faults) if line.line else ""


def _all(found: list[Import], *, as_json: bool) -> None:
    if as_json:
        return say_json(
            [{"import": each.id, "file": each.name, "made_at": each.made_at, "state": each.state} for each in found]
        )
    rows = [(each.id, each.name, f"{each.made_at:%Y-%m-%d %H:%M}", each.state) for each in found]
    return say_table(("Import", "File", "Brought (UTC)", "State"), rows, empty="None yet.")


def _whole(found: ImportPreview) -> dict[str, Any]:
    return {
        "import": found.made.id,
        "file": found.made.name,
        "state": found.made.state,
        "lines": dict(found.counts),
        "unjudged": found.unjudged,
        "taken_back": found.taken_back,
    }


def _lines(rt: Runtime, id: str, only: LineVerdict | None) -> list[LineOutcome]:
    found = import_outcomes.show(rt, read_id(id), only=only, now=rt.clock.now())
    lines = [*found.lines]
    while found.further:
        found = import_outcomes.show(rt, read_id(id), only=only, behind=found.further, now=rt.clock.now())
        lines += found.lines
    return lines


def _take_back(rt: Runtime, id: str, *, reason: str) -> None:
    sits_here, wanted = who_sits_here(), read_id(id)
    import_retract.start(
        rt, wanted, reason=reason, by=sits_here, called=sits_here, actor=Actor(name=sits_here), now=rt.clock.now()
    )
    with progress("Taking back") as step:
        pace = Pace()
        at = import_retract.carry_on(rt, wanted, pace=pace, now=rt.clock.now())
        while at:
            step()
            at = import_retract.carry_on(rt, wanted, behind=at, pace=pace, now=rt.clock.now())


def _state(line: LineOutcome) -> str:
    return "taken-back" if line.taken_back else line.verdict.value


def _who(line: LineOutcome) -> str:
    if line.contact is not None:
        return line.contact.address or line.contact.phone
    return line.line.address or line.line.phone if line.line else ""
