"""Engines and transactions. No other module opens one."""

import importlib.util
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, ExceptionContext, bindparam, event
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, col, create_engine, select
from sqlmodel.sql.expression import SelectOfScalar

from ..domain.errors import SlotTaken, StorageBusy
from .tables.setup import HostRow

# More connections than threads that need one: pages (40), the worker, and calendar writes that pages wait for.
_POOL: dict[str, Any] = {"pool_size": 20, "max_overflow": 40, "pool_timeout": 10}
_UNREADABLE_DATA = "22"  # SQLSTATE class of data exceptions
_READ_ONLY = "25006"  # SQLSTATE of a read-only transaction, as on a replica
_HOST = select(HostRow.id).where(HostRow.id == bindparam("host_id")).with_for_update()
_HOSTS = (
    select(HostRow.id)
    .where(col(HostRow.id).in_(bindparam("host_ids", expanding=True)))
    .order_by(col(HostRow.id))
    .with_for_update()
)
_COMMITTED = "after_commit"  # key in Session.info
LOCK_WITHIN_MS = 5000  # as long as SQLite waits; a long wait for one lock must not stop all threads


class DriverMissing(Exception):
    """The database driver is not installed."""


class Overlap(SlotTaken):
    """The database itself refused two overlapping live bookings: the last guard behind all checks."""


def open_engine(url: str) -> Engine:
    """An engine on which every transaction can safely decide. Raises DriverMissing.

    SQLite begins with IMMEDIATE, so that a second writer waits before reading instead of failing at its write; on
    PostgreSQL deciders lock the host's row. A committed SQLite transaction is on disk (synchronous FULL), as mails
    follow it.
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
        connect_args={"prepare_threshold": None},  # a pooler's next session does not know a prepared statement
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        **_POOL,
    )
    event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "handle_error", _leave_values_out)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is sent by SQLAlchemy's event, not by the driver
    settings = ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "busy_timeout = 5000")
    for pragma in (
        *settings,
        "recursive_triggers = on",
    ):  # the last: makes INSERT OR REPLACE a DELETE to the ledger's guards
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("glancing", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("deciding", False) else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("deciding", False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_WITHIN_MS}")


def _leave_values_out(context: ExceptionContext) -> None:
    """Cut PostgreSQL's details off an error, as they quote the row or the unreadable value."""
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

    Raises StorageBusy: the database can't do it now; Overlap: its exclusion constraint refused.
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
    for work in session.info.get(_COMMITTED, ()):
        work()


def after_commit(session: Session, work: Callable[[], None]) -> None:
    """Call `work` once the transaction has committed. It is not called if the transaction is rolled back."""
    session.info.setdefault(_COMMITTED, []).append(work)


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Let the threads of this process decide one after the other on SQLite, without delay. Raises StorageBusy.

    SQLite itself lets a waiting thread sleep up to a tenth of a second between two tries.
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
    """The engine for transactions that write, or might."""
    return _with_options(engine, deciding=True)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A consistent view of one instant, for reading; anything written in it is rolled back."""
    still = _with_options(engine, isolation_level="REPEATABLE READ") if engine.name == "postgresql" else engine
    with usable(), Session(still) as session:
        yield session


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A connection without a Session; the caller commits."""
    with usable(), engine.connect() as connection:
        yield connection


@contextmanager
def glance(engine: Engine) -> Iterator[Connection]:
    """A connection for a single small query, without a round trip to begin and end a transaction."""
    alone = {"isolation_level": "AUTOCOMMIT"} if engine.name == "postgresql" else {"glancing": True}
    with connected(_with_options(engine, **alone)) as connection:
        yield connection


@lru_cache(maxsize=8)
def _with_options(engine: Engine, **options: object) -> Engine:
    """The engine with options; cached, as making one costs more than some statements."""
    return engine.execution_options(**options)


@contextmanager
def usable() -> Iterator[None]:
    """Raises StorageBusy: any error that says the database can't be used now."""
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


def move_journal(engine: Engine) -> None:
    """Move what has been committed from SQLite's journal into the file, as far as no reader needs it where it is.

    Otherwise that is part of the commit that makes the journal longer than 1,000 pages, whoever's it is, while other
    writers wait. Here nobody waits (https://sqlite.org/wal.html#ckpt; PASSIVE). Does nothing on PostgreSQL.
    """
    if engine.name == "sqlite":
        with glance(engine) as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")


def rewrite(engine: Engine) -> None:
    """Remove overwritten and deleted data from the files. PostgreSQL's own vacuum does that in time.

    Raises StorageBusy: somebody reads or writes; try again later.
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
    """Lock a host for deciding until the transaction ends; on SQLite nobody decides concurrently."""
    _lock(session, _HOST, {"host_id": host_id})


def lock_hosts(session: Session, host_ids: Collection[UUID]) -> None:
    """As `lock_host` for several, in the order of their ids: whoever decides about several locks all of them first."""
    if host_ids and session.get_bind().dialect.name != "sqlite":
        session.connection().execute(_HOSTS, {"host_ids": [*host_ids]}).all()


def lock_host_of(session: Session, owner: SelectOfScalar[UUID], **values: object) -> None:
    """As `lock_host` for the host whose id this statement selects."""
    _lock(session, select(HostRow.id).where(HostRow.id == owner.scalar_subquery()).with_for_update(), values)


def _lock(session: Session, statement: SelectOfScalar[UUID], values: Mapping[str, object]) -> None:
    if session.get_bind().dialect.name != "sqlite":
        session.connection().execute(statement, values).one()


def time_of_database(engine: Engine) -> datetime | None:
    """The time on the database server; None for SQLite, which is on this machine. Raises StorageBusy."""
    if engine.name != "postgresql":
        return None
    with glance(engine) as connection:
        shown: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return shown


def _reason(error: OperationalError) -> str:
    return str(error.orig) if isinstance(error.orig, sqlite3.Error) else type(error.orig).__name__
