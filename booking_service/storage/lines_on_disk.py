"""Appending lines to a file that outlives the database."""

import os
from collections.abc import Sequence
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import BinaryIO


def append_lines(file: Path, lines: Sequence[str]) -> None:
    """Append all lines or none, flushed to disk; the file is readable by its owner only. Raises OSError.

    A line that broke off, by a kill or a full disk, is removed first. One process at a time. Without lines no file is
    created.
    """
    if not lines:
        return
    opened = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(opened, "r+b", buffering=0) as f:
        flock(f, LOCK_EX)
        end = _end_of_lines(f)
        f.truncate(end)
        f.seek(end)
        try:
            _write("".join(f"{line}\n" for line in lines).encode(), to=f)
        except OSError:
            f.truncate(end)
            raise
        os.fsync(f)


def _end_of_lines(f: BinaryIO) -> int:
    """The position after the last complete line."""
    at = f.seek(0, os.SEEK_END)
    while at and f.seek(at - 1) >= 0 and f.read(1) != b"\n":
        at -= 1
    return at


def _write(content: bytes, *, to: BinaryIO) -> None:
    left = memoryview(content)
    while left:
        left = left[to.write(left) :]
