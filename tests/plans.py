"""No statement of the service reads a whole table that grows: each is explained by SQLite when it is run for the first time.

A table of a hundred rows hides what one of a million makes slow, so that it is asked how it would be read, not how long it took.
"""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Connection, Engine, event

_SERVICE = str(Path(__file__).resolve().parents[1] / "booking_service")
_LOOKS = ("SELECT", "UPDATE", "DELETE", "WITH")
# What stays small however long the service runs: what people set up, and what is open at one time.
SMALL = frozenset(
    {
        *(
            "account",
            "alembic_version",
            "api_token",
            "calendar",
            "connecting",
            "credential",
            "follow_up",
            "host",
            "identity",
        ),
        *(
            "mail_text",
            "mail_text_choice",
            "meeting_type",
            "message",
            "ask_run",
            "consent_import",
            "operation",
            "organisation",
        ),
        *(
            "person",
            "picture",
            "policy",
            "profile_field",
            "purpose",
            "wording",
            "one_time_link",
            "ledger_unsealed",
            "question",
        ),
        *("change", "privacy_request", "sqlite_master"),
    }
)
# The function of ours that asks, and why all of the table is read there.
WHOLE = {
    "storage/audit:count": "of a search, and no further than to 1,000",
    "storage/mail_log:count": "of a search, and no further than to 1,000",
    "storage/contact_lists:count": "of a search in what fields hold, and no further than to 1,000",
    "storage/contact_lists:page_of": "a search in what fields hold",
    "storage/access_log:latest": "a search in what fields hold",
    "storage/bookings:of_host": "the audit's, and a command's over all hosts",
    "storage/consistency:mail_keys": "the audit compares all of it",
    "storage/consistency:every_reservation": "the audit compares all of it",
    "storage/contacts:in_company": "before all chains are read: for a list that leaves, and for the check of the evidence",
    "storage/contacts:marks_of_erased": "the same",
    "storage/ledger_tree:every_head": "the check of the evidence reads all of it",
    "storage/ledger_tree:every_leaf": "the check of the evidence reads all of it",
    "storage/ledger_tree:every_stamp": "the check of the evidence reads all of it",
    "storage/ledger_tree:oldest_unsealed": "the check of the evidence, which has read all of it by then",
    "storage/ledger_tree:latest_head": "by its key, from the end, and no further than to the first",
    "storage/ledger_tree:latest_stamp": "by its key, from the end, and no further than to the first",
    "storage/database_copies:_facts": "by its key, from the end, and no further than to the first",
    "storage/erasure:guest_of": "erasing a person looks everywhere",
    "storage/erasure:guest_links": "erasing a person looks everywhere",
    "storage/erasure:work": "erasing a person looks everywhere",
    "storage/imports:forget_person": "erasing a person looks everywhere",
    "storage/entry_details:empty_lines": "once a night",
    "storage/mail_log:forget_contact": "erasing a person looks everywhere",
    "storage/migrations/versions/0054_whose_use_is_stopped:upgrade": "once, as the column is new",
    "storage/migrations/versions/0056_when_contacts_changed:upgrade": "once, as the column is new",
    "storage/restore:free_lanes": "a restore",
    "storage/restore:end_sessions": "a restore",
    "storage/restore:end_contact_links": "a restore",
    "storage/migrations/versions/0049_ends_in_the_vault:_emptied": "the table is made anew",
    "storage/fields:sealed": "new keys seal all of it anew",
    "storage/booking_fields:forget_field": "a field is deleted, or emptied for everybody",
    "storage/pending_changes:sealed": "new keys seal all of it anew",
    "storage/reservations:count_copies": "a calendar is taken away",
    "storage/calendars:remove_account": "a calendar is taken away",
}


_SEEN: set[str] = set()  # statements that were explained


class WholeTableRead(AssertionError):
    """A statement that takes longer the longer the service runs."""


def explain() -> None:
    """From now on, for every SQLite engine of this process."""

    def look(
        connection: Connection, _cursor: object, statement: str, values: Any, _context: object, many: bool
    ) -> None:
        if connection.dialect.name != "sqlite" or statement in _SEEN or not statement.lstrip().startswith(_LOOKS):
            return
        _SEEN.add(statement)
        asker = _asker(sys._getframe(1))
        if asker is None or asker in WHOLE:
            return
        read = connection.connection.dbapi_connection
        assert read is not None
        plan = read.execute(f"EXPLAIN QUERY PLAN {statement}", values[0] if many else values).fetchall()  # type: ignore[attr-defined]
        whole = {table for *_, step in plan if (table := _read_whole(step)) is not None} - SMALL
        if whole:
            raise WholeTableRead(f"{asker} reads all of {', '.join(sorted(whole))}: {statement}")

    event.listen(Engine, "before_cursor_execute", look)


def _read_whole(step: str) -> str | None:
    """The table that a step of a plan goes through row by row; None where it asks an index."""
    words = step.split()
    if words[0] != "SCAN" or "USING" in words or words[1] == "CONSTANT" or words[1].startswith(("(", "anon")):
        return None
    return words[1]


def _asker(frame: FrameType | None) -> str | None:
    """The function of ours that runs the statement; None where a test does."""
    while frame is not None:
        file, name = frame.f_code.co_filename, frame.f_code.co_qualname
        if file.startswith(_SERVICE) and not file.endswith(("storage/statements.py", "storage/engine.py")):
            return f"{Path(file).relative_to(_SERVICE).with_suffix('')}:{name.partition('.<locals>')[0]}"
        if "/tests/" in file:
            return None
        frame = frame.f_back
    return None
