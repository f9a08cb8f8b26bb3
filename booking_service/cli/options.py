"""Options before a command, and options that many commands share."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="For programs.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")]
KeptContact = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS", help="A mail address, a phone number like +49 30 1234567, or an id, as an audit names it."
    ),
]
# Filters for consents: origin and date.
Source = Annotated[str, typer.Option(help="Only what came from there.")]
GivenFrom = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Given then or later.")]
GivenTo = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Given then or before.")]


@dataclass(frozen=True, slots=True)
class Root:
    """Options before the command: `booking-service --config FILE …`."""

    config_file: Path | None = None
