"""The only place that opens a transaction."""

import importlib.util
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, ExceptionContext, bindparam, event
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, create_engine, select
from sqlmodel.sql.expression import SelectOfScalar

from ..domain.errors import SlotTaken, StorageBusy
from .tables.setup import HostRow

# More connections than threads that ask: pages (40), the worker's, and calendar writes that are waited for.
_POOL: dict[str, Any] = {"pool_size": 20, "max_overflow": 40, "pool_timeout": 10}
_UNREADABLE_DATA = "22"  # the class of SQLSTATEs for data exceptions
_READ_ONLY = "25006"  # the SQLSTATE of a transaction that may only read, as on a replica
_HOST = select(HostRow.id).where(HostRow.id == bindparam("host_id")).with_for_update()
LOCK_WITHIN_MS = 5000  # as long as SQLite waits; who is stuck with a lock must not leave all threads waiting behind it


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
        engine = create_engine(
            url,
            connect_args={"check_same_thread": False, "timeout": 5.0},
            execution_options={"writer": Lock()},
            hide_parameters=True,
            **_POOL,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if importlib.util.find_spec("psycopg") is None:
        raise DriverMissing(
            "PostgreSQL needs a driver that is not installed: pip install '.[postgres]' in the checkout"
        )
    engine = create_engine(
        url,
        connect_args={"prepare_threshold": None},  # a statement prepared in one session is unknown in a pooler's next
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        **_POOL,
    )
    event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "handle_error", _leave_values_out)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event speaks, not the driver
    settings = ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "busy_timeout = 5000")
    for pragma in (
        *settings,
        "recursive_triggers = on",
    ):  # the last: INSERT OR REPLACE is a DELETE to the ledger's guards
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("glancing", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("deciding", False) else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("deciding", False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_WITHIN_MS}")


def _leave_values_out(context: ExceptionContext) -> None:
    """Cut what PostgreSQL adds to an error: its details quote the row, and its words for unreadable data the value."""
    error = context.original_exception
    state, diagnosis = getattr(error, "sqlstate", None), getattr(error, "diag", None)
    if state is None or diagnosis is None:
        return
    words = None if state.startswith(_UNREADABLE_DATA) else diagnosis.message_primary
    message = words or f"SQLSTATE {state}"
    error.args = (message,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(error).__module__}.{type(error).__name__}) {message}",)


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One unit of work: commits on a clean exit, rolls back on any exception.

    Raises StorageBusy where the database could not do it now, Overlap where its exclusion constraint refused.
    """
    try:
        with (
            usable(),
            _turn(engine),
            Session(deciding(engine), expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
    except IntegrityError as error:
        if "stretch_excludes" in str(error.orig):
            raise Overlap("two live bookings of one host would overlap") from error
        raise


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """One thread of this process after the other decides on SQLite, each as soon as the one before it has ended. SQLite itself
    has one sleep up to a tenth of a second between two looks whether the file is free. Raises StorageBusy.
    """
    writer: Lock | None = engine.get_execution_options().get("writer")
    if writer is None:
        yield
        return
    if not writer.acquire(timeout=LOCK_WITHIN_MS / 1000):
        raise StorageBusy("database is locked by another thread of this process")
    try:
        yield
    finally:
        writer.release()


def deciding(engine: Engine) -> Engine:
    """The same engine, whose transactions are safe to decide in: they write, or might."""
    return _with_options(engine, deciding=True)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A consistent view to read from, all of it as of one instant; whatever is written in it is rolled back."""
    still = _with_options(engine, isolation_level="REPEATABLE READ") if engine.name == "postgresql" else engine
    with usable(), Session(still) as session:
        yield session


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A connection without a Session; its transaction is the caller's to commit."""
    with usable(), engine.connect() as connection:
        yield connection


@contextmanager
def glance(engine: Engine) -> Iterator[Connection]:
    """For one small question: each statement is a transaction by itself, so that the database is asked once and not to begin
    and end one as well."""
    alone = {"isolation_level": "AUTOCOMMIT"} if engine.name == "postgresql" else {"glancing": True}
    with connected(_with_options(engine, **alone)) as connection:
        yield connection


@lru_cache(maxsize=8)
def _with_options(engine: Engine, **options: object) -> Engine:
    """The same engine with options of its own; making one takes longer than some statements."""
    return engine.execution_options(**options)


@contextmanager
def usable() -> Iterator[None]:
    """Raises StorageBusy for whatever says that the database can't be used now."""
    try:
        yield
    except OperationalError as error:
        raise StorageBusy(_reason(error)) from error
    except InternalError as error:
        if getattr(error.orig, "sqlstate", None) != _READ_ONLY:
            raise
        raise StorageBusy("the database is read-only") from error
    except PoolTimeout as error:
        raise StorageBusy("every connection is in use") from error


def rewrite(engine: Engine) -> None:
    """Leave nothing in the files of what was overwritten or deleted. PostgreSQL's own vacuum does that in time.

    Raises StorageBusy: somebody reads or writes, so that it must be done again.
    """
    if engine.name != "sqlite":
        return
    with usable(), closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        try:
            busy, *_ = cursor.execute("VACUUM").execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            raise StorageBusy(str(error)) from error
    if busy:
        raise StorageBusy("somebody still reads what stood there before")


def lock_host(session: Session, host_id: UUID) -> None:
    """Let no other transaction decide about this host's time until this one ends: on SQLite none decides beside it."""
    _lock(session, _HOST, {"host_id": host_id})


def lock_host_of(session: Session, owner: SelectOfScalar[UUID], **values: object) -> None:
    """The same for the host whose id this statement selects."""
    _lock(session, select(HostRow.id).where(HostRow.id == owner.scalar_subquery()).with_for_update(), values)


def _lock(session: Session, statement: SelectOfScalar[UUID], values: Mapping[str, object]) -> None:
    if session.get_bind().dialect.name != "sqlite":
        session.connection().execute(statement, values).one()


def time_of_database(engine: Engine) -> datetime | None:
    """What the clock of PostgreSQL's machine shows. None: the database is a file of this one. Raises StorageBusy."""
    if engine.name != "postgresql":
        return None
    with glance(engine) as connection:
        shown: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return shown


def _reason(error: OperationalError) -> str:
    return str(error.orig) if isinstance(error.orig, sqlite3.Error) else type(error.orig).__name__
