"""consents report: what people said, counted."""

from typing import Annotated

import typer

from ..actions.consent import report as reports
from ..actions.consent.report import PurposeReport
from ..domain.contact_filter import EVER_ASKED
from ..domain.text import csv_line
from .context import opened
from .options import Json
from .output import say, say_file, say_json
from .refusals import WRONG_USE, CommandRefused


def report(
    context: typer.Context,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table for programs, one line for each purpose.")] = False,
    as_json: Json = False,
) -> None:
    """What people said, counted by purpose, what was stopped from being sent in 30 days, and what needs attention."""
    if as_csv and as_json:
        raise CommandRefused("Say --csv or --json, not both.", code=WRONG_USE)
    with opened(context) as rt:
        now = rt.clock.now()
        found = reports.report(rt, language="en", today=now.date(), now=now)
    if as_csv:
        return say_file("".join(map(csv_line, [reports.HEADINGS, *map(reports.cells, found)])))
    if as_json:
        return say_json([_told(each) for each in found])
    for each in found:
        _say(each)
    return None


def _told(found: PurposeReport) -> dict[str, object]:
    return {
        "purpose": found.purpose.slug,
        "standings": {name: count for name, count in found.counts.items() if name != EVER_ASKED},
        "asked": found.asked,
        "agreed_of_asked": found.agreed,
        "refused": dict(found.refused),
        "not_told": dict(found.not_told),
        "findings": {finding.value: count for finding, count in found.findings.items()},
    }


def _say(found: PurposeReport) -> None:
    parts = [f"{count} {name}" for name, count in sorted(found.counts.items()) if count and name != EVER_ASKED]
    say(f"{found.purpose.slug}: {', '.join(parts) or 'nobody'}")
    if found.asked:
        say(f"{found.asked} ever asked, of whom {found.agreed} agreed ({found.share} %)", indent=2)
    for finding, count in found.findings.items():
        say(f"✗ {finding.value}{f': {count}' if count else ''}", indent=2)
    for why, count in sorted(found.refused.items()):
        say(f"refused {count} times: {why}", indent=2)
    for why, count in sorted(found.not_told.items()):
        say(f"not told to others {count} times: {why}", indent=2)
