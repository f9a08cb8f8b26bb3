"""Which erasures took place, in a file outside the database: after a restore they are done again.

A line for each, as JSON: the id of a booking or a contact, and when. Who is erased is not named. Every machine that runs a worker has one.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from ...config.settings import Settings
from ...lines_on_disk import append_lines

FILE_NAME = "erasures.jsonl"


class ErasuresRefused(Exception):
    """The file can't be read whole, so that somebody who was erased might come back."""


def journal(settings: Settings) -> Path:
    return settings.data_dir / FILE_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasures:
    """Whose data was erased: by their ids."""

    bookings: frozenset[UUID] = frozenset()
    contacts: frozenset[UUID] = frozenset()


def write_down(
    settings: Settings, *, bookings: Iterable[UUID] = (), contacts: Iterable[UUID] = (), now: datetime
) -> None:
    """Before the erasing is committed, and on the disk: one that is written down and did not happen happens later."""
    kinds = (("booking", bookings), ("contact", contacts))
    lines = [json.dumps({kind: str(each), "at": now.isoformat()}) for kind, ids in kinds for each in ids]
    append_lines(journal(settings), lines)


def read(files: Iterable[Path]) -> Erasures:
    """Raises ErasuresRefused, OSError."""
    found: dict[str, set[UUID]] = {"booking": set(), "contact": set()}
    for kind, id in (each for file in files for each in _read(file)):
        found[kind].add(id)
    return Erasures(bookings=frozenset(found["booking"]), contacts=frozenset(found["contact"]))


def _read(file: Path) -> Iterable[tuple[str, UUID]]:
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            erased = json.loads(line)
            kind = "contact" if "contact" in erased else "booking"
            yield kind, UUID(erased[kind])
        except (ValueError, TypeError, KeyError) as error:
            raise ErasuresRefused(f"{file}, line {number}: this is no erasure") from error
