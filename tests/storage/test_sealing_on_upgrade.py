"""Bringing sealed answers into a database in which sensitive questions were asked already."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from booking_service.actions.access import sealed_answers
from booking_service.storage import migrations, outbox
from booking_service.storage.engine import open_engine, transaction
from tests.storage.revisions import upgrade_to
from tests.world import MONDAY

BEFORE_SEALING = "0011"
HOST = """INSERT INTO host (id, slug, name, email, zone, language, hours, overrides, listed, active, offers_version)
    VALUES (:id, 'ada', 'Ada', 'ada@example.org', 'Europe/Berlin', 'de', '[]', '[]', 1, 1, 0)"""
MEETING = """INSERT INTO meeting_type (id, host_id, slug, title, position, active, listed, rules, choices)
    VALUES (:id, :host, :id, 'Intro', 0, 1, 1, '{}', :choices)"""


def test_what_stands_open_is_owed_its_seal_for_each_meeting_type_that_asks_something_sensitive(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/old.db")
    host, asks, plain, none = (UUID(int=number) for number in range(1, 5))
    upgrade_to(engine, BEFORE_SEALING)
    with engine.begin() as connection:
        connection.execute(text(HOST), {"id": host.hex})
        for id, choices in (
            (asks, '{"questions": [{"key": "a", "sensitive": false}, {"key": "b", "sensitive": true}]}'),
            (plain, '{"questions": [{"key": "a", "sensitive": false}]}'),
            (none, "{}"),
        ):
            connection.execute(text(MEETING), {"id": id.hex, "host": host.hex, "choices": choices})
    migrations.upgrade(engine)
    with transaction(engine) as session:
        owed = [(each.kind, each.payload) for each in outbox.waiting_rows(session, limit=9)]
        claimed = outbox.claim(session, now=MONDAY)
    assert owed == [(sealed_answers.KIND, {"meeting_id": str(asks)})]
    assert claimed is not None
    engine.dispose()
