"""Having lists show that of two yeses to calls the latest counts."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from booking_service.actions.consent import purpose_standings
from booking_service.storage import migrations, outbox
from booking_service.storage.engine import open_engine, snapshot
from tests.storage.revisions import downgrade_to, upgrade_to

BEFORE = "0057"
PURPOSE = """INSERT INTO purpose (id, slug, position, kind, field, doi, accepts, conditions, template, reminder_template, rules, active)
    VALUES (:id, :kind, 0, :kind, '', '', '', '[]', '', '', '[]', 1)"""


def test_lists_of_calls_are_written_down_anew_an_hour_later_and_no_others(tmp_path: Path) -> None:
    """An hour later, as a worker of before would write them down the other way."""
    engine = open_engine(f"sqlite:///{tmp_path}/old.db")
    upgrade_to(engine, BEFORE)
    with engine.begin() as connection:
        for number, kind in enumerate(("email", "phone")):
            connection.execute(text(PURPOSE), {"id": UUID(int=number).hex, "kind": kind})
    migrations.upgrade(engine)
    with snapshot(engine) as session:
        assert purpose_standings.waiting(session) == {"phone"}
        [owed] = outbox.waiting_rows(session, limit=9)
    assert owed.due_at - owed.created_at == timedelta(hours=1)
    downgrade_to(engine, BEFORE)
    with snapshot(engine) as session:
        assert purpose_standings.waiting(session) == set()
    migrations.upgrade(engine)
    engine.dispose()
