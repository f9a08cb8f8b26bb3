"""Databases with every table, made once and copied: migrating takes longer than most tests."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, text

from booking_service.storage import migrations
from booking_service.storage.engine import open_engine


def start_empty(file: Path, *, from_: Path | None = None) -> None:
    """An SQLite file with every table and no row but what migrations write, or as `from_` is. What was there before is gone."""
    for remains in ("-wal", "-shm"):
        file.with_name(file.name + remains).unlink(missing_ok=True)
    shutil.copyfile(from_ or _migrated(), file)
    file.chmod(0o600)


def migrate(url: str) -> None:
    engine = open_engine(url)
    migrations.upgrade(engine)
    if engine.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@cache
def _migrated() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="booking-template-"))
    atexit.register(shutil.rmtree, folder)
    migrate(f"sqlite:///{folder}/booking.db")
    return folder / "booking.db"


def until_it_waits(engine: Engine) -> None:
    """On PostgreSQL until another transaction waits for this one. SQLite lets nobody begin beside it, which shows nowhere."""
    if engine.name != "postgresql":
        return
    question = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect() as connection:
        for _ in range(2000):
            if connection.execute(question).scalar_one():
                return
            connection.rollback()
            connection.execute(text("SELECT pg_sleep(0.005)"))
    raise AssertionError("it did not come to wait")
