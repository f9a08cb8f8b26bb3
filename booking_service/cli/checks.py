"""check and audit: is everything in order, and do database, mails and calendars say the same?"""

from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from ..actions.operations import consistency as auditing
from ..actions.operations import repair as repairing
from ..actions.operations.checks import checks, try_mail
from ..actions.operations.consistency import Discrepancy
from ..actions.operations.findings import Check, Level
from ..actions.operations.nightly_audit import in_words
from ..actions.operations.write_check import try_write
from ..config.notation import read_mail_address
from ..runtime import Runtime
from .context import opened
from .options import Json
from .output import say, say_json
from .refusals import PROBLEMS, WRONG_USE, CommandRefused
from .schema import refuse_other_schema
from .terminal import progress

MailTo = Annotated[str | None, typer.Option(help="Send a test mail to this address, and say what the server answers.")]


def check(context: typer.Context, mail_to: MailTo = None, as_json: Json = False) -> None:
    """Check everything that the service needs, and say what to do about it. Exit 1 if anything does not work."""
    address = _address(mail_to) if mail_to is not None else None
    with opened(context, migrate=False) as rt, progress("Looking"):
        found = list(checks(rt, now=rt.clock.now()))
        if not any(each.subject == "database" and each.level is Level.PROBLEM for each in found):
            found += try_write(rt)
        if address is not None:
            found.append(try_mail(rt, address, now=rt.clock.now()))
    if as_json:
        say_json([_as_json(each) for each in found])
    else:
        for each in found:
            say(each.report)
    raise typer.Exit(PROBLEMS if any(each.level is Level.PROBLEM for each in found) else 0)


Repair = Annotated[bool, typer.Option("--repair", help="Say what could be repaired safely, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="With --repair: do it.")]


def audit(context: typer.Context, repair: Repair = False, yes: Yes = False, as_json: Json = False) -> None:
    """Compare database, mails and calendars, read-only. Exit 1 if they contradict one another.

    With --repair --yes, exit 1 if anything is left for a person to look at.
    """
    if yes and not repair:
        raise CommandRefused("--yes is for --repair: by itself an audit changes nothing.", code=WRONG_USE)
    with opened(context, migrate=False) as rt:
        refuse_other_schema(rt)
        total = auditing.calendars_to_read(rt) + 1
        with progress("Comparing", total=total) as step:
            found = auditing.audit_all(rt, now=rt.clock.now(), step=step)
        if repair:
            _say_repairs(rt, found, yes=yes, as_json=as_json)
    if as_json:
        say_json([_as_row(each) for each in found])
    else:
        for each in found:
            say(in_words(each))
        say(f"{len(found)} findings." if found else "Database, mails and calendars agree.")
    raise typer.Exit(PROBLEMS if found else 0)


def _as_json(found: Check) -> dict[str, object]:
    return {
        "subject": found.subject,
        "level": found.level,
        "sentence": found.sentence,
        "remedy": found.remedy,
        "details": list(found.details),
    }


def _say_repairs(rt: Runtime, found: Sequence[Discrepancy], *, yes: bool, as_json: bool) -> NoReturn:
    done = repairing.repair(rt, found, now=rt.clock.now()) if yes else []
    words = [each.words for each in done] or [repairing.intended(each) for each in found]
    settled = [each.done for each in done] or [False] * len(found)
    if as_json:
        rows = zip(found, words, settled, strict=True)
        say_json([_as_row(each) | {"repair": word, "done": over} for each, word, over in rows])
    else:
        for each, word in zip(found, words, strict=True):
            say(in_words(each))
            say(f"→ {word}", indent=4)
        say(_summary(found, settled, yes=yes))
    raise typer.Exit(0 if all(settled) else PROBLEMS)


def _summary(found: Sequence[Discrepancy], settled: Sequence[bool], *, yes: bool) -> str:
    if not found:
        return "Database, mails and calendars agree."
    if yes:
        return f"{sum(settled)} put right or under way, {len(found) - sum(settled)} left for a person."
    safe = sum(each.fix is not None for each in found)
    return f"{len(found)} findings, {safe} of which can be put right safely: `audit --repair --yes` does it."


def _as_row(found: Discrepancy) -> dict[str, object]:
    return {
        "question": found.question,
        "sentence": found.sentence,
        "booking_id": found.booking_id,
        "contact_id": found.contact_id,
        "repairable": found.fix is not None,
    }


def _address(typed: str) -> str:
    try:
        return read_mail_address(typed)
    except ValueError as error:
        raise CommandRefused(f"--mail-to: {error}", code=WRONG_USE) from error
