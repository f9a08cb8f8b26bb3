"""check and audit: is everything in order, and do database, mails and calendars say the same?"""

from typing import Annotated

import typer

from ..actions.operations import consistency as auditing
from ..actions.operations.checks import Level, checks, try_mail
from ..config.notation import read_mail_address
from .context import opened
from .errors import PROBLEMS, WRONG_USE, CommandRefused
from .options import Json
from .output import say, say_json
from .terminal import progress

_SIGNS = {Level.OK: "✓", Level.WARNING: "!", Level.PROBLEM: "✗"}


MailTo = Annotated[str | None, typer.Option(help="Send a test mail to this address, and say what the server answers.")]


def check(context: typer.Context, mail_to: MailTo = None, as_json: Json = False) -> None:
    """Look at everything that the service needs, and say what to do about it. Exit 1 if anything does not work."""
    address = _address(mail_to) if mail_to is not None else None
    with opened(context, migrate=False) as rt, progress("Looking"):
        found = list(checks(rt, now=rt.clock.now()))
        if address is not None:
            found.append(try_mail(rt, address, now=rt.clock.now()))
    if as_json:
        say_json(found)
    else:
        for each in found:
            say(f"{_SIGNS[each.level]} {each.sentence}")
            if each.remedy:
                say(each.remedy, indent=4)
    raise typer.Exit(PROBLEMS if any(each.level is Level.PROBLEM for each in found) else 0)


def audit(context: typer.Context, as_json: Json = False) -> None:
    """Compare database, mails and calendars, read-only. Exit 1 if they contradict one another."""
    with opened(context, migrate=False) as rt:
        total = auditing.calendars_to_read(rt) + 1
        with progress("Comparing", total=total) as step:
            found = auditing.audit_all(rt, now=rt.clock.now(), step=step)
    if as_json:
        say_json(found)
    else:
        for each in found:
            say(f"{each.question} {f'booking {each.booking_id} ' if each.booking_id else ''}{each.sentence}")
        say(f"{len(found)} findings." if found else "Database, mails and calendars say the same.")
    raise typer.Exit(PROBLEMS if found else 0)


def _address(typed: str) -> str:
    try:
        return read_mail_address(typed)
    except ValueError as error:
        raise CommandRefused(f"--mail-to: {error}", code=WRONG_USE) from error
