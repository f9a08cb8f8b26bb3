"""Tampering: what the database refuses by itself, and what `verify` names when somebody got past that."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from booking_service.actions.consent.seal import seal_due
from booking_service.actions.consent.verify import FindingKind, KeptHead, verify, verify_in
from booking_service.actions.operations.checks import checks
from booking_service.actions.operations.findings import Level
from booking_service.domain.consent import Act, How
from booking_service.domain.consent_moves import Draft, Recorded, Withdrawn
from booking_service.domain.purposes import Part, Wording, texts_of
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from booking_service.storage.tables.consent import StandingRow
from booking_service.storage.tables.ledger import (
    LedgerDetailRow,
    LedgerEntryRow,
    LedgerHeadRow,
    LedgerLeafRow,
)
from booking_service.storage.tables.purpose import WordingRow
from tests.actions.consent.people import People
from tests.world import World

EVIDENCE = ("wording", "ledger_entry", "ledger_detail", "ledger_leaf", "ledger_head")
CHANGES = {
    "wording": "UPDATE wording SET texts = '{}'",
    "ledger_entry": "UPDATE ledger_entry SET act = 'given'",
    "ledger_detail": "UPDATE ledger_detail SET body = '{}'",
    "ledger_leaf": "UPDATE ledger_leaf SET position = position + 100",
    "ledger_head": "UPDATE ledger_head SET size = size + 100",
}


@pytest.fixture
def written(service: World, people: People) -> World:
    """Three contacts with something of each kind, all sealed."""
    wording = Wording(
        purpose="newsletter",
        language="en",
        version=1,
        texts=texts_of({Part.BOX: "Send me the newsletter."}),
        made_at=service.clock.now(),
        made_by="staff:bob",
    )
    with transaction(service.rt.engine) as session:
        purposes.add_wording(session, wording)
    for number in range(3):
        contact = people.contact(f"p{number}@example.org")
        people.double(contact)
        people.say(contact, Withdrawn(How.PAGE))
        seal_due(service.rt, now=service.clock.now())
    people.say(
        people.contact("q@example.org"),
        Recorded(staff="bob"),
        source="fair",
        given_on=None,
        optin_id="card-17",
        who="Q",
    )
    seal_due(service.rt, now=service.clock.now())
    return service


def found(service: World, kept: KeptHead | None = None) -> dict[FindingKind, str]:
    findings = verify(service.rt, now=service.clock.now(), kept=kept).findings
    return {each.kind: each.sentence for each in findings}


@contextmanager
def tampered(service: World, *statements: str) -> Iterator[Callable[..., dict[FindingKind, str]]]:
    """The database as somebody left it who owns it: guards taken away, rows changed, guards put back. All of it is undone
    at the end; within, what is yielded says what `verify` finds."""
    with Session(service.rt.engine) as session:
        connection = session.connection()
        guards = guards_taken_away(connection)
        for each in statements:
            assert connection.execute(text(each)).rowcount > 0, each
        for guard in guards:
            connection.exec_driver_sql(guard)

        def found_there(kept: KeptHead | None = None) -> dict[FindingKind, str]:
            findings = verify_in(service.rt, session, now=service.clock.now(), kept=kept).findings
            return {each.kind: each.sentence for each in findings}

        yield found_there
        session.rollback()


def guards_taken_away(connection: Connection) -> list[str]:
    """What puts the guards back."""
    if connection.dialect.name == "postgresql":
        named = text(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'"
        )
        made = connection.execute(named).all()
        for table, name in made:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {name}"))
        return [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name in made]
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name <> 'stretch'"
    made = connection.execute(text(query)).all()
    for name, _ in made:
        connection.execute(text(f"DROP TRIGGER {name}"))
    return [sql for _, sql in made]


def refused(service: World, statement: str) -> str:
    with pytest.raises(IntegrityError) as error, service.rt.engine.begin() as connection:
        connection.execute(text(statement))
    return str(error.value.orig)


@pytest.mark.promise("I9")
def test_the_database_refuses_to_change_remove_or_replace_evidence(written: World) -> None:
    postgresql = written.rt.engine.dialect.name == "postgresql"
    for table, change in CHANGES.items():
        assert f"{table}_no_update" in refused(written, change)
        assert f"{table}_no_delete" in refused(written, f"DELETE FROM {table}")
        if postgresql:
            assert f"{table}_no_truncate" in refused(written, f"TRUNCATE {table} CASCADE")
        else:
            assert f"{table}_no_" in refused(written, f"REPLACE INTO {table} SELECT * FROM {table}")
            assert f"{table}_no_" in refused(written, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
    assert found(written) == {}


def test_a_connection_without_our_settings_replaces_nothing_either(written: World) -> None:
    if written.rt.engine.dialect.name == "postgresql":
        return  # which has no INSERT OR REPLACE
    with closing(sqlite3.connect(written.rt.engine.url.database or "")) as connection:
        for table in EVIDENCE:
            with pytest.raises(sqlite3.IntegrityError, match=f"{table}_no_replace"):
                connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


def test_an_entry_that_does_not_follow_its_predecessor_is_refused(written: World) -> None:
    columns = "contact_id, number, purpose, act, by, how, implied, at, until, wording, refers, detail, previous, hash"
    gap = columns.replace("number", "number + 1", 1)
    fresh = "'ffffffffffffffffffffffffffffffff'"
    if written.rt.engine.dialect.name == "postgresql":
        fresh = "gen_random_uuid()"
    for wrong in (gap, columns.replace("number", "number + 3", 1)):
        statement = (
            f"INSERT INTO ledger_entry (id, {columns}) SELECT {fresh}, {wrong} FROM ledger_entry WHERE number = 3"
        )
        assert "ledger_entry_follows" in refused(written, f"{statement} LIMIT 1")


def test_a_detail_goes_only_once_its_contact_is_erased_later(written: World, people: People) -> None:
    contact = people.contact("p0@example.org")
    other = people.contact("p1@example.org")
    with transaction(written.rt.engine) as session:
        from_now = Draft(purpose="*", act=Act.ERASED, by="contact", how=How.PAGE)
        people.append(session, contact, from_now)
    of = "DELETE FROM ledger_detail WHERE entry_id IN (SELECT id FROM ledger_entry WHERE contact_id = :id)"
    plain = written.rt.engine.dialect.name == "postgresql"
    with written.rt.engine.begin() as connection:
        assert connection.execute(text(of), {"id": contact if plain else contact.hex}).rowcount == 3
    with pytest.raises(IntegrityError), written.rt.engine.begin() as connection:
        connection.execute(text(of), {"id": other if plain else other.hex})
    seal_due(written.rt, now=written.clock.now())
    assert found(written) == {}


def test_a_time_stamp_is_filled_in_once(written: World) -> None:
    stamp = "UPDATE ledger_head SET anchor = root"
    with written.rt.engine.begin() as connection:
        connection.execute(text(stamp))
    refused(written, stamp)
    assert found(written).keys() == {FindingKind.STAMP}, "bytes that are no time stamp are named"


_SECOND = "(SELECT id FROM ledger_entry WHERE number = 2 ORDER BY contact_id LIMIT 1)"
_THIRD = _SECOND.replace("2", "3")
_LAST = "(SELECT max(position) FROM ledger_leaf)"
TAMPERED: dict[str, tuple[tuple[str, ...], set[FindingKind]]] = {
    "an act": ((f"UPDATE ledger_entry SET act = 'given' WHERE id = {_SECOND}",), {FindingKind.HASH}),
    "who said no": (
        (f"UPDATE ledger_entry SET by = 'staff:x' WHERE id = {_THIRD}",),
        {FindingKind.HASH, FindingKind.STANDING},
    ),
    "an instant": ((f"UPDATE ledger_entry SET until = at WHERE id = {_SECOND}",), {FindingKind.HASH}),
    "a body": (
        ("UPDATE ledger_detail SET body = '{}' WHERE optin_id = 'card-17'",),
        {FindingKind.DETAIL, FindingKind.COPY},
    ),
    "a source": (("UPDATE ledger_detail SET source = 'x' WHERE optin_id = 'card-17'",), {FindingKind.COPY}),
    "an id from outside": (("UPDATE ledger_detail SET optin_id = 'x' WHERE optin_id = 'card-17'",), {FindingKind.COPY}),
    "a detail that goes": (("DELETE FROM ledger_detail WHERE optin_id = 'card-17'",), {FindingKind.DETAIL}),
    "a link": (
        (f"UPDATE ledger_entry SET previous = hash WHERE id = {_SECOND}",),
        {FindingKind.LINK, FindingKind.HASH},
    ),
    "a number": ((f"UPDATE ledger_entry SET number = 9 WHERE id = {_SECOND}",), {FindingKind.LINK, FindingKind.HASH}),
    "a text": (("UPDATE wording SET texts = '{}'",), {FindingKind.WORDING}),
    "a leaf": (("UPDATE ledger_leaf SET leaf = entry_id WHERE position = 1",), {FindingKind.LEAF, FindingKind.HEAD}),
    "two leaves": (
        (
            "UPDATE ledger_leaf SET position = -1 WHERE position = 0",
            "UPDATE ledger_leaf SET position = 0 WHERE position = 1",
            "UPDATE ledger_leaf SET position = 1 WHERE position = -1",
        ),
        {FindingKind.HEAD},
    ),
    "a root": (("UPDATE ledger_head SET root = frontier WHERE size = 3",), {FindingKind.HEAD}),
    "a place": (("DELETE FROM ledger_leaf WHERE position = 4",), {FindingKind.LEAF, FindingKind.HEAD}),
    "the last place": ((f"DELETE FROM ledger_leaf WHERE position = {_LAST}",), {FindingKind.LEAF, FindingKind.HEAD}),
    "the cache": (("UPDATE standing SET basis = 'double'",), {FindingKind.STANDING}),
    "the cache of one": (("DELETE FROM standing WHERE basis = 'user'",), {FindingKind.STANDING}),
}


@pytest.mark.promise("I9")
def test_whatever_somebody_changes_past_the_guards_is_named(written: World) -> None:
    for what, (statements, kinds) in TAMPERED.items():
        made = tuple(_on(written.rt.engine.dialect.name, each) for each in statements)
        with tampered(written, *made) as found_there:
            assert found_there().keys() == kinds, what
    assert found(written) == {}


UNBOUND = {"ledger_head.at"}  # when a head was written down, over which no hash is
TABLES = (WordingRow, LedgerEntryRow, LedgerDetailRow, LedgerLeafRow, LedgerHeadRow, StandingRow)


@pytest.mark.promise("I9")
@pytest.mark.capability("S3-08")
def test_no_column_of_the_evidence_can_be_changed_by_a_little_without_being_named(written: World) -> None:
    unnamed = []
    with Session(written.rt.engine) as session:
        connection = session.connection()
        guards_taken_away(connection)
        for column in [each for table in TABLES for each in table.__table__.columns]:  # type: ignore[attr-defined]
            keys = list(column.table.primary_key)
            filled = select(*keys, column.label("value")).where(column.is_not(None)).order_by(*keys)
            row = connection.execute(filled).mappings().first()
            if row is None:
                continue
            change = update(column.table).values({column.name: _a_little_different(row["value"])})
            with suppress(IntegrityError), connection.begin_nested() as point:
                connection.execute(change.where(*(key == row[key.name] for key in keys)))
                findings = verify_in(written.rt, session, now=written.clock.now()).findings
                unnamed += [] if {each.kind for each in findings} - {FindingKind.GUARD} else [str(column)]
                point.rollback()
        session.rollback()
    assert set(unnamed) == UNBOUND
    assert found(written) == {}


def _a_little_different(value: Any) -> Any:
    """One bit of bytes, one character of a text, one more, another id, a second later."""
    match value:
        case bool():
            return not value
        case bytes():
            return bytes([*value[:-1], value[-1] ^ 1]) if value else b"\0"
        case str():
            return f"{value}x"
        case int():
            return value + 1000
        case UUID():
            return UUID(int=value.int ^ 1)
        case datetime():
            return value + timedelta(seconds=1)
        case date():
            return value + timedelta(days=1)
    raise AssertionError(value)


@pytest.mark.promise("I9")
def test_a_tail_cut_off_with_its_head_is_shown_by_a_head_kept_elsewhere(written: World) -> None:
    before = verify(written.rt, now=written.clock.now())
    kept = KeptHead(before.size, before.root)
    assert found(written, kept) == {}
    assert "The first 6 entries are not those" in found(written, KeptHead(6, before.root))[FindingKind.HEAD]
    last = f"SELECT entry_id FROM ledger_leaf WHERE position = {_LAST}"
    cut = (
        "DELETE FROM standing WHERE basis = 'user'",
        f"DELETE FROM ledger_detail WHERE entry_id = ({last})",
        f"DELETE FROM ledger_entry WHERE id = ({last})",
        f"DELETE FROM ledger_leaf WHERE position = {_LAST}",
        "DELETE FROM ledger_head WHERE size = (SELECT max(size) FROM ledger_head)",
    )
    with tampered(written, *cut) as found_there:
        assert found_there() == {}
        assert "its end is gone" in found_there(kept)[FindingKind.HEAD]


def test_an_entry_whose_leaf_is_lost_and_one_that_nobody_seals_are_named(written: World, people: People) -> None:
    people.say(people.contact("late@example.org"), Recorded(staff="bob"))
    assert found(written) == {}
    written.clock.advance(timedelta(minutes=11).total_seconds())
    assert "a worker has to run" in found(written)[FindingKind.UNSEALED]
    with tampered(written, "DELETE FROM ledger_unsealed") as found_there:
        assert "is not in the tree" in found_there()[FindingKind.LEAF]


def test_missing_guards_are_named_by_verify_and_by_check(written: World) -> None:
    with written.rt.engine.begin() as connection:
        if written.rt.engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_no_update"))
        else:
            connection.execute(text("DROP TRIGGER ledger_entry_no_update"))
    assert "ledger_entry_no_update" in found(written)[FindingKind.GUARD]
    named = [each for each in checks(written.rt, now=written.clock.now()) if each.subject == "ledger"]
    assert [each.level for each in named] == [Level.PROBLEM]
    assert "ledger_entry_no_update" in named[0].sentence


def _on(dialect: str, statement: str) -> str:
    """A leaf of other bytes, which the two databases spell differently."""
    other = "decode(repeat('00', 32), 'hex')" if dialect == "postgresql" else "zeroblob(32)"
    return statement.replace("leaf = entry_id", f"leaf = {other}").replace("root = frontier", f"root = {other}")
