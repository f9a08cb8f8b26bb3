"""attack: the switch for times when somebody floods the service with requests."""

from datetime import timedelta
from typing import Annotated

import typer

from ..actions.access import attack as switch
from ..domain.attack import Attack
from ..domain.audit import Actor
from .context import opened, who_sits_here
from .options import Json
from .output import say, say_json
from .refusals import WRONG_USE, CommandRefused

attack = typer.Typer(
    no_args_is_help=True, help="The switch “Under attack”, for times when somebody floods the service with requests."
)


@attack.command()
def on(
    context: typer.Context,
    hours: Annotated[int, typer.Option("--hours", help="For how long, 1 to 168. Then it ends automatically.")] = 24,
    as_json: Json = False,
) -> None:
    """Switch it on: every hold needs a computation in the browser and lasts 15 minutes; one address gets one link a day."""
    with opened(context) as rt:
        now = rt.clock.now()
        try:
            found = switch.begin(rt, lasts=timedelta(hours=hours), by=Actor(name=who_sits_here()), now=now)
        except (ValueError, OverflowError) as error:
            raise CommandRefused("--hours is 1 to 168", code=WRONG_USE) from error
        _say(found, is_on=True, as_json=as_json)


@attack.command()
def off(context: typer.Context, as_json: Json = False) -> None:
    """Switch it off now."""
    with opened(context) as rt:
        switch.end(rt, by=Actor(name=who_sits_here()), now=rt.clock.now())
        _say(switch.show(rt), is_on=False, as_json=as_json)


@attack.command()
def status(context: typer.Context, as_json: Json = False) -> None:
    """Whether it is on, since when and until when, and who set it."""
    with opened(context) as rt:
        found = switch.show(rt)
        _say(found, is_on=found is not None and found.on(rt.clock.now()), as_json=as_json)


def _say(found: Attack | None, *, is_on: bool, as_json: bool) -> None:
    if as_json:
        shown = {"since": found.since, "until": found.until, "by": found.by} if found else {}
        return say_json({"on": is_on, **shown})
    if found is None or not is_on:
        return say("Off.")
    return say(f"On since {found.since:%Y-%m-%d %H:%M} UTC until {found.until:%Y-%m-%d %H:%M} UTC, set by {found.by}.")
