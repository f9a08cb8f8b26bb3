"""The command line, one file per noun. Exit codes: 0 fine, 1 problems found, 2 wrong use."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from .commands import Commands
from .options import Root
from .output import complain

app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


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
        os.umask(0o077)  # our files are private to this user


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit. Expected errors are one sentence; anything else is a bug, and shows its traceback."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(args=typed, prog_name="booking-service")
    except SystemExit:
        raise
    except UnicodeEncodeError as error:
        if all(map(_is_text, typed)):
            raise
        complain("What was typed is not in UTF-8. Set LANG to a locale that is, such as C.UTF-8, and type it again.")
        raise SystemExit(2) from error
    except _errors().EXPECTED as error:
        for sentence in _errors().sentences(error):
            complain(sentence)
        raise SystemExit(_errors().exit_code(error)) from error


def _is_text(typed: str) -> bool:
    """Whether it is UTF-8; other bytes can only be a file name (PEP 383)."""
    return not any("\udc80" <= c <= "\udcff" for c in typed)


def _errors() -> ModuleType:
    """Imported after an error, as it knows the errors of every part of the service."""
    return import_module(".errors", __package__)
