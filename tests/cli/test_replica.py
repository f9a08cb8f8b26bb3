"""Commands that only read, at a PostgreSQL that takes no writes, as a replica is."""

import pytest

from tests.cli.command import Command
from tests.cli.command import command as command

READING = (
    ("audit",),
    ("booking", "list"),
    ("changes",),
    ("consents", "list"),
    ("consents", "report"),
    ("consents", "verify"),
    ("export-setup",),
    ("mail", "log"),
    ("outbox", "list"),
)


@pytest.mark.postgres
def test_what_only_reads_works_where_nothing_can_be_written(command: Command, postgres_url: str) -> None:
    env = {"BOOKING_DATABASE_URL": postgres_url}
    assert command("migrate", **env).code == 0
    replica = env | {"PGOPTIONS": "-c default_transaction_read_only=on"}
    refused = command("user", "add", "ada@example.org", "--admin", **replica)
    assert (refused.code, "read-only" in refused.err) == (1, True)
    assert {each: command(*each, **replica).code for each in READING} == dict.fromkeys(READING, 0)
