"""test: the project's own tests, in a checkout."""

from typing import Annotated

import typer

from ..start import testing


def run_tests(arguments: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Run the tests. Takes -m EXPRESSION, --all-servers and whatever pytest takes."""
    raise typer.Exit(testing.run(arguments or []))
