"""Schema migrations (Alembic), run by `serve`, `demo` and `migrate` under a lock, so that two starts don't race."""

import fcntl
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

from ..engine import connected
from ..operations import RESTORING

LOCK = 0x626F6F6B  # a number of our own for pg_advisory_lock


def upgrade(engine: Engine, *, restoring: bool = False) -> None:
    """Bring the schema to this version. `restoring`: while a backup is being restored.

    Raises SchemaTooNew, RestoreUnfinished, StorageBusy.
    """
    with _alone(engine), connected(engine) as connection:
        current = _known(connection)
        if not restoring:
            _refuse_unfinished(connection)
        if current != _revisions()[-1]:
            steps: Any = importlib.import_module(".steps", __name__)  # imported late, as its docstring explains
            steps.upgrade(connection)


def pending(engine: Engine) -> list[str]:
    """Revisions that are not applied yet, oldest first. Raises SchemaTooNew, StorageBusy."""
    with connected(engine) as connection:
        current = _known(connection)
        wanted = _revisions()
        return list(wanted if current is None else wanted[wanted.index(current) + 1 :])


class SchemaTooNew(Exception):
    """The database was migrated by a newer version of this service: start that one, or restore a backup."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"the database is at {revision}, which this version does not know")
        self.revision = revision


class RestoreUnfinished(Exception):
    """Restoring a backup was not finished, so nothing may run on this database: mails could be sent twice."""


def _refuse_unfinished(connection: Connection) -> None:
    if inspect(connection).has_table("operation"):
        marked = text("SELECT count(*) FROM operation WHERE name = :name")
        if connection.execute(marked, {"name": RESTORING}).scalar_one():
            raise RestoreUnfinished("a restore into this database was not finished")
    connection.rollback()


def _known(connection: Connection) -> str | None:
    """The database's revision; None before the first migration. Raises SchemaTooNew."""
    current = _current(connection)
    if current is not None and current not in _revisions():
        raise SchemaTooNew(current)
    return current


def _current(connection: Connection) -> str | None:
    """The revision noted by Alembic; None before the first migration."""
    noted = inspect(connection).has_table("alembic_version")
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if noted else None
    connection.rollback()
    return None if revision is None else str(revision)


@cache
def _revisions() -> tuple[str, ...]:
    """The revisions of this version, oldest first, by file name."""
    files = (Path(__file__).parent / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """One migration at a time: an advisory lock on PostgreSQL, a locked file beside the database on SQLite.

    The advisory lock belongs to a transaction, as a pooler (pgbouncer, pool_mode = transaction) gives each transaction
    another session. It ends with its connection, so a crash leaves nothing behind.
    """
    if engine.name == "postgresql":
        with connected(engine) as guard:
            guard.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            yield
        return
    with open(f"{engine.url.database}-migrating", "w") as file:  # never removed, as that would let two in
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
