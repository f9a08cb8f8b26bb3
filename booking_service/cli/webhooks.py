"""consents webhook: who is told of answers about a purpose."""

from typing import Annotated
from uuid import UUID

import typer

from ..actions.consent import follow_ups
from ..domain.audit import Actor
from .context import opened, who_sits_here
from .errors import WRONG_USE, CommandRefused
from .options import Json
from .output import say, say_json
from .terminal import say_table

webhook = typer.Typer(no_args_is_help=True, help="Webhooks that are told of answers about a purpose.")
Id = Annotated[str, typer.Argument(help="As `consents webhook list` has it.")]


@webhook.command()
def add(
    context: typer.Context,
    purpose: Annotated[str, typer.Argument(metavar="PURPOSE", help="The purpose, by its name in the setup.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where each yes is posted, and its end.")],
    as_json: Json = False,
) -> None:
    """Have a webhook told of answers from now on. Its secret is shown now, and never again."""
    with opened(context) as rt:
        made, secret = follow_ups.add(rt, purpose, url, by=Actor(name=who_sits_here()), now=rt.clock.now())
    if as_json:
        return say_json({"id": made.id, "secret": secret})
    return say(f"{secret}\nIts id: {made.id}")


@webhook.command("list")
def list_webhooks(context: typer.Context, as_json: Json = False) -> None:
    """Every webhook with its purpose."""
    with opened(context) as rt:
        found = follow_ups.listed(rt)
    if as_json:
        return say_json(
            [{"id": e.id, "purpose": e.purpose, "url": e.url, "made_at": e.made_at, "made_by": e.by} for e in found]
        )
    rows = [(str(each.id), each.purpose, each.url, each.made_at) for each in found]
    return say_table(("id", "purpose", "address", "since"), rows, empty="There are no webhooks.")


@webhook.command()
def rotate(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Give a webhook a new secret. For a day the old one signs as well."""
    with opened(context) as rt:
        secret = follow_ups.rotate(rt, _id(id), by=Actor(name=who_sits_here()), now=rt.clock.now())
    if as_json:
        return say_json({"secret": secret})
    return say(secret)


@webhook.command()
def remove(context: typer.Context, id: Id) -> None:
    """Have a webhook told nothing more, not even what waits."""
    with opened(context) as rt:
        follow_ups.remove(rt, _id(id), by=Actor(name=who_sits_here()), now=rt.clock.now())
    say("It is told nothing more.")


def _id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError as error:
        raise CommandRefused("an id is like 0198c1f2-…, as `consents webhook list` has it", code=WRONG_USE) from error
