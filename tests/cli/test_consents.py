"""consents: the evidence, checked from the command line."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.command import Command
from tests.cli.command import command as command

EMPTY = "0:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_verify_says_what_is_wrong_and_the_head_to_keep(command: Command, tmp_path: Path) -> None:
    assert command("migrate").code == 0
    fine = command("consents", "verify")
    assert (fine.code, fine.out) == (0, f"✓ Everything is as it was written.\nHead: {EMPTY}\n")
    longer = command("consents", "verify", "--head", f"7:{'0' * 64}")
    assert longer.code == 1
    assert "✗ head: The tree has 0 places, but the head that was kept elsewhere says 7: its end is gone." in longer.out
    with closing(sqlite3.connect(tmp_path / "booking.db")) as connection:
        connection.execute("DROP TRIGGER ledger_leaf_no_delete")
    broken = command("consents", "verify", "--json")
    assert broken.code == 1
    said = json.loads(broken.out)
    assert [each["kind"] for each in said["findings"]] == ["guard"]
    assert (said["size"], said["root"]) == (0, EMPTY.partition(":")[2])
    wrong = command("consents", "verify", "--head", "7")
    assert wrong.code == 2
    assert "A head is SIZE:ROOT" in wrong.err
