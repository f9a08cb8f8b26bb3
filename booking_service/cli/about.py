"""config and openapi: how the service is set, and how programs talk to it."""

from pathlib import Path
from typing import Annotated

import typer

from ..config import sources as settings_of
from ..web.api.openapi import document
from .context import settings
from .options import Json
from .output import say, say_file, say_json
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table

config = typer.Typer(no_args_is_help=True, help="The settings of the process.")


@config.command()
def show(context: typer.Context, as_json: Json = False) -> None:
    """Every setting with its value and where that comes from. Secrets are shown as dots."""
    described = settings_of.describe(settings(context))
    if as_json:
        return say_json([each._asdict() for each in described])
    return say_table(("Setting", "Value", "From"), described, empty="")


@config.command()
def init(
    file: Annotated[Path | None, typer.Argument(help="Where to write it; standard output by default.")] = None,
) -> None:
    """A settings file with every key, its meaning and its default."""
    text = settings_of.commented_example()
    if file is None:
        return say_file(text)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as error:
        raise CommandRefused(
            f"{file} already exists, and is left as it is: choose another name.", code=WRONG_USE
        ) from error
    return say(f"{file} is written. Remove the # in front of what you change.")


def openapi(context: typer.Context) -> None:
    """The description of the API (OpenAPI 3.1), as JSON."""
    say_json(document(settings(context).base_url or ""))
