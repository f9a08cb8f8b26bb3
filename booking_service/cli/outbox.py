"""outbox: what is still to be performed, and what was given up."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from ..actions.operations import outbox_effects
from ..actions.operations.outbox_effects import NotInOutbox
from .context import opened, who_sits_here
from .options import Json
from .output import say_json, tell
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table

outbox = typer.Typer(
    no_args_is_help=True, help="What bookings still owe: mails, calendar writes. Given up: dead letters."
)

Number = Annotated[list[int] | None, typer.Argument(help="Its number in the list.")]


@outbox.command("list")
def list_effects(
    context: typer.Context,
    dead: Annotated[bool, typer.Option("--dead", help="Only what was given up.")] = False,
    as_json: Json = False,
) -> None:
    """What waits and what was given up, oldest first."""
    with opened(context) as rt:
        found = [
            {
                "number": each.number,
                "kind": each.kind,
                "what": each.what,
                "booking": each.booking,
                "state": "dead" if each.dead else "waiting",
                "due_at": each.due_at,
                "attempts": each.attempts,
                "error": each.error,
            }
            for each in outbox_effects.list_all(rt)
            if each.dead or not dead
        ]
    if as_json:
        return say_json(found)
    columns = ("No.", "Kind", "What", "Booking", "State", "Due", "Tries", "Trouble")
    return say_table(columns, [tuple(each.values()) for each in found], empty="Nothing waits, nothing was given up.")


@outbox.command()
def retry(
    context: typer.Context,
    numbers: Number = None,
    dead: Annotated[bool, typer.Option("--dead", help="Everything that was given up.")] = False,
    as_json: Json = False,
) -> None:
    """Try effects again, at once."""
    meant = _meant(numbers, dead=dead)
    with opened(context) as rt, _refusing("retry"):
        done = outbox_effects.retry(rt, meant, dead=dead, now=rt.clock.now())
    tell(f"{done} will be tried again by the next worker.", as_json=as_json, retried=done)


@outbox.command()
def drop(
    context: typer.Context,
    numbers: Number = None,
    dead: Annotated[bool, typer.Option("--dead", help="Everything that was given up.")] = False,
    as_json: Json = False,
) -> None:
    """Give effects up for good."""
    meant = _meant(numbers, dead=dead)
    with opened(context) as rt, _refusing("drop"):
        done = outbox_effects.drop(rt, meant, dead=dead, by=who_sits_here(), now=rt.clock.now())
    tell(f"{done} dropped.", as_json=as_json, dropped=done)


def _meant(numbers: list[int] | None, *, dead: bool) -> list[int]:
    if not numbers and not dead:
        raise CommandRefused("Say which: numbers of `booking-service outbox list`, or --dead.", code=WRONG_USE)
    return numbers or []


@contextmanager
def _refusing(verb: str) -> Iterator[None]:
    try:
        yield
    except NotInOutbox as error:
        named = ", ".join(map(str, error.numbers))
        refusal = f"There is nothing to {verb} under {named}; nothing was changed."
        raise CommandRefused(refusal, code=WRONG_USE) from error
