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

LOCK = 0x626F6F6B  # pg_advisory_lock takes a number; this one is ours


def upgrade(engine: Engine, *, restoring: bool = False) -> None:
    """Bring the schema to this version. `restoring`: by who puts a backup back.

    Raises SchemaTooNew: a newer version of this service was here; RestoreUnfinished; StorageBusy.
    """
    with _alone(engine), connected(engine) as connection:
        current = _known(connection)
        if not restoring:
            _refuse_unfinished(connection)
        if current != _revisions()[-1]:
            steps: Any = importlib.import_module(".steps", __name__)  # which says why
            steps.upgrade(connection)


def pending(engine: Engine) -> list[str]:
    """The revisions that are not applied yet, oldest first. Raises SchemaTooNew, StorageBusy."""
    with connected(engine) as connection:
        current = _known(connection)
        wanted = _revisions()
        return list(wanted if current is None else wanted[wanted.index(current) + 1 :])


class SchemaTooNew(Exception):
    """The database was migrated by a newer version of this service: start that one, or restore a backup."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"the database stands at {revision}, which this version does not know")
        self.revision = revision


class RestoreUnfinished(Exception):
    """A backup was put back, and not what keeps it from sending mails twice: nothing may run on this database."""


def _refuse_unfinished(connection: Connection) -> None:
    if inspect(connection).has_table("operation"):
        marked = text("SELECT count(*) FROM operation WHERE name = :name")
        if connection.execute(marked, {"name": RESTORING}).scalar_one():
            raise RestoreUnfinished("a restore into this database was not finished")
    connection.rollback()


def _known(connection: Connection) -> str | None:
    """The revision that the database stands at; None where no migration was here. Raises SchemaTooNew."""
    current = _current(connection)
    if current is not None and current not in _revisions():
        raise SchemaTooNew(current)
    return current


def _current(connection: Connection) -> str | None:
    """The revision that Alembic has noted; None where no migration was here."""
    noted = inspect(connection).has_table("alembic_version")
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if noted else None
    connection.rollback()
    return None if revision is None else str(revision)


@cache
def _revisions() -> tuple[str, ...]:
    """Those of this version, oldest first: each file's name begins with its own."""
    files = (Path(__file__).parent / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """One migration at a time: an advisory lock on PostgreSQL, a locked file beside the database on SQLite.

    The lock belongs to a transaction, not to a session: a pooler in front (pgbouncer, pool_mode = transaction) hands each
    transaction another session. It is over with its connection, so that no crash leaves it behind.
    """
    if engine.name == "postgresql":
        with connected(engine) as guard:
            guard.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            yield
        return
    with open(f"{engine.url.database}-migrating", "w") as file:  # stays: removing it would let two in
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
