"""What a transaction and a view promise, on both databases."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread
from time import monotonic

import pytest
from sqlalchemy import Engine, event, text
from sqlmodel import delete, select

from booking_service.domain.errors import StorageBusy
from booking_service.storage import engine as storage
from booking_service.storage import migrations
from booking_service.storage.engine import after_commit, glance, open_engine, snapshot, transaction
from booking_service.storage.tables.access import AttemptRow
from booking_service.storage.tables.outbox import OutboxRow
from booking_service.storage.write_check import TRIED_EVERY_S, check_writable
from tests.databases import start_empty

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)


def added(engine: Engine, key: str) -> None:
    with transaction(engine) as session:
        session.add(OutboxRow(key=key, kind="mail", lane=key, payload={}, due_at=NOW, created_at=NOW))


def test_a_view_is_of_one_instant_whatever_is_committed_meanwhile(engine: Engine) -> None:
    added(engine, "before")
    with snapshot(engine) as session:
        first = session.exec(select(OutboxRow.key)).all()
        added(engine, "meanwhile")
        assert session.exec(select(OutboxRow.key)).all() == first == ["before"]


def test_what_follows_a_commit_does_not_follow_a_rollback(engine: Engine) -> None:
    done: list[str] = []
    with transaction(engine) as session:
        after_commit(session, lambda: done.append("committed"))
        assert not done
    with contextlib.suppress(ZeroDivisionError), transaction(engine) as session:
        after_commit(session, lambda: done.append("rolled back"))
        raise ZeroDivisionError
    assert done == ["committed"]


def test_a_glance_begins_nothing_so_that_each_statement_sees_what_is_committed_by_then(engine: Engine) -> None:
    added(engine, "before")
    keys = select(OutboxRow.key).order_by(OutboxRow.key)
    with glance(engine) as connection:
        assert connection.execute(keys).scalars().all() == ["before"]
        added(engine, "meanwhile")
        assert connection.execute(keys).scalars().all() == ["before", "meanwhile"]
    with transaction(engine) as session:
        session.execute(delete(OutboxRow))
    with glance(engine) as connection:
        assert connection.execute(keys).scalars().all() == [], "what is decided is still a transaction"


def test_when_every_connection_is_in_use_the_database_is_busy_and_not_broken(engine: Engine) -> None:
    engine.pool._timeout = 0.1  # type: ignore[attr-defined]
    all_held, over = Barrier(61), Barrier(61)

    def hold() -> None:
        with glance(engine) as connection:
            connection.execute(select(1))
            all_held.wait(60)
            over.wait(60)

    threads = [Thread(target=hold) for _ in range(60)]
    for thread in threads:
        thread.start()
    all_held.wait(60)
    try:
        with pytest.raises(StorageBusy, match="every connection is in use"), glance(engine):
            pytest.fail("there was one more")
    finally:
        over.wait(60)
        for thread in threads:
            thread.join()


def test_a_database_that_takes_no_writes_says_so_and_keeps_nothing_of_the_try(engine: Engine) -> None:
    check_writable(engine)
    with snapshot(engine) as session:
        assert session.exec(select(AttemptRow)).all() == []
    read_only(engine)
    with pytest.raises(StorageBusy, match=r"read-?only"):
        until_tried(engine)
    with pytest.raises(StorageBusy):
        added(engine, "after")


@pytest.mark.parametrize("room", [0, 10])
def test_a_disk_that_is_full_is_known_before_anybody_books(tmp_path: Path, room: int) -> None:
    """Room for a few pages is none: a booking takes more."""
    made = open_engine(f"sqlite:///{tmp_path}/booking.db")
    migrations.upgrade(made)
    check_writable(made)
    with made.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    event.listen(made, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count = {pages + room}"))
    made.dispose()
    with pytest.raises(StorageBusy, match="full"):
        until_tried(made)
    made.dispose()


def read_only(engine: Engine) -> None:
    """For every connection from now on."""
    if engine.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET default_transaction_read_only = on")
    else:
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA query_only = on"))
    engine.dispose()


def until_tried(engine: Engine) -> None:
    """Ask until it is tried again, as its last answer holds for a moment."""
    ends = monotonic() + 2 * TRIED_EVERY_S
    while monotonic() < ends:
        check_writable(engine)


@pytest.mark.postgres
@pytest.mark.timeout(30)  # without end it is, where it fails
def test_who_holds_a_lock_without_end_does_not_hold_everybody(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "LOCK_WITHIN_MS", 200)
    made = open_engine(postgres_url)
    migrations.upgrade(made)
    with transaction(made) as session:
        session.execute(text("SELECT pg_advisory_xact_lock(1)"))
        with pytest.raises(StorageBusy), transaction(made) as other:
            other.execute(text("SELECT pg_advisory_xact_lock(1)"))
    with transaction(made) as session:
        session.execute(text("SELECT pg_advisory_xact_lock(1)"))
    made.dispose()


def test_threads_of_one_process_decide_one_after_the_other_on_sqlite_without_looking_again_and_again(
    tmp_path: Path,
) -> None:
    """Nobody begins while another decides, whose wait would be a sleep of SQLite's."""
    start_empty(tmp_path / "booking.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'booking.db'}")
    happened: list[str] = []
    event.listen(engine, "begin", lambda _: happened.append("begin"))
    event.listen(engine.pool, "reset", lambda *_: happened.append("end"))
    first_decides, second_is_there = Barrier(2), Barrier(2)

    def decide_too() -> None:
        first_decides.wait(timeout=30)
        second_is_there.wait(timeout=30)
        added(engine, "second")

    second = Thread(target=decide_too)
    second.start()
    with transaction(engine) as session:
        session.add(OutboxRow(key="first", kind="mail", lane="first", payload={}, due_at=NOW, created_at=NOW))
        session.flush()
        first_decides.wait(timeout=30)
        second_is_there.wait(timeout=30)
        second.join(timeout=0.3)  # it has had time to begin, and has not
        assert second.is_alive()
        assert happened == ["begin"]
    second.join(timeout=30)
    assert happened == ["begin", "end", "begin", "end"]
    engine.dispose()


def test_who_waits_too_long_for_another_thread_is_told_that_the_database_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_empty(tmp_path / "booking.db")
    monkeypatch.setattr(storage, "LOCK_WITHIN_MS", 50)
    engine = open_engine(f"sqlite:///{tmp_path / 'booking.db'}")
    with (
        transaction(engine),
        ThreadPoolExecutor(1) as pool,
        pytest.raises(StorageBusy, match="locked by another thread"),
    ):
        pool.submit(added, engine, "second").result(timeout=30)
    added(engine, "third")
    engine.dispose()
