"""What a transaction and a view promise, on both databases."""

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from booking_service.storage.engine import StorageBusy, glance, snapshot, transaction
from booking_service.storage.tables import OutboxRow

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
