"""Commands that may take long show whoever watches that they are at it."""

import os
import pty
import select
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.domain.purposes import Purpose, PurposeKind
from booking_service.storage import purposes
from booking_service.storage.engine import open_engine, transaction
from tests.cli.command import ROOT, Command, environment
from tests.cli.command import command as command

SHOWN = {
    "consents export --purpose newsletter": "Writing the list",
    "consents export --purpose newsletter --json": "Writing the list",
    "consents export anna@example.org --proof": "Collecting the proof",
    "consents import list.csv --purpose newsletter --meaning given": "Importing",
    "keys rotate": "Sealing anew",
}


@pytest.mark.parametrize("words", SHOWN)
def test_it_is_shown_while_the_command_waits_for_the_database(tmp_path: Path, command: Command, words: str) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/booking.db")
    with transaction(engine) as session:
        purposes.save(session, Purpose(id=UUID(int=1), slug="newsletter", kind=PurposeKind.EMAIL))
    engine.dispose()
    assert command("consents", "record", "anna@example.org", "newsletter", "--reason", "card").code == 0
    (tmp_path / "list.csv").write_text("email\nbob@example.org\n")
    ours, theirs = pty.openpty()
    with (
        closing(sqlite3.connect(tmp_path / "booking.db", isolation_level=None)) as other,
        (tmp_path / "printed").open("wb") as printed,
    ):
        other.execute("BEGIN IMMEDIATE")
        ran = subprocess.Popen(
            [sys.executable, "-m", "booking_service", *words.split()],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment(tmp_path), "TERM": "xterm"},
            stdout=printed,
            stderr=theirs,
            stdin=subprocess.DEVNULL,
        )
        os.close(theirs)
        said = _read_until(ours, SHOWN[words].encode())
        other.execute("ROLLBACK")
        ran.wait(timeout=60)
    os.close(ours)
    assert SHOWN[words].encode() in said
    assert ran.returncode == 0


def _read_until(terminal: int, words: bytes) -> bytes:
    """What comes, up to these words; less where whoever writes has ended, or says nothing for too long."""
    said = b""
    while words not in said and select.select([terminal], [], [], 30)[0]:
        try:
            said += os.read(terminal, 65536)
        except OSError:  # nobody has the other end any more (EIO)
            break
    return said
