"""Which erasures took place, in a file outside the database: after a restore they are done again.

A line for each, as JSON: the booking's id and when. Who is erased is not named. Every machine that runs a worker has one.
"""

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from ...config.settings import Settings

FILE_NAME = "erasures.jsonl"


class ErasuresRefused(Exception):
    """The file can't be read whole, so that somebody who was erased might come back."""


def journal(settings: Settings) -> Path:
    return settings.data_dir / FILE_NAME


def write_down(settings: Settings, booking_ids: Iterable[UUID], *, now: datetime) -> None:
    """Before the erasing is committed, and on the disk: one that is written down and did not happen happens later."""
    lines = [json.dumps({"booking": str(each), "at": now.isoformat()}) for each in booking_ids]
    if not lines:
        return
    with os.fdopen(
        os.open(journal(settings), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="ascii"
    ) as f:
        f.write("".join(f"{line}\n" for line in lines))
        f.flush()
        os.fsync(f.fileno())


def read(files: Iterable[Path]) -> set[UUID]:
    """Of which bookings. Raises ErasuresRefused, OSError."""
    return {each for file in files for each in _read(file)}


def _read(file: Path) -> set[UUID]:
    found = set()
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            found.add(UUID(json.loads(line)["booking"]))
        except (ValueError, TypeError, KeyError) as error:
            raise ErasuresRefused(f"{file}, line {number}: this is no erasure") from error
    return found
