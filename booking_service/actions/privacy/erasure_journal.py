"""A file outside the database that records erasures, so that they are repeated after a restore.

One line of JSON each: the id of a booking or contact, and when; no names. Each machine with a worker has one.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from ...config.settings import Settings
from ...storage.lines_on_disk import append_lines

FILE_NAME = "erasures.jsonl"
_KINDS = frozenset({"booking", "contact"})


class ErasuresRefused(Exception):
    """The file can't be read completely, so somebody erased might come back."""


def journal(settings: Settings) -> Path:
    return settings.data_dir / FILE_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasures:
    """The ids of what was erased."""

    bookings: frozenset[UUID] = frozenset()
    contacts: frozenset[UUID] = frozenset()


def write_down(
    settings: Settings, *, bookings: Iterable[UUID] = (), contacts: Iterable[UUID] = (), now: datetime
) -> None:
    """Write to disk before the erasure is committed: one that is recorded but did not happen will happen later."""
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
    for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), 1):
        try:
            erased = json.loads(line)
            [kind] = _KINDS.intersection(erased)
            if not _KINDS.union({"at"}).issuperset(erased):
                raise ValueError("it says more, as a no does, which erases nobody")
            yield kind, UUID(str(erased[kind]))
        except (ValueError, TypeError, KeyError) as error:
            raise ErasuresRefused(f"{file}, line {number}: this is not an erasure") from error
