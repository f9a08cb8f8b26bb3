"""Schema migrations (Alembic), run by `serve`, `demo` and `migrate` under a lock, so that two starts don't race."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from ..engine import glance
from ..operations import RESTORING

LOCK = 0x626F6F6B  # pg_advisory_lock takes a number; this one is ours


def upgrade(engine: Engine, *, restoring: bool = False) -> None:
    """Bring the schema to this version. `restoring`: by who puts a backup back.

    Raises SchemaTooNew: a newer version of this service was here; RestoreUnfinished; StorageBusy.
    """
    with _alone(engine), glance(engine) as connection:
        _refuse_newer(connection)
        if not restoring:
            _refuse_unfinished(connection)
        config = _config(connection)
        command.upgrade(config, "head")


def pending(engine: Engine) -> list[str]:
    """The revisions that are not applied yet, oldest first. Raises StorageBusy."""
    with glance(engine) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        wanted = _revisions()
        return list(wanted[wanted.index(current) + 1 :] if current in wanted else wanted)


class SchemaTooNew(Exception):
    """The database was migrated by a newer version of this service: start that one, or restore a backup."""


class RestoreUnfinished(Exception):
    """A backup was put back, and not what keeps it from sending mails twice: nothing may run on this database."""


def _refuse_unfinished(connection: Connection) -> None:
    if inspect(connection).has_table("operation"):
        marked = text("SELECT count(*) FROM operation WHERE name = :name")
        if connection.execute(marked, {"name": RESTORING}).scalar_one():
            raise RestoreUnfinished("a restore into this database was not finished")
    connection.rollback()


def _refuse_newer(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in _revisions():
        raise SchemaTooNew(f"the database stands at {current}, which this version does not know")
    connection.rollback()


@cache
def _revisions() -> tuple[str, ...]:
    """Those of this version, oldest first, read once in a process: `/readyz` asks for them every few seconds."""
    return tuple(revision.revision for revision in ScriptDirectory.from_config(_config()).walk_revisions())[::-1]


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """One migration at a time: an advisory lock on PostgreSQL, a locked file beside the database on SQLite.

    The lock belongs to a transaction, not to a session: a pooler in front (pgbouncer, pool_mode = transaction) hands each
    transaction another session. It is over with its connection, so that no crash leaves it behind.
    """
    if engine.name == "postgresql":
        with glance(engine) as guard:
            guard.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            yield
        return
    with open(f"{engine.url.database}-migrating", "w") as file:  # stays: removing it would let two in
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
