"""What waits for the press behind a mailed link, as both databases keep it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from booking_service.domain.privacy import PendingChange, Wish
from booking_service.storage import contacts, fields, pending_changes
from booking_service.storage.contacts import Contact
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import KeptValue, ProfileField

NOW = datetime(2030, 1, 7, tzinfo=UTC)
DAY = timedelta(days=1)
GRACE, ALAN = UUID(int=10), UUID(int=11)
REGION = ProfileField(id=UUID(int=1), slug="region", editable=True)
NUMBER = ProfileField(id=UUID(int=2), slug="number", sensitive=True)

pytestmark = pytest.mark.capability("S4-13")


def change(number: int, contact: UUID = GRACE, field: ProfileField = REGION, **facts: object) -> PendingChange:
    made = PendingChange(
        id=UUID(int=number),
        contact_id=contact,
        wish=Wish.CHANGE,
        field=field.id,
        value="Saxony",
        made_at=NOW,
        until=NOW + DAY,
    )
    return replace(made, **facts)  # type: ignore[arg-type]


def keep(engine: Engine, *changes: PendingChange) -> None:
    with transaction(engine) as session:
        for who in (GRACE, ALAN):
            contacts.save(session, Contact(id=who, address=f"{who.int}@example.net", made_at=NOW))
        for each in (REGION, NUMBER):
            fields.save(session, each)
        for wish in changes:
            pending_changes.save(session, wish)


def test_a_change_of_a_field_is_kept_whole(engine: Engine) -> None:
    kept = (
        change(1),
        change(2, value="", empties=True),
        change(3, field=NUMBER, value="", sealed="v1:x"),
        change(4, value="", replaced=True),
    )
    keep(engine, *kept)
    with snapshot(engine) as session:
        assert tuple(pending_changes.get(session, each.id) for each in kept) == kept
        assert [each.id.int for each in pending_changes.open_of(session, GRACE, now=NOW)] == [1, 2, 3], (
            "what waits for its press"
        )
        assert fields.find(session, "region") == REGION


def test_what_holds_a_value_is_found_by_its_field_by_its_time_and_where_it_is_sealed(engine: Engine) -> None:
    keep(
        engine,
        change(1),
        change(2, ALAN, until=NOW),
        change(3, field=NUMBER, value="", sealed="v1:x"),
        change(4, value="", empties=True, until=NOW),
    )
    with snapshot(engine) as session:
        assert {each.id.int for each in pending_changes.of_field(session, REGION.id)} == {1, 2}
        assert {each.id.int for each in pending_changes.over(session, at=NOW)} == {2}
        assert {each.id.int for each in pending_changes.sealed(session)} == {3}


def test_values_are_forgotten_of_one_or_of_everybody_and_the_wishes_stay(engine: Engine) -> None:
    keep(engine, change(1), change(2, ALAN), change(3, field=NUMBER, value="", sealed="v1:x"))
    with transaction(engine) as session:
        pending_changes.forget_values(session, REGION.id, contact=GRACE)
        assert {each.id.int for each in pending_changes.of_field(session, REGION.id)} == {2}
        pending_changes.forget_values(session, REGION.id)
        pending_changes.forget_values(session, NUMBER.id)
    with snapshot(engine) as session:
        found = [pending_changes.get(session, UUID(int=number)) for number in (1, 2, 3)]
    assert [each.forgotten for each in found if each] == [True] * 3


def test_a_value_is_their_own_until_anybody_sets_another_also_a_program_that_does_not_know_of_it(
    engine: Engine,
) -> None:
    keep(engine)
    own = KeptValue(contact_id=GRACE, field_id=REGION.id, value="Saxony", set_at=NOW, own_at=NOW)

    def is_own() -> bool:
        with snapshot(engine) as session:
            [found] = fields.values(session, GRACE)
        return found.own

    def put(kept: KeptValue) -> None:
        with transaction(engine) as session:
            fields.put_all(session, [kept])

    put(own)
    assert is_own()
    put(replace(own, own_at=None, set_at=NOW + DAY))
    assert not is_own()
    put(replace(own, set_at=NOW + 2 * DAY, own_at=NOW + 2 * DAY))
    assert is_own()
    with transaction(engine) as session:
        session.execute(
            text("UPDATE contact_value SET value = 'x', set_at = :at"),
            {"at": NOW + 3 * DAY if engine.name == "postgresql" else "2030-01-10 00:00:00.000000"},
        )
    assert not is_own()


def test_what_was_done_while_it_was_sealed_keeps_no_value(engine: Engine) -> None:
    keep(
        engine, change(1, field=NUMBER), change(2, ALAN, field=NUMBER), change(3, field=NUMBER, value="", sealed="v1:x")
    )
    with transaction(engine) as session:
        read = [*pending_changes.of_field(session, NUMBER.id)]
        for each in read:
            if each.contact_id == GRACE:
                pending_changes.save(session, each.done(now=NOW))
        for each in read:
            pending_changes.seal(session, each, sealed="v2:x")
        assert [(each.id.int, each.value, each.sealed) for each in pending_changes.of_field(session, NUMBER.id)] == [
            (2, "", "v2:x")
        ]
