"""The schema of the database: bringing it up to date, and what asks for no other."""

from typing import Annotated

import typer

from ..runtime import Runtime
from ..storage import migrations
from .context import database, settings
from .options import Json
from .output import say, say_json
from .refusals import PROBLEMS, CommandRefused
from .terminal import progress


def migrate(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Only say what is missing; exit 1 if anything is.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the database up to date."""
    with database(settings(context)) as engine:
        pending = migrations.pending(engine)
        if not check:
            with progress("Bringing the database up to date"):
                migrations.upgrade(engine)
    if as_json:
        say_json({"pending" if check else "applied": pending})
    elif not pending:
        say("The database is up to date.")
    else:
        say(f"{'Missing' if check else 'Applied'}: {', '.join(pending)}.")
        if check:
            say("`booking-service migrate` applies them; `serve` does it, too.", indent=4)
    raise typer.Exit(PROBLEMS if check and pending else 0)


def refuse_other_schema(rt: Runtime) -> None:
    """Raises CommandRefused: the database is not migrated; SchemaTooNew, StorageBusy."""
    if lacking := migrations.pending(rt.engine):
        raise CommandRefused(
            f"The database lacks {', '.join(lacking)}: `booking-service migrate` brings it up to date."
        )
