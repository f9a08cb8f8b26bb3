"""What stands before a command, and what many commands take."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="For programs.")]


@dataclass(frozen=True, slots=True)
class Root:
    """What was given before the command: `booking-service --config FILE …`."""

    config_file: Path | None = None
