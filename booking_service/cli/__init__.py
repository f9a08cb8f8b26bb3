"""The command line, one file per noun. Exit codes: 0 fine, 1 problems found, 2 wrong use."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from . import about, bookings, calendars, checks, keys, outbox, run, setup, users
from .context import Root
from .errors import EXPECTED, exit_code, sentences
from .output import complain

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
_RAW = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}


@app.callback()
def root(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option("--config", help="The settings file (TOML).")] = None,
) -> None:
    """Bookings that stand in the host's own calendar from the moment a time is picked.

    Exit codes: 0 fine, 1 problems found, 2 wrong use.
    """
    context.obj = Root(config)
    if context.invoked_subcommand != "test":
        os.umask(0o077)  # what we write is nobody else's on this machine


app.command()(run.demo)
app.command("test", context_settings=_RAW)(run.run_tests)
app.command()(run.serve)
app.command()(run.worker)
app.command()(run.migrate)
app.command()(setup.apply)
app.command("export-setup")(setup.export_setup)
app.command()(setup.changes)
app.add_typer(users.user, name="user")
app.add_typer(calendars.calendar, name="calendar")
app.command()(calendars.doctor)
app.add_typer(bookings.booking, name="booking")
app.command()(bookings.why)
app.add_typer(outbox.outbox, name="outbox")
app.command()(checks.check)
app.command()(checks.audit)
app.add_typer(keys.keys, name="keys")
app.add_typer(about.config, name="config")
app.command()(about.openapi)
app.command()(about.version)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit. What can go wrong is said in a sentence;
    anything else is a fault of ours, and shows."""
    try:
        app(args=list(sys.argv[1:] if arguments is None else arguments), prog_name="booking-service")
    except EXPECTED as error:
        for sentence in sentences(error):
            complain(sentence)
        raise SystemExit(exit_code(error)) from error
