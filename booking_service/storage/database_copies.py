"""Copies of the whole database, and restoring one: SQLite by its online backup, PostgreSQL by its own programs."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, make_url, text
from sqlalchemy.engine import URL

from .engine import open_engine, usable
from .operations import RESTORING

_CHUNK = 2000  # pages of SQLite copied between two steps of the progress
_DEBIAN = "apt-get install postgresql-client"


class CopyFailed(Exception):
    """The copy could not be made, opened or restored, as the message says."""


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What a database held at one instant: last migration, counts, and the head of the consent ledger."""

    schema: str
    bookings: int
    contacts: int
    head_size: int
    head_root: str


def steps(engine: Engine) -> int | None:
    """How often `copy` will call `step`; None where that is unknown."""
    if engine.name != "sqlite":
        return None
    with usable(), engine.connect() as connection:
        pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    return max(1, -(-pages // _CHUNK))


def copy(engine: Engine, target: Path, *, step: Callable[[], None]) -> CopyFacts:
    """Copy everything as of one instant into a new file, while others read and write. Raises CopyFailed,
    StorageBusy."""
    with usable(), _told(target.parent):
        return _copy_sqlite(engine, target, step) if engine.name == "sqlite" else _dump(engine, target)


def checked(database: Path, *, kind: str) -> CopyFacts | None:
    """Open a copy and read all of it; returns its facts for SQLite only. Raises CopyFailed: it is damaged."""
    if kind != "sqlite":
        _run("pg_restore", f"--file={os.devnull}", str(database))
        return None
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            report = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            astray = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        raise CopyFailed(f"the copy is not a database: {error}") from error
    if report != ["ok"] or astray:
        raise CopyFailed(
            f"the copy is damaged: {report[0] if report != ['ok'] else f'{len(astray)} rows refer to nothing'}"
        )
    return _facts_of_file(database)


def put_back(database: Path, url: str, *, kind: str, at: datetime) -> None:
    """Restore it as the database at `url`, which must not exist, marked as being restored; all of it or nothing.

    Raises CopyFailed.
    """
    target = make_url(url)
    if target.get_backend_name() != kind:
        raise CopyFailed(f"the backup is of {kind}, and database_url names {target.get_backend_name()}")
    if kind == "sqlite":
        _place(database, Path(target.database or ""), at)
    else:
        _load(database, target, at)


def _copy_sqlite(engine: Engine, target: Path, step: Callable[[], None]) -> CopyFacts:
    with (
        closing(sqlite3.connect(engine.url.database or "", timeout=5)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.execute("BEGIN")  # a read lock, so that the copy does not restart at each write
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=_CHUNK, progress=lambda *_: step())
        copy.execute("PRAGMA journal_mode = delete")  # a single, complete file
    return _facts_of_file(target)


def _facts_of_file(file: Path) -> CopyFacts:
    engine = open_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            return _facts(connection)
    finally:
        engine.dispose()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA journal_mode = delete")


def _facts(connection: Connection) -> CopyFacts:
    count = {
        name: int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one())  # noqa: S608 - our own names
        for name in ("booking", "contact")
    }
    head = connection.execute(text("SELECT size, root FROM ledger_head ORDER BY size DESC LIMIT 1")).first()
    return CopyFacts(
        schema=connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one(),
        bookings=count["booking"],
        contacts=count["contact"],
        head_size=head[0] if head else 0,
        head_root=bytes(head[1]).hex() if head else "",
    )


def _dump(engine: Engine, target: Path) -> CopyFacts:
    with engine.execution_options(isolation_level="REPEATABLE READ").connect() as connection:
        facts = _facts(connection)
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}")
        _run("pg_dump", *options, url=engine.url)
    return facts


def _place(database: Path, target: Path, at: datetime) -> None:
    for each in (target, target.with_name(f"{target.name}-wal")):
        if each.exists():
            raise CopyFailed(f"{each} is there already: move it away first, nothing is written over")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.restoring")
    beside.unlink(missing_ok=True)
    try:
        shutil.copyfile(database, beside)
        beside.chmod(0o600)
        with _told(target.parent), closing(sqlite3.connect(beside)) as connection, connection:
            connection.execute("INSERT INTO operation (name, at, detail) VALUES (?, ?, ?)", _mark(at))
        os.link(beside, target)
    except FileExistsError as error:
        raise CopyFailed(f"{target} was made meanwhile: nothing is written over") from error
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Turns every SQLite error about a copy, which is opened without the engine. Raises CopyFailed."""
    try:
        yield
    except sqlite3.Error as error:
        raise CopyFailed(f"no copy can be made in {folder}: {error}") from error


def _load(database: Path, target: URL, at: datetime) -> None:
    engine = open_engine(target.render_as_string(hide_password=False))
    try:
        with usable(), engine.connect() as connection:
            there = inspect(connection).get_table_names()
    finally:
        engine.dispose()
    if there:
        raise CopyFailed("the database has tables already: make an empty one (createdb) and name it in database_url")
    script = database.with_suffix(".sql")
    _run("pg_restore", "--no-owner", "--no-privileges", "--no-comments", f"--file={script}", str(database))
    name, instant, detail = _mark(at)
    marked = f"RESET search_path; INSERT INTO operation VALUES ('{name}', '{instant}+00', '{detail}')"  # noqa: S608
    whole = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", "--output", os.devnull)
    try:
        _run("psql", *whole, f"--file={script}", f"--command={marked}", url=target)
    finally:
        script.unlink()


def _mark(at: datetime) -> tuple[str, str, str]:
    return RESTORING, f"{at.replace(tzinfo=None):%Y-%m-%d %H:%M:%S.%f}", json.dumps({})


def _run(program: str, *options: str, url: URL | None = None) -> None:
    """Run one of PostgreSQL's programs, with the password in the environment, where other users can't see it."""
    found = shutil.which(program)
    if found is None:
        raise CopyFailed(f"{program} is not installed ({_DEBIAN})")
    at: tuple[str, ...] = ()
    environment = dict(os.environ)
    if url is not None:
        at = (f"--dbname={url.set(drivername='postgresql', password=None).render_as_string(hide_password=False)}",)
        environment |= {"PGPASSWORD": url.password} if url.password else {}
    ended = subprocess.run([found, *options, *at], env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        lines = [line for line in ended.stderr.splitlines() if line.strip()]
        raise CopyFailed(lines[0] if lines else f"{program} ended with {ended.returncode}")
