"""Bringing what people said before into the order of lists."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from booking_service.storage import migrations
from booking_service.storage.engine import open_engine
from tests.storage.revisions import downgrade_to, upgrade_to

BEFORE = "0055"
CONTACT = """INSERT INTO contact (id, address, address_key, mailbox, phone, name, language, mailbox_mark, phone_mark, generation,
    made_at, phone_set_at) VALUES (:id, :address, :address, :address, '', '', '', '', '', 1, '2029-01-01 00:00:00.000000', :set_at)"""
ENTRY = """INSERT INTO ledger_entry (id, contact_id, number, purpose, act, by, how, at, implied, wording, previous, hash)
    VALUES (:id, :contact, :number, 'newsletter', :act, 'contact', 'form', :at, 0, '', '', '')"""
FIELD = """INSERT INTO profile_field (id, slug, labels, kind, personal, sensitive, shown, purpose)
    VALUES (:id, 'region', '{}', 'text', 1, 0, 4, '')"""
VALUE = """INSERT INTO contact_value (contact_id, field_id, value, sealed, exposed, locked, set_at)
    VALUES (:contact, :field, 'EU', '', '', 0, :at)"""


def day(number: int) -> str:
    return f"2029-02-{number:02} 00:00:00.000000"


def test_each_was_changed_when_something_was_last_said_or_written_down_of_them(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/old.db")
    upgrade_to(engine, BEFORE)
    untouched, said, numbered, filled = (UUID(int=each).hex for each in range(4))
    with engine.begin() as connection:
        for id in (untouched, said, numbered, filled):
            set_at = day(3) if id == numbered else None
            connection.execute(text(CONTACT), {"id": id, "address": f"{id}@example.org", "set_at": set_at})
        for number, (contact, act, at) in enumerate(
            (
                (said, "asked", 1),
                (said, "confirmed", 5),
                (said, "mailed", 9),
                (numbered, "asked", 2),
                (filled, "asked", 2),
            )
        ):
            place = {"number": number + 1 if contact == said else 1, "act": act, "at": day(at)}
            connection.execute(text(ENTRY), {"id": UUID(int=90 + number).hex, "contact": contact, **place})
        connection.execute(text(FIELD), {"id": UUID(int=8).hex})
        connection.execute(text(VALUE), {"contact": filled, "field": UUID(int=8).hex, "at": day(7)})
    migrations.upgrade(engine)
    with engine.connect() as connection:
        changed = connection.execute(text("SELECT id, changed_at FROM contact ORDER BY changed_at")).all()
    assert [*map(tuple, changed)] == [
        (untouched, "2029-01-01 00:00:00.000000"),
        *((numbered, day(3)), (said, day(5)), (filled, day(7))),
    ]
    downgrade_to(engine, BEFORE)
    migrations.upgrade(engine)
    engine.dispose()
