"""Bringing into lists whose use is stopped, where people stopped it already."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from booking_service.actions.consent import purpose_standings
from booking_service.storage import migrations, outbox
from booking_service.storage.engine import open_engine, snapshot, transaction
from tests.storage.revisions import downgrade_to, upgrade_to

BEFORE = "0053"
PURPOSE = """INSERT INTO purpose (id, slug, position, kind, field, doi, accepts, conditions, template, reminder_template, rules, active)
    VALUES (:id, 'newsletter', 0, 'email', '', '', '', '[]', '', '', '[]', 1)"""
CONTACT = """INSERT INTO contact (id, address, address_key, mailbox, phone, name, language, mailbox_mark, phone_mark, generation,
    made_at, stopped_at) VALUES (:id, :address, :address, :address, '', '', '', '', '', 1, '2029-01-01 00:00:00.000000', :stopped)"""
STANDING = """INSERT INTO standing (contact_id, purpose, basis, question) VALUES (:id, 'newsletter', 'double', '')"""
STOPPED_AT = "2029-12-01 00:00:00.000000"


def test_own_stops_are_shown_at_once_and_those_of_who_is_the_same_person_an_hour_later(tmp_path: Path) -> None:
    """An hour later, as a worker of before would write them down without it."""
    engine = open_engine(f"sqlite:///{tmp_path}/old.db")
    upgrade_to(engine, BEFORE)
    with engine.begin() as connection:
        connection.execute(text(PURPOSE), {"id": UUID(int=9).hex})
        for number, stopped in enumerate((STOPPED_AT, None)):
            id = UUID(int=number).hex
            connection.execute(text(CONTACT), {"id": id, "address": f"{number}@example.org", "stopped": stopped})
            connection.execute(text(STANDING), {"id": id})
    migrations.upgrade(engine)
    with engine.connect() as connection:
        shown = connection.execute(text("SELECT stopped_at FROM standing ORDER BY contact_id")).scalars().all()
    assert shown == [STOPPED_AT, None]
    with snapshot(engine) as session:
        [owed] = outbox.waiting_rows(session, limit=9)
        assert purpose_standings.waiting(session) == {"newsletter"}
    assert (owed.kind, owed.lane) == (purpose_standings.KIND, "standings:newsletter")
    with transaction(engine) as session:
        assert outbox.claim(session, now=owed.due_at - timedelta(seconds=1)) is None
        assert outbox.claim(session, now=owed.due_at) is not None
    assert owed.due_at - owed.created_at == timedelta(hours=1)
    downgrade_to(engine, BEFORE)
    migrations.upgrade(engine)
    engine.dispose()
