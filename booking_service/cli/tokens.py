"""token: by which programs come in."""

from typing import Annotated

import typer

from ..actions.access import api_tokens
from ..actions.access.api_tokens import TokenNotMade
from ..domain.api_tokens import NAME_LENGTH, Scope
from ..domain.audit import Actor
from ..domain.people import sign_in_key
from .context import opened, who_sits_here
from .options import Json
from .output import say, say_json, tell
from .refusals import CommandRefused
from .terminal import say_table

token = typer.Typer(
    no_args_is_help=True, help="Tokens with which programs find and record consents, or read what a host may see."
)
_WHY = {
    "name": f"give it a name of at most {NAME_LENGTH} characters",
    "taken": "a token of this name already works for this person: revoke it first, or choose another name",
    "scopes": "say what it is for: --read, --write, --bookings, --setup, --webhooks",
    "person": "nobody of this address may do what the token is for; `booking-service user list --people` has them",
    "second-factor": "the organisation wants a second factor of this person: first they set one up on their profile",
}
Name = Annotated[str, typer.Argument(help="Which program it is for.")]


@token.command()
def make(
    context: typer.Context,
    name: Name,
    email: Annotated[str, typer.Option("--as", metavar="ADDRESS", help="The person it acts as.")],
    read: Annotated[bool, typer.Option("--read", help="It finds consents.")] = False,
    write: Annotated[bool, typer.Option("--write", help="It records consents and opts people out.")] = False,
    bookings: Annotated[bool, typer.Option("--bookings", help="It reads the bookings of the host it acts as.")] = False,
    setup: Annotated[bool, typer.Option("--setup", help="It reads their meeting types, hours and calendars.")] = False,
    webhooks: Annotated[bool, typer.Option("--webhooks", help="It adds and removes their webhooks.")] = False,
    as_json: Json = False,
) -> None:
    """Make a token. It is shown now, and never again."""
    wanted = zip(Scope, (read, write, bookings, setup, webhooks), strict=True)
    scopes = [scope for scope, is_wanted in wanted if is_wanted]
    with opened(context) as rt:
        by, now = Actor(name=who_sits_here()), rt.clock.real_now()
        try:
            made = api_tokens.make(rt, name, email=email, scopes=scopes, by=by, now=now)
        except TokenNotMade as error:
            raise CommandRefused(_WHY[error.why]) from error
    if as_json:
        return say_json({"id": made.token.id, "name": made.token.name, "token": made.secret})
    return say(made.secret)


@token.command("list")
def list_tokens(context: typer.Context, as_json: Json = False) -> None:
    """Every token: whom it acts as, what it is for, and when it was last used."""
    with opened(context) as rt:
        found = api_tokens.listed(rt)
    if as_json:
        return say_json(
            [
                {
                    "id": each.token.id,
                    "name": each.token.name,
                    "acts_as": each.person.email,
                    "scopes": sorted(each.token.scopes),
                    "made_by": each.token.by,
                    "made_at": each.token.created_at,
                    "used_at": each.token.used_at,
                    "revoked_at": each.token.revoked_at,
                }
                for each in found
            ]
        )
    rows = [
        (
            each.token.name,
            each.person.email,
            ", ".join(sorted(each.token.scopes)),
            each.token.used_at,
            each.token.revoked_at,
        )
        for each in found
    ]
    return say_table(("name", "acts as", "for", "last used", "revoked"), rows, empty="There are no tokens.")


@token.command()
def revoke(
    context: typer.Context,
    name: Name,
    email: Annotated[
        str, typer.Option("--as", metavar="ADDRESS", help="The person it acts as, where several have one of this name.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Revoke a token. It stops working at once."""
    with opened(context) as rt:
        named = [each for each in api_tokens.listed(rt) if each.token.revoked_at is None and each.token.name == name]
        theirs = [each for each in named if not email or sign_in_key(each.person.email) == sign_in_key(email)]
        if not theirs:
            whose = f" as {email}" if email else ""
            raise CommandRefused(f"no token {name!r} works{whose}; `booking-service token list` shows them")
        if len(theirs) > 1:
            people = ", ".join(sorted({each.person.email for each in theirs}))
            raise CommandRefused(f"several tokens are called {name!r}: say whose with --as, one of {people}")
        found = theirs[0].token
        api_tokens.revoke(rt, found.id, by=Actor(name=who_sits_here()), now=rt.clock.real_now())
    tell("It no longer works.", as_json=as_json, id=found.id, name=name)
