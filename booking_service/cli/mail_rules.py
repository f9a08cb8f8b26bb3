"""consents rule: partners and staff that are told of answers about a purpose by email."""

from typing import Annotated

import typer

from ..actions.consent import follow_ups
from ..domain.audit import Actor
from ..domain.errors import NotFound
from ..domain.follow_ups import Audience
from ..domain.ids import read_id
from .context import opened, who_sits_here
from .options import Json
from .output import say, say_json, tell
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table

rule = typer.Typer(no_args_is_help=True, help="Partners and staff that are told of answers by email.")


@rule.command()
def add(
    context: typer.Context,
    purpose: Annotated[str, typer.Argument(metavar="PURPOSE", help="The purpose, by its name in the setup.")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where each yes is mailed, and its end.")],
    staff: Annotated[bool, typer.Option("--staff", help="Somebody of the staff; a partner without it.")] = False,
    as_json: Json = False,
) -> None:
    """Tell a partner or staff of answers from now on."""
    audience = Audience.STAFF if staff else Audience.PARTNER
    with opened(context) as rt:
        made = follow_ups.add_mail(rt, purpose, audience, address, by=Actor(name=who_sits_here()), now=rt.clock.now())
    if as_json:
        return say_json({"id": made.id})
    return say(f"Its id: {made.id}")


@rule.command("list")
def list_rules(context: typer.Context, as_json: Json = False) -> None:
    """Every address with its purpose."""
    with opened(context) as rt:
        found = follow_ups.listed_mails(rt)
    if as_json:
        return say_json(
            [
                {
                    "id": e.id,
                    "purpose": e.purpose,
                    "audience": e.audience,
                    "address": e.address,
                    "made_at": e.made_at,
                    "made_by": e.by,
                }
                for e in found
            ]
        )
    rows = [(str(each.id), each.purpose, each.audience.value, each.address, each.made_at) for each in found]
    return say_table(("id", "purpose", "who", "address", "since"), rows, empty="Nobody is told by email.")


@rule.command()
def remove(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="As `consents rule list` shows it.")],
    as_json: Json = False,
) -> None:
    """Tell an address nothing more, not even what is waiting."""
    try:
        with opened(context) as rt:
            follow_ups.remove(rt, read_id(id), by=Actor(name=who_sits_here()), now=rt.clock.now())
    except NotFound as error:
        raise CommandRefused(f"There is no rule {id}.", code=WRONG_USE) from error
    tell("It is no longer told anything.", as_json=as_json, id=id)
