"""The fields of contacts, as both databases keep them."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine

from booking_service.storage import contacts, fields
from booking_service.storage.contacts import Contact
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField, SlugTaken, StoredValues

REGION = ProfileField(id=UUID(int=1), slug="region", labels={"en": "Region", "de": "Gegend"})
NUMBER = ProfileField(id=UUID(int=2), slug="number", labels={"en": "Number"}, sensitive=True)
NOW = datetime(2030, 1, 7, tzinfo=UTC)


def test_a_second_field_of_one_name_is_refused_whoever_was_first(engine: Engine) -> None:
    with transaction(engine) as session:
        fields.save(session, REGION)
    with pytest.raises(SlugTaken), transaction(engine) as session:
        fields.save(session, replace(REGION, id=UUID(int=3)))
    with snapshot(engine) as session:
        assert fields.every(session) == [REGION]


def test_what_stands_in_fields_is_counted_and_what_of_it_is_readable(engine: Engine) -> None:
    with transaction(engine) as session:
        for field in (REGION, NUMBER):
            fields.save(session, field)
        for number, (clear, sealed) in enumerate((("EU", ""), ("", "v1:x"), ("", ""))):
            who = UUID(int=10 + number)
            contacts.save(session, Contact(id=who, address=f"{number}@example.net", made_at=NOW))
            fields.put(session, who, NUMBER.id, value=clear, sealed=sealed, locked=False)
        assert fields.lock(session, "number") == NUMBER
        assert fields.kept(session) == {NUMBER.id: StoredValues(values=2, clear=1)}


def test_what_somebody_wrote_while_a_field_was_sealed_stays(engine: Engine) -> None:
    who, other = UUID(int=10), UUID(int=11)

    def kept(each: UUID) -> str:
        [found] = fields.values(session, each)
        return found.sealed

    with transaction(engine) as session:
        fields.save(session, NUMBER)
        for each in (who, other):
            contacts.save(session, Contact(id=each, address=f"{each.int}@example.net", made_at=NOW))
            fields.put(session, each, NUMBER.id, value="old", locked=False)
        read = fields.with_values(session, NUMBER.id)
        fields.put(session, who, NUMBER.id, sealed="v1:new", exposed="new", locked=False)
        for each, clear in read:
            fields.seal(session, each, NUMBER.id, clear, sealed="v1:old", exposed="old")
        assert [kept(who), kept(other)] == ["v1:new", "v1:old"]
        anew = fields.sealed(session)
        fields.put(session, who, NUMBER.id, sealed="v1:newer", locked=False)
        for each, field, before in anew:
            fields.reseal(session, each, field, before, sealed=before.replace("v1", "v2"))
        assert [kept(who), kept(other)] == ["v1:newer", "v2:old"]
