"""Lines of imported files hold what people never gave this service: they go with their person at once, and in time by themselves."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from booking_service.actions.consent import import_outcomes, imports
from booking_service.actions.consent.import_check import LineVerdict
from booking_service.actions.consent.imports import UnknownImport
from booking_service.actions.consent.pace import Pace
from booking_service.actions.consent.seal import seal_due
from booking_service.actions.consent.verify import verify
from booking_service.actions.operations.timers import each_half_minute
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.consent import Basis
from booking_service.domain.consent_file import Meaning
from booking_service.domain.consent_moves import OptedOut, Recorded
from booking_service.domain.privacy import Mode
from booking_service.storage import contacts, standings
from booking_service.storage.engine import snapshot
from booking_service.storage.tables.consent import ConsentImportRow, ImportLineRow
from tests.actions.consent.people import People
from tests.world import World

WORDS = (rb"(?<![a-z.])anna@example\.org", b"muster", rb"90\s?18\s?20(?!1)")  # all of it in lower case
LIST = """email,name,phone
ANNA@Example.org,Annabell Muster,
joanna@example.org,Jo,
"tom@example.org, <anna@example.org>",Annabell Muster,
,Annabell Muster,+49 (0)30 / 90 18 20
eve@example.org,Eve,+49 30 9018201
"""
WRONG = "email,name,optin_date\nanna@example.org,Annabell Muster,31.02.2026\nbob@example.org,Bob,2025-01-02\n"


def brought(service: World, text: str, *, check: bool = True, apply: bool = False) -> UUID:
    rt, now = service.rt, service.now
    made = imports.start(rt, text.encode(), name="fair.csv", by="staff:x", called="x", now=now)
    if check:
        imports.plan(rt, made.id, replace(imports.plan_of(made), purpose="newsletter", meaning=Meaning.GIVEN), now=now)
    if apply:
        imports.apply(rt, made.id, leave_out=True, now=now)
    return made.id


def carried_out(service: World, id: UUID) -> None:
    while imports.carry_on(service.rt, id, now=service.now):
        pass


def kept(service: World) -> bytes:
    """What is kept of imports; of a database in a file every byte of that and of what stands beside it."""
    with snapshot(service.rt.engine) as session:
        lines = [row.model_dump() for row in session.exec(select(ImportLineRow))]
        files = [row.model_dump() for row in session.exec(select(ConsentImportRow))]
    found = [repr((lines, files)).encode()]
    if service.rt.engine.name == "sqlite":
        folder: Path = service.rt.settings.data_dir
        found += [each.read_bytes() for each in folder.rglob("*") if each.is_file()]
    return b"".join(found).lower()


@pytest.mark.capability("S4-25")
def test_lines_that_name_whoever_is_erased_go_at_once_from_every_import(service: World, people: People) -> None:
    anna = people.contact("anna@example.org", phone="+4930901820", name="Annabell Muster")
    people.say(anna, Recorded(staff="x"), source="card", given_on=date(2025, 1, 2))
    draft, waiting = brought(service, LIST, check=False), brought(service, LIST, apply=True)
    done = brought(service, WRONG, apply=True)
    carried_out(service, done)
    assert all(re.search(each, kept(service)) for each in WORDS)
    decider = Decider(staff="x", reason="a letter")
    erasure.erase(service.rt, "anna@example.org", decider, mode=Mode.WHOLE, now=service.now)
    everything = kept(service)
    for each in WORDS:
        assert not re.search(each, everything), each
    with pytest.raises(UnknownImport):
        import_outcomes.left_out(service.rt, draft)
    imports.plan(
        service.rt,
        draft,
        replace(imports.look(service.rt, draft).plan, purpose="newsletter", meaning=Meaning.GIVEN),
        now=service.now,
    )
    first = import_outcomes.show(service.rt, draft, now=service.now).lines
    assert [(each.number, each.line.name) for each in first if each.line] == [(3, "Jo"), (6, "Eve")], (
        "of others nothing goes"
    )
    carried_out(service, waiting)
    with snapshot(service.rt.engine) as session:
        assert contacts.by_address(session, "anna@example.org") is None, "an import on its way brings nobody back"
        assert contacts.by_address(session, "joanna@example.org") is not None
    assert import_outcomes.left_out(service.rt, done).lines == ()
    assert imports.look(service.rt, done).counts[LineVerdict.NEW] == 1


@pytest.mark.capability("S4-25")
@pytest.mark.parametrize("meaning", list(Meaning))
def test_a_file_brings_nobody_back_who_was_erased(service: World, people: People, meaning: Meaning) -> None:
    anna = people.contact("anna@example.org", name="Annabell Muster")
    people.say(anna, Recorded(staff="x"), source="card", given_on=date(2025, 1, 2))
    erasure.erase(
        service.rt, "anna@example.org", Decider(staff="x", reason="a letter"), mode=Mode.WHOLE, now=service.now
    )
    later = brought(service, "email,name\nanna@example.org,Annabell Muster\nbob@example.org,Bob\n", check=False)
    plan = imports.plan_of(imports.look(service.rt, later).made)
    imports.plan(service.rt, later, replace(plan, purpose="newsletter", meaning=meaning), now=service.now)
    foreseen = imports.look(service.rt, later).counts
    imports.apply(service.rt, later, leave_out=True, now=service.now)
    carried_out(service, later)
    with snapshot(service.rt.engine) as session:
        assert contacts.by_address(session, "anna@example.org") is None
        assert contacts.by_address(session, "bob@example.org") is not None
    assert imports.look(service.rt, later).counts == foreseen


def test_what_no_entry_came_of_is_kept_for_thirty_days_and_no_longer(service: World) -> None:
    draft, checked, done = (
        brought(service, LIST, check=False),
        brought(service, LIST),
        brought(service, WRONG, apply=True),
    )
    carried_out(service, done)
    under_way = brought(service, "email\nzoe@example.org\n", apply=True)
    service.clock.advance(30 * 86_400)
    each_half_minute(service.rt, now=service.now)
    left_out = import_outcomes.left_out(service.rt, done).lines
    assert [each.cells[1] for each in left_out] == ["Annabell Muster"]
    assert imports.look(service.rt, draft).made.state == imports.COLUMNS
    service.clock.advance(1)
    for _ in range(2):
        each_half_minute(service.rt, now=service.now)
    for gone in (draft, checked):
        with pytest.raises(UnknownImport):
            imports.look(service.rt, gone)
    with pytest.raises(UnknownImport):
        import_outcomes.left_out(service.rt, done)
    found = imports.look(service.rt, done)
    assert (found.made.state, found.counts[LineVerdict.NEW], found.counts[LineVerdict.LEFT_OUT]) == (imports.OVER, 1, 1)
    imports.apply(service.rt, done, leave_out=True, now=service.now)
    with snapshot(service.rt.engine) as session:
        lines = list(session.exec(select(ImportLineRow).order_by(ImportLineRow.number)))  # type: ignore[arg-type]
        assert [row.values for row in lines if row.import_id == done] == [{}, {}]
    carried_out(service, under_way)
    assert imports.look(service.rt, under_way).counts[LineVerdict.NEW] == 1, "what was decided is done"


@pytest.mark.parametrize("meaning", [Meaning.GIVEN, Meaning.OUT_THEIRS])
def test_lines_of_one_mailbox_count_in_their_order_though_they_are_applied_together(
    service: World, people: People, meaning: Meaning
) -> None:
    """The no of an address reaches the other addresses of its mailbox, those as well that come in with it; what a line says is
    written down though another said so before it."""
    people.double(people.contact("kay@example.org"))
    text = "email\nkay+news@gmail.com\nbob@example.org\nkay@gmail.com\nBOB@example.org\nkay@example.org\n"
    id = brought(service, text, check=False)
    plan = imports.plan_of(imports.look(service.rt, id).made)
    imports.plan(service.rt, id, replace(plan, purpose="newsletter", meaning=meaning), now=service.now)
    imports.apply(service.rt, id, leave_out=False, now=service.now)
    carried_out(service, id)
    with snapshot(service.rt.engine) as session:
        known = [
            contacts.by_address(session, each) for each in ("kay+news@gmail.com", "kay@gmail.com", "bob@example.org")
        ]
        assert len({contact.id for contact in known if contact}) == 3
        stands = [[standings.of_contact(session, each.id)["newsletter"].basis for each in known if each]]
        lines = session.exec(select(ImportLineRow).order_by(col(ImportLineRow.number)))
        verdicts = [row.verdict.removeprefix("done:") for row in lines]
    outs = meaning is Meaning.OUT_THEIRS
    assert verdicts == ["new", "new", "new", "same", "added" if outs else "same"]
    assert stands == [[Basis.OUT_CONTACT if outs else Basis.USER] * 3]
    chains = [len(people.chain(each.id)) for each in known if each]
    assert chains == [1, 1, 1]
    seal_due(service.rt, now=service.now)
    assert verify(service.rt, now=service.now).findings == ()


def test_somebody_who_comes_in_with_the_number_of_another_is_shown_with_the_noes_to_everything_else_too(
    service: World, people: People
) -> None:
    bea = people.contact("bea@example.org", phone="+4930901820")
    people.say(bea, OptedOut(staff="x"), "calls")
    carried_out(service, brought(service, "phone,name\n+49 30 901820,Office\n", apply=True))
    seal_due(service.rt, now=service.now)
    with snapshot(service.rt.engine) as session:
        office = contacts.by_phone(session, "+4930901820")
        assert office is not None
        shown = standings.of_contact(session, office.id)
    assert shown["newsletter"].basis is Basis.USER
    assert shown["calls"].basis is Basis.OUT_USER
    assert verify(service.rt, now=service.now).findings == ()


@pytest.mark.parametrize(("piece_s", "taken"), [(0.01, [50, 100, 100]), (0.1, [25, 25, 25]), (0.05, [25, 25, 25])])
def test_as_many_lines_are_taken_at_a_time_as_keep_others_from_writing_for_a_moment(
    service: World, monkeypatch: pytest.MonkeyPatch, piece_s: float, taken: list[int]
) -> None:
    """By what the last ones took, whatever the machine is busy with; and the rest is as long."""
    lines = "".join(f"p{number}@example.org\n" for number in range(200))
    id, pace, rested = brought(service, f"email\n{lines}", apply=True), Pace(), list[float]()
    monkeypatch.setattr(imports, "monotonic", count(0.0, piece_s).__next__)
    monkeypatch.setattr("booking_service.actions.consent.pace.sleep", rested.append)
    at, found = 0, list[int]()
    for _ in taken:
        at, before = imports.carry_on(service.rt, id, behind=at, pace=pace, now=service.now), at
        assert at > before
        found.append(pace.size)
    assert found == taken
    assert rested == pytest.approx([piece_s] * len(taken))
    while at:
        at = imports.carry_on(service.rt, id, behind=at, pace=pace, now=service.now)
    assert imports.look(service.rt, id).applied == 200


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_the_journal_is_moved_into_the_file_while_an_import_rests(service: World) -> None:
    """SQLite does it by itself in the commit of whoever makes the journal long, for which all others wait."""
    engine = service.rt.engine
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA wal_autocheckpoint = 0"))
    engine.dispose()
    brought(service, "email\n" + "".join(f"p{number}@example.org\n" for number in range(400)), apply=True)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert in_file(service) == 0
    service.drain()
    assert in_file(service) >= 100


def in_file(service: World) -> int:
    """Contacts in the file itself, without its journal."""
    with closing(sqlite3.connect(f"file:{service.rt.engine.url.database}?immutable=1", uri=True)) as file:
        return int(file.execute("SELECT count(*) FROM contact").fetchone()[0])
