"""mail: who was sent what, and what the other server said; and whose mailbox wants none."""

from dataclasses import asdict
from typing import Annotated

import typer

from ..actions.access import mailbox_blocks
from ..actions.mail import log
from ..domain.audit import Actor
from ..domain.effects import MailKind
from ..domain.mail_log import Outcome, SoughtMail
from ..domain.people import is_mail_address
from ..domain.text import one_line
from .context import opened, who_sits_here
from .options import Json
from .output import first_of, say, say_json
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table

mail = typer.Typer(no_args_is_help=True, help="Mails that were sent, or were to be. Never their text.")


@mail.command("log")
def show_log(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Part of an address or of a Message-ID.")] = "",
    kind: Annotated[list[MailKind] | None, typer.Option(help="Only these.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only what ended like this.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, latest try first.")] = log.PAGE,
    as_json: Json = False,
) -> None:
    """Each mail with its latest try and what the other server said, for 30 days; the newest first."""
    with opened(context) as rt:
        sought = SoughtMail(text=text, kinds=tuple(kind or ()), outcome=outcome)
        found = first_of(log.find(rt, sought, limit=limit + 1).mails, limit)
    if as_json:
        return say_json([{key: value for key, value in asdict(each).items() if key != "number"} for each in found])
    rows = [
        (each.at, each.address, each.kind, each.outcome, each.tries, each.answer, each.message_id) for each in found
    ]
    columns = ("When", "To", "Kind", "Outcome", "Tries", "Answer", "Message-ID")
    return say_table(columns, rows, empty="No mail matches.")


@mail.command()
def unblock(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The mailbox that asked never to be written to.")],
    reason: Annotated[str, typer.Option(help="How its holder told you that they want mail again. It is kept.")],
    as_json: Json = False,
) -> None:
    """Allow mail again to a mailbox whose holder had asked for none and took that back. It gives no consent."""
    if not is_mail_address(address) or not reason.strip():
        raise CommandRefused("Say which address, and how you know that its holder wants this.", code=WRONG_USE)
    with opened(context) as rt:
        by, now = Actor(name=who_sits_here()), rt.clock.now()
        lifted = mailbox_blocks.lift(rt, address, reason=one_line(reason), by=by, now=now)
    if as_json:
        return say_json({"address": address, "lifted": lifted})
    if not lifted:
        return say(f"{address} is not blocked; nothing was changed.")
    return say(f"{address} may be written to again. Emails left out in the meantime will not follow.")
