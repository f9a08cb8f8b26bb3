"""Lines at the end of a file that outlives the database; on the disk when this returns."""

import os
from collections.abc import Sequence
from pathlib import Path


def append_lines(file: Path, lines: Sequence[str]) -> None:
    """Readable to its owner alone. Nothing is made where there are none. Raises OSError."""
    if not lines:
        return
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as f:
        f.write("".join(f"{line}\n" for line in lines))
        f.flush()
        os.fsync(f.fileno())
