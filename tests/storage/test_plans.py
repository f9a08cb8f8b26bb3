"""What is looked up is found by an index, on both databases. On SQLite tests/plans.py asks that of every statement."""

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from booking_service.domain.contact_filter import ContactCursor, Filter
from booking_service.domain.purposes import Purpose, PurposeKind
from booking_service.storage import bookings, consistency, contact_lists, contacts, outbox
from booking_service.storage.engine import open_engine, snapshot, transaction
from booking_service.storage.prefixes import begins_with
from booking_service.storage.tables.outbox import OutboxRow
from tests import plans
from tests.databases import start_empty
from tests.statements import statements

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)
LANES = (
    "mail:a_b:x",
    "mail:a_b:",
    "mail:a_b",
    "mail:acb:x",
    "MAIL:a_b:x",
    "mail:a_b:\U0010fffe",
    "mail:a_c",
    "mail:a%b:",
)


def owed(engine: Engine, *lanes: str) -> None:
    with transaction(engine) as session:
        for lane in lanes:
            session.add(OutboxRow(key=lane, kind="mail", lane=lane, payload={}, due_at=NOW, created_at=NOW))


@pytest.mark.parametrize("name", plans.WHOLE)
def test_each_exception_is_a_function_of_ours(name: str) -> None:
    module, _, function = name.partition(":")
    assert callable(getattr(import_module(f"booking_service.{module.replace('/', '.')}"), function))


def test_a_statement_that_reads_a_whole_table_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start_empty(tmp_path / "booking.db")
    monkeypatch.delitem(plans.WHOLE, "storage/consistency:mail_keys")
    monkeypatch.setattr(plans, "_SEEN", set())
    engine = open_engine(f"sqlite:///{tmp_path / 'booking.db'}")
    with snapshot(engine) as session, pytest.raises(plans.WholeTableRead, match="mail_keys reads all of outbox"):
        consistency.mail_keys(session)
    engine.dispose()


@pytest.mark.parametrize("beginning", ["mail:a_b:", "mail:a", "mail:a%b:", "", "nobody"])
def test_what_begins_so_is_found_letter_by_letter(engine: Engine, beginning: str) -> None:
    owed(engine, *LANES)
    with snapshot(engine) as session:
        lane = col(OutboxRow.lane)
        found = set(session.execute(select(lane).where(begins_with(lane, beginning))).scalars())
    assert found == {each for each in LANES if each.startswith(beginning)}


def plans_of(session: Session, run: list[tuple[str, Any]]) -> dict[str, str]:
    """How each of these statements is answered. PostgreSQL reads a small table whole whatever there is, so that it is told to avoid
    that."""
    asked = list(run)
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        session.connection().exec_driver_sql("SET LOCAL enable_sort = off")
    explained = "EXPLAIN QUERY PLAN" if session.get_bind().dialect.name == "sqlite" else "EXPLAIN"
    return {
        statement: "\n".join(
            str(row[-1]) for row in session.connection().exec_driver_sql(f"{explained} {statement}", values)
        )
        for statement, values in asked
    }


@pytest.mark.parametrize("standing", ["", "double", "pending", "never"])
def test_a_long_list_of_contacts_is_gone_through_in_its_order(engine: Engine, standing: str) -> None:
    purpose = Purpose(id=UUID(int=1), slug="newsletter", kind=PurposeKind.EMAIL)
    wanted, behind = Filter(standing=standing), ContactCursor(NOW, UUID(int=2))
    with snapshot(engine) as session, statements(session.get_bind()) as run:  # type: ignore[arg-type]
        contact_lists.page_of(session, wanted, purpose, now=NOW, after=behind, limit=25, long=True)
        [plan] = plans_of(session, run).values()
    assert "contact_by_change" in plan
    assert "TEMP B-TREE" not in plan


def test_nothing_that_is_looked_up_needs_the_whole_table(engine: Engine) -> None:
    with snapshot(engine) as session, statements(session.get_bind()) as run:  # type: ignore[arg-type]
        contacts.by_address(session, "grace@example.net")
        contacts.by_addresses(session, {"grace@example.net", "ada@example.org"})
        outbox.has_failed(session, "mail:1:", kind="mail")
        outbox.count_dead(session)
        outbox.dead_rows(session, limit=10)
        outbox.open_rows(session)
        outbox.open_with_lane(session, "mail:1:")
        bookings.beginning_with(session, "0190a1")
        read = plans_of(session, run)
    assert len(read) == 8
    assert {name: plan for name, plan in read.items() if "Index" not in plan and "INDEX" not in plan} == {}
