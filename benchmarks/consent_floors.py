"""What the consent figures can't be quicker than: the bare work in each of them, by Python's sqlite3 and hashlib alone."""

import csv
import sqlite3
from contextlib import closing
from hashlib import sha256
from io import StringIO
from pathlib import Path
from uuid import UUID

from booking_service.domain.chain import Frontier, leaf_hash

_SPELLING = b"x" * 330  # as long as the columns of an entry in canonical JSON
_AT_ONCE = 5000
_TABLES = """
PRAGMA journal_mode = wal;
PRAGMA synchronous = full;
CREATE TABLE leaf (position INTEGER PRIMARY KEY, entry_id TEXT, leaf BLOB);
CREATE TABLE contact (id TEXT PRIMARY KEY, address TEXT UNIQUE, name TEXT);
CREATE TABLE entry (id TEXT PRIMARY KEY, contact_id TEXT, spelling BLOB, hash BLOB);
CREATE TABLE detail (entry_id TEXT PRIMARY KEY, salt BLOB, body TEXT);
"""


class ConsentFloors:
    """Over a database that is filled, with a scratch one beside it for what has to be written."""

    def __init__(self, folder: Path, database: Path, entries: int) -> None:
        self.entries = entries
        self._database = database
        self._read = sqlite3.connect(database, check_same_thread=False)
        self._scratch = sqlite3.connect(folder / "scratch.db", isolation_level=None)
        self._scratch.executescript(_TABLES)
        self._rows = 0

    def entries_of(self, contact: UUID) -> None:
        """By their index."""
        self._read.execute("SELECT * FROM ledger_entry WHERE contact_id = ? ORDER BY number", (contact.hex,)).fetchall()

    def one_row(self) -> None:
        self._rows += 1
        self._scratch.execute("INSERT INTO contact VALUES (?, ?, '')", (f"one {self._rows}", f"one {self._rows}"))

    def chain(self) -> None:
        last = b""
        for _ in range(self.entries):
            last = sha256(_SPELLING + last).digest()

    def tree(self) -> None:
        assert Frontier().plus(leaf_hash(b"") for _ in range(self.entries)).root

    def tree_and_leaves(self) -> None:
        tree = Frontier()
        for at in range(0, self.entries, _AT_ONCE):
            leaves = [leaf_hash(b"") for _ in range(min(_AT_ONCE, self.entries - at))]
            tree = tree.plus(leaves)
            rows = [(at + n, f"{at + n:032x}", leaf) for n, leaf in enumerate(leaves)]
            self._scratch.execute("BEGIN")
            self._scratch.executemany("INSERT INTO leaf VALUES (?, ?, ?)", rows)
            self._scratch.execute("COMMIT")

    def list(self) -> None:
        """Every entry by contact, and a line of each contact."""
        with closing(sqlite3.connect(self._database)) as connection:
            entries = connection.execute("SELECT * FROM ledger_entry ORDER BY contact_id, number")
            while entries.fetchmany(2000):
                pass
            written = csv.writer(StringIO())
            written.writerows(connection.execute("SELECT id, address, phone, name, language FROM contact"))

    def inserts(self, lines: int) -> None:
        """A contact, an entry and its detail for each line, in one transaction."""
        ids = [f"{n:032x}" for n in range(lines)]
        self._scratch.execute("BEGIN")
        self._scratch.executemany("INSERT INTO contact VALUES (?, ?, ?)", [(id, id, "New") for id in ids])
        self._scratch.executemany(
            "INSERT INTO entry VALUES (?, ?, ?, ?)", [(id, id, _SPELLING, sha256(_SPELLING).digest()) for id in ids]
        )
        self._scratch.executemany("INSERT INTO detail VALUES (?, ?, ?)", [(id, b"s" * 32, "{}") for id in ids])
        self._scratch.execute("COMMIT")
