"""mail: who was sent what, and what the other server said."""

from dataclasses import asdict
from typing import Annotated

import typer

from ..actions.mail import log
from ..domain.effects import MailKind
from ..domain.mail_log import Outcome, SoughtMail
from .context import opened
from .options import Json
from .output import say_json
from .terminal import say_table

mail = typer.Typer(no_args_is_help=True, help="Mails that were sent, or were to be. Never their text.")


@mail.command("log")
def show_log(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Part of an address or of a Message-ID.")] = "",
    kind: Annotated[list[MailKind] | None, typer.Option(help="Only these.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only what ended so.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, latest try first.")] = log.PAGE,
    as_json: Json = False,
) -> None:
    """Each mail with its latest try and what the other server said, for 30 days; the newest first."""
    with opened(context) as rt:
        found = log.find(rt, SoughtMail(text=text, kinds=tuple(kind or ()), outcome=outcome), limit=limit).mails
    if as_json:
        return say_json([{key: value for key, value in asdict(each).items() if key != "number"} for each in found])
    rows = [
        (each.at, each.address, each.kind, each.outcome, each.tries, each.answer, each.message_id) for each in found
    ]
    columns = ("When", "To", "Kind", "Outcome", "Tries", "Answer", "Message-ID")
    return say_table(columns, rows, empty="No mail matches.")
