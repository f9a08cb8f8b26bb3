"""Columns of an imported file that fill fields of contacts: by the rule of their page, sealed at once, and with what stays said."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from sqlalchemy import event

from booking_service.actions.consent import import_cells, import_outcomes, import_retract, imports, merges, profile
from booking_service.actions.consent.import_check import LineVerdict
from booking_service.actions.consent.imports import PlanChanged
from booking_service.actions.consent.profile import UnknownField, ValueTooLong
from booking_service.actions.operations import backup
from booking_service.actions.privacy import staff_acts
from booking_service.crypto.ids import new_id
from booking_service.crypto.keys import KeyRing, ring_of
from booking_service.domain.audit import Actor
from booking_service.domain.consent import How
from booking_service.domain.consent_file import Meaning
from booking_service.domain.consent_moves import Stopped, Withdrawn
from booking_service.domain.purposes import Purpose, PurposeKind
from booking_service.storage import contacts, fields, purposes
from booking_service.storage import imports as stored
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from booking_service.storage.imports import ImportLine
from tests.actions.consent.people import People
from tests.actions.consent.test_import_lines import carried_out, kept
from tests.world import World

NUMBER = "A-7391-2264-4711"
KEEP = Purpose(id=UUID(int=104), slug="keep-number", kind=PurposeKind.FIELD, allows_field="insurance-number")


@pytest.fixture(autouse=True)
def _fields(service: World) -> None:
    with transaction(service.rt.engine) as session:
        purposes.save(session, KEEP, position=3)
        for slug, sensitive in (("region", False), ("insurance-number", True)):
            fields.save(session, ProfileField(id=new_id(service.now), slug=slug, sensitive=sensitive))


def checked(service: World, text: str, *, meaning: Meaning = Meaning.GIVEN, purpose: str = "newsletter") -> UUID:
    """A file whose third column fills the region, and whose fourth the number."""
    made = imports.start(service.rt, text.encode(), name="fair.csv", by="staff:x", called="x", now=service.now)
    plan = replace(imports.plan_of(made), purpose=purpose, meaning=meaning, fields={2: "region", 3: "insurance-number"})
    imports.plan(service.rt, made.id, plan, now=service.now)
    return made.id


def applied(service: World, id: UUID) -> None:
    imports.apply(service.rt, id, leave_out=True, now=service.now)
    carried_out(service, id)


def counted(service: World, id: UUID) -> dict[LineVerdict, int]:
    return {verdict: count for verdict, count in imports.look(service.rt, id).counts.items() if count}


def stands(service: World, address: str) -> dict[str, str]:
    with snapshot(service.rt.engine) as session:
        contact = contacts.by_address(session, address)
        return fields.visible(session, contact.id) if contact else {}


@pytest.mark.capability("S4-15", "S5-09")
def test_columns_fill_fields_and_what_is_locked_or_empty_stays(service: World, people: People) -> None:
    for name in ("anna", "bob", "eve", "zoe"):
        people.contact(f"{name}@example.org")
        staff_acts.fill(service.rt, f"{name}@example.org", "region", "US", now=service.now)
    bob, eve, zoe = (people.contact(f"{name}@example.org") for name in ("bob", "eve", "zoe"))
    people.say(bob, Withdrawn(How.PAGE), "keep-number")
    people.say(eve, Withdrawn(How.PAGE))
    people.say(zoe, Stopped())
    text = (
        "email,name,Region,Number\n"
        f"new@example.org,New, EU ,{NUMBER}\n"
        f"anna@example.org,Anna,,{NUMBER}\n"
        f"bob@example.org,Bob,EU,{NUMBER}\n"
        f"eve@example.org,Eve,EU,{NUMBER}\n"
        f"eve@example.org,Eve,EU,{NUMBER}\n"
        f"zoe@example.org,Zoe,EU,{NUMBER}\n"
        "new@example.org,New,UK,\n"
        "new@example.org,New,UK,\n"
    )
    id = checked(service, text)
    foreseen = counted(service, id)
    assert foreseen == {
        LineVerdict.NEW: 1,
        LineVerdict.ADDED: 1,
        LineVerdict.ADDED_PARTLY: 1,
        LineVerdict.ALONE: 3,
        LineVerdict.FILLED: 1,
        LineVerdict.SAME: 1,
    }
    assert stands(service, "new@example.org") == {}
    applied(service, id)
    assert counted(service, id) == foreseen
    assert stands(service, "new@example.org") == {"region": "UK", "insurance-number": "4711"}
    assert stands(service, "anna@example.org") == {"region": "US", "insurance-number": "4711"}
    assert stands(service, "bob@example.org") == {"region": "EU", "insurance-number": ""}
    assert stands(service, "eve@example.org") == {"region": "US"}, "nothing of a line that is skipped is kept"
    assert stands(service, "zoe@example.org") == {"region": "US"}
    shown = staff_acts.reveal(service.rt, "new@example.org", "insurance-number", by="x", now=service.now)
    assert shown.text == NUMBER
    staff_acts.fill(service.rt, "new@example.org", "region", "DE", now=service.now)
    back = import_retract.start
    back(service.rt, id, reason="wrong", by="x", called="x", actor=Actor(name="x"), now=service.now)
    while import_retract.carry_on(service.rt, id, now=service.now):
        pass
    assert imports.look(service.rt, id).stayed == 0
    assert stands(service, "new@example.org") == {"region": "DE", "insurance-number": "4711"}, "fields stay as they are"


@pytest.mark.capability("S4-15")
def test_lines_that_say_nothing_still_fill_fields(service: World, people: People) -> None:
    for name in ("anna", "bob", "zoe"):
        people.contact(f"{name}@example.org")
    people.say(people.contact("bob@example.org"), Withdrawn(How.PAGE), "keep-number")
    people.say(people.contact("zoe@example.org"), Stopped())
    text = (
        "email,name,Region,Number\n"
        f"anna@example.org,Anna,EU,{NUMBER}\n"
        f"bob@example.org,Bob,EU,{NUMBER}\n"
        f"bob@example.org,Bob,,{NUMBER}\n"
        "zoe@example.org,Zoe,EU,\n"
        "anna@example.org,Anna,EU,\n"
    )
    id = checked(service, text, meaning=Meaning.NOTHING)
    foreseen = counted(service, id)
    assert foreseen == {
        LineVerdict.FILLED: 1,
        LineVerdict.FILLED_PARTLY: 1,
        LineVerdict.LOCKED: 2,
        LineVerdict.SAME: 1,
    }
    assert imports.look(service.rt, id).stored == 2
    applied(service, id)
    assert counted(service, id) == foreseen
    assert stands(service, "anna@example.org") == {"region": "EU", "insurance-number": "4711"}
    assert stands(service, "bob@example.org") == {"region": "EU", "insurance-number": ""}
    assert stands(service, "zoe@example.org") == {}


@pytest.mark.capability("S4-15", "S4-24")
@pytest.mark.parametrize("meaning", [Meaning.NOTHING, Meaning.OUT_OURS])
def test_a_stop_of_who_is_the_same_person_keeps_fields_as_they_are(
    service: World, people: People, meaning: Meaning
) -> None:
    anna, bea = people.contact("anna@example.org"), people.contact("bea@example.org")
    merges.merge(service.rt, bea, into=anna, by=merges.By(staff="x", reason="one person"), now=service.now)
    people.say(bea, Stopped())
    id = checked(service, "email,name,Region,Number\nanna@example.org,Anna,EU,\n", meaning=meaning)
    foreseen = counted(service, id)
    applied(service, id)
    assert counted(service, id) == foreseen
    assert stands(service, "anna@example.org") == {}


@pytest.mark.capability("S4-15", "S4-24")
def test_who_ends_what_allows_a_field_has_it_filled_by_no_line_of_the_same_file(service: World, people: People) -> None:
    people.contact("anna@example.org")
    staff_acts.fill(service.rt, "anna@example.org", "insurance-number", "B-1", now=service.now)
    text = f"email,name,Region,Number\nanna@example.org,Anna,EU,{NUMBER}\n"
    id = checked(service, text, meaning=Meaning.OUT_THEIRS, purpose="keep-number")
    assert counted(service, id) == {LineVerdict.ADDED_PARTLY: 1}
    applied(service, id)
    assert counted(service, id) == {LineVerdict.ADDED_PARTLY: 1}
    assert stands(service, "anna@example.org") == {"region": "EU", "insurance-number": ""}


@pytest.mark.capability("S4-15", "S4-36", "S5-10")
def test_a_value_that_is_too_long_is_an_error_of_its_line(service: World) -> None:
    id = checked(service, f"email,name,Region,Number\nanna@example.org,Anna,{'x' * 501},{'9' * 502}\n")
    [line] = import_outcomes.show(service.rt, id, now=service.now).lines
    assert line.line is not None
    assert line.verdict is LineVerdict.WRONG
    assert [each.sentence for each in line.line.faults] == [
        "field:region: it has 501 characters, and a field holds 500",
        "field:insurance-number: it has 502 characters, and a field holds 500",
    ]
    imports.mend(service.rt, id, {(2, 2): "x" * 500, (2, 3): NUMBER}, now=service.now)
    assert counted(service, id) == {LineVerdict.NEW: 1}
    applied(service, id)
    with pytest.raises(ValueTooLong):
        staff_acts.fill(service.rt, "anna@example.org", "region", "x" * 501, now=service.now)


@pytest.mark.capability("S4-36", "S4-37", "S5-10")
def test_of_a_sensitive_column_nothing_stays_in_clear_once_it_was_imported(
    service: World, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    text = (
        "email,name,Region,Number\n"
        f"anna@example.org,Anna,EU,{NUMBER}\n"
        f"anna@example.org,Anna,EU,{NUMBER}\n"
        f"no address,Bob,EU,{NUMBER}\n"
    )
    id = checked(service, text)
    assert imports.look(service.rt, id).made.mapping["samples"][2:] == ["EU, EU", "••••4711, ••••4711"]
    assert [each.cells[3] for each in import_outcomes.left_out(service.rt, id).lines] == [""]
    assert NUMBER not in repr(lines(service, id))
    service.clock.advance(11)
    service.drain()
    assert NUMBER.lower().encode() not in kept(service), "while it waits to be imported"
    assert NUMBER.encode() not in backed_up(service, tmp_path / "elsewhere" / "one.zip")
    applied(service, id)
    service.clock.advance(11)
    service.drain()
    assert stands(service, "anna@example.org") == {"region": "EU", "insurance-number": "4711"}
    assert NUMBER.lower().encode() not in kept(service)
    assert NUMBER not in caplog.text
    assert NUMBER.encode() not in backed_up(service, tmp_path / "elsewhere" / "two.zip")
    [left] = import_outcomes.left_out(service.rt, id).lines
    assert left.cells == ("no address", "Bob", "EU", "")


@pytest.mark.capability("S4-36", "S4-37")
def test_lines_that_are_kept_hold_nothing_more_of_a_field_that_became_sensitive(service: World, people: People) -> None:
    people.contact("bob@example.org")
    people.say(people.contact("bob@example.org"), Withdrawn(How.PAGE))
    text = (
        "email,name,Region,Number\n"
        "anna@example.org,Anna,Saxony,\n"
        "anna@example.org,Anna,Saxony,\n"
        "bob@example.org,Bob,Saxony,\n"
        "no address,Eve,Saxony,\n"
    )
    done, waiting = checked(service, text), checked(service, text)
    applied(service, done)
    imports.plan(service.rt, waiting, imports.look(service.rt, waiting).plan, now=service.now)
    with transaction(service.rt.engine) as session:
        region = fields.find(session, "region")
        assert region is not None
        fields.save(session, replace(region, sensitive=True))
        profile.owe_sealing(session, region, now=service.now)
    service.clock.advance(11)
    service.drain()
    left = import_outcomes.left_out(service.rt, done).lines
    assert [each.cells for each in left] == [
        ("bob@example.org", "Bob", "", ""),
        ("no address", "Eve", "", ""),
    ]
    assert imports.look(service.rt, waiting).made.mapping["samples"][2] == "••••ny, ••••ny"
    assert "Saxony" not in repr(lines(service, waiting))
    assert b"saxony" not in kept(service)
    applied(service, waiting)
    service.clock.advance(11)
    service.drain()
    assert b"saxony" not in kept(service)
    shown = staff_acts.reveal(service.rt, "anna@example.org", "region", by="x", now=service.now)
    assert shown.text == "Saxony"


def test_a_field_that_there_is_not_is_refused_and_nothing_is_read_of_fields_where_none_is_filled(
    service: World,
) -> None:
    text = "".join(("email,name\n", *(f"n{at}@example.org,N\n" for at in range(250))))
    made = imports.start(service.rt, text.encode(), name="fair.csv", by="x", called="x", now=service.now)
    plan = replace(imports.plan_of(made), purpose="newsletter", meaning=Meaning.GIVEN)
    with pytest.raises(UnknownField):
        imports.plan(service.rt, made.id, replace(plan, fields={1: "no-such"}), now=service.now)
    said: list[str] = []
    event.listen(service.rt.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    imports.plan(service.rt, made.id, plan, now=service.now)
    applied(service, made.id)
    assert not [each for each in said if "contact_value" in each or "profile_field" in each]


def test_fields_of_many_lines_are_written_in_as_many_statements_as_of_one(service: World) -> None:
    said: list[str] = []
    event.listen(service.rt.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    counts = []
    for name, lines in (("a", 1), ("b", 100)):
        rows = (f"{name}{at}@example.org,N,EU,{NUMBER}\n" for at in range(lines))
        id = checked(service, "".join(("email,name,Region,Number\n", *rows)))
        said.clear()
        applied(service, id)
        counts.append(len([each for each in said if "contact_value" in each]))
    assert counts[1] <= counts[0] + 3, counts


@pytest.mark.capability("S4-36", "S4-37", "S5-10")
def test_columns_that_mean_something_else_are_read_as_the_file_had_them(service: World) -> None:
    text = f"email,name,Region,Number\nanna@example.org,Anna,Saxony,{NUMBER}\nbob@example.org,Bob,,{NUMBER}\n"
    id = checked(service, text)
    whole = imports.look(service.rt, id).plan
    imports.plan(service.rt, id, replace(whole, fields={2: "insurance-number"}), now=service.now)
    assert [each.cells for each in lines(service, id)] == [
        ("anna@example.org", "Anna", "", NUMBER),
        ("bob@example.org", "Bob", "", NUMBER),
    ]
    assert imports.look(service.rt, id).made.mapping["samples"][2:] == ["••••ny", f"{NUMBER}, {NUMBER}"]
    imports.plan(service.rt, id, replace(whole, fields={}), now=service.now)
    assert [each.cells[2] for each in lines(service, id)] == ["Saxony", ""]
    assert not any(each.sealed for each in lines(service, id))
    imports.plan(service.rt, id, whole, now=service.now)
    imports.mend(service.rt, id, {(2, 1): "Anna Ott"}, now=service.now)
    assert [(each.cells[3], [*each.sealed]) for each in lines(service, id)] == [("", [3]), ("", [3])]
    applied(service, id)
    shown = staff_acts.reveal(service.rt, "anna@example.org", "insurance-number", by="x", now=service.now)
    assert shown.text == NUMBER
    assert stands(service, "anna@example.org") == {"region": "Saxony", "insurance-number": "4711"}


@pytest.mark.capability("S4-36", "S5-10")
def test_lines_whose_sealing_was_interrupted_are_sealed_by_the_worker(service: World) -> None:
    event.listen(service.rt.engine, "before_cursor_execute", died_at_a_line)
    with pytest.raises(Died):
        checked(service, f"email,name,Region,Number\na@example.org,A,,{NUMBER}\nb@example.org,B,,{NUMBER}\n")
    event.remove(service.rt.engine, "before_cursor_execute", died_at_a_line)
    [made] = imports.latest(service.rt)
    assert [each.cells[3] for each in lines(service, made.id)] == [NUMBER, NUMBER]
    service.clock.advance(11)
    service.drain()
    assert [each.cells[3] for each in lines(service, made.id)] == ["", ""]
    assert NUMBER.lower().encode() not in kept(service)
    with pytest.raises(PlanChanged):
        imports.apply(service.rt, made.id, leave_out=True, now=service.now)
    imports.mend(service.rt, made.id, {}, now=service.now)
    applied(service, made.id)
    assert stands(service, "b@example.org") == {"insurance-number": "4711"}


def test_lines_that_are_sealed_are_not_gone_through_again_by_each_check(service: World) -> None:
    rows = "".join(f"n{at}@example.org,N,EU,{NUMBER}\n" for at in range(600))
    id = checked(service, f"email,name,Region,Number\n{rows}")
    said: list[str] = []
    event.listen(service.rt.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    imports.mend(service.rt, id, {(2, 1): "Anna"}, now=service.now)
    assert len([each for each in said if "FROM import_line" in each and "ORDER BY" in each]) <= 3, (
        "the line, and all once"
    )
    imports.plan(service.rt, id, replace(imports.look(service.rt, id).plan, fields={2: "region"}), now=service.now)
    assert not any(each.sealed for each in every_line(service, id))
    imports.plan(
        service.rt, id, replace(imports.look(service.rt, id).plan, fields={2: "insurance-number"}), now=service.now
    )
    assert {(each.cells[2], each.cells[3]) for each in every_line(service, id)} == {("", NUMBER)}


def test_cells_that_wait_are_sealed_with_the_newest_key_and_those_no_key_opens_are_counted(service: World) -> None:
    id = checked(service, f"email,name,Region,Number\na@example.org,A,,{NUMBER}\nb@example.org,B,,{NUMBER}\n")
    fresh = ring_of("another-secret-for-tests-0123456789-abcdefg", source="test").newest
    turned = replace(service.rt, ring=KeyRing((fresh, *service.rt.ring.keys)))
    assert import_cells.seal_anew(turned) == (2, 0)
    assert import_cells.seal_anew(turned) == (0, 0)
    alone = replace(service.rt, ring=KeyRing((fresh,)))
    assert [import_cells.opened(alone, id, each).cells[3] for each in lines(service, id)] == [NUMBER, NUMBER]
    assert import_cells.seal_anew(service.rt) == (0, 2)


class Died(Exception):
    """The process ended."""


def died_at_a_line(*args: Any) -> None:
    if args[2].startswith("UPDATE import_line") and "verdict" not in args[2]:
        raise Died


def lines(service: World, id: UUID) -> list[ImportLine]:
    with snapshot(service.rt.engine) as session:
        return stored.lines(session, id, limit=99)


def every_line(service: World, id: UUID) -> list[ImportLine]:
    with snapshot(service.rt.engine) as session:
        return stored.lines(session, id, limit=1000)


def backed_up(service: World, target: Path) -> bytes:
    """The database in a backup; of PostgreSQL what it writes in a format of its own."""
    backup.create(service.rt, target, version="1")
    with ZipFile(target) as archive:
        return archive.read("database")
