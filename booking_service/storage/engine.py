"""The only place that opens a transaction."""

import importlib.util
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, create_engine, select

from ..domain.errors import SlotTaken
from .tables import HostRow


class StorageBusy(Exception):
    """The database is locked, read-only, full or away. Nothing was changed; the same request may succeed later."""


class DriverMissing(Exception):
    """What speaks to this kind of database is not installed."""


class Overlap(SlotTaken):
    """The database itself refused two live bookings over one another: the last guard, after every check above it."""


def open_engine(url: str) -> Engine:
    """An engine on which every transaction is safe to decide in.

    SQLite begins IMMEDIATE to decide, so that a second writer waits before it reads rather than failing when it writes;
    PostgreSQL locks the host's row; without its driver: DriverMissing. What SQLite reports as committed is on the disk (synchronous FULL): a mail may follow.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 5.0})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if importlib.util.find_spec("psycopg") is None:
        raise DriverMissing(
            "PostgreSQL needs a driver that is not installed: pip install '.[postgres]' in the checkout"
        )
    return create_engine(
        url, pool_size=10, max_overflow=20, pool_timeout=10, pool_pre_ping=True, isolation_level="READ COMMITTED"
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event speaks, not the driver
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "busy_timeout = 5000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    deciding = connection.get_execution_options().get("deciding", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if deciding else "BEGIN")


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One unit of work: commits on a clean exit, rolls back on any exception.

    Raises StorageBusy where the database could not do it now, Overlap where its exclusion constraint refused.
    """
    try:
        with Session(engine.execution_options(deciding=True), expire_on_commit=False) as session, session.begin():
            yield session
    except IntegrityError as error:
        if "stretch_excludes" in str(error.orig):
            raise Overlap("two live bookings of one host would overlap") from error
        raise
    except OperationalError as error:
        raise StorageBusy(_said(error)) from error


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A consistent view to read from; whatever is written in it is rolled back."""
    try:
        with Session(engine) as session:
            yield session
    except OperationalError as error:
        raise StorageBusy(_said(error)) from error


@contextmanager
def glance(engine: Engine) -> Iterator[Connection]:
    """For one small question, without what a Session costs."""
    try:
        with engine.connect() as connection:
            yield connection
    except OperationalError as error:
        raise StorageBusy(_said(error)) from error


def lock_host(session: Session, host_id: UUID) -> None:
    """Let no other transaction decide about this host's time until this one ends."""
    session.exec(select(HostRow.id).where(HostRow.id == host_id).with_for_update()).one()


def _said(error: OperationalError) -> str:
    return str(error.orig) if isinstance(error.orig, sqlite3.Error) else type(error.orig).__name__
