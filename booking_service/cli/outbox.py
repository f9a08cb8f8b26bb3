"""outbox: what is still to be performed, and what was given up."""

from typing import Annotated

import typer

from ..storage import outbox as rows
from ..storage.engine import snapshot, transaction
from .context import opened
from .errors import WRONG_USE, CommandRefused
from .options import Json
from .output import say, say_json
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
    with opened(context) as rt, snapshot(rt.engine) as session:
        found = [
            {
                "number": row.id,
                "kind": row.kind,
                "what": row.payload.get("kind", row.kind),
                "booking": row.payload.get("booking_id"),
                "state": "dead" if row.dead_at else "waiting",
                "due_at": row.due_at,
                "attempts": row.attempts,
                "error": row.error,
            }
            for row in rows.open_rows(session)
            if row.dead_at is not None or not dead
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
) -> None:
    """Let effects be performed again, at once."""
    _each(context, numbers, dead=dead, verb="retry", done="will be tried again by the next worker")


@outbox.command()
def drop(
    context: typer.Context,
    numbers: Number = None,
    dead: Annotated[bool, typer.Option("--dead", help="Everything that was given up.")] = False,
) -> None:
    """Give effects up for good."""
    _each(context, numbers, dead=dead, verb="drop", done="dropped")


def _each(context: typer.Context, numbers: list[int] | None, *, dead: bool, verb: str, done: str) -> None:
    if not numbers and not dead:
        raise CommandRefused("Say which: numbers of `booking-service outbox list`, or --dead.", code=WRONG_USE)
    act = rows.retry if verb == "retry" else rows.drop
    with opened(context) as rt, transaction(rt.engine) as session:
        every = [row.id for row in rows.open_rows(session) if row.dead_at] if dead else []
        meant = [*(numbers or ()), *(each for each in every if each is not None)]
        missing = [each for each in meant if not act(session, each, now=rt.clock.now())]
        if missing:
            named = ", ".join(map(str, missing))
            raise CommandRefused(f"There is nothing to {verb} under {named}; nothing was changed.", code=WRONG_USE)
    say(f"{len(meant)} {done}.")
