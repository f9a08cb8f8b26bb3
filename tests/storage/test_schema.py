"""The schema as the migrations make it: the same as the tables say, and it refuses overlaps by itself."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from pkgutil import iter_modules
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from booking_service.storage import migrations, tables
from booking_service.storage.engine import Overlap, open_engine, transaction
from booking_service.storage.migrations import SchemaTooNew
from booking_service.storage.tables.booking import BookingRow, ReservationRow, StretchRow
from booking_service.storage.tables.columns import Row
from booking_service.storage.tables.metadata import METADATA
from booking_service.storage.tables.setup import HostRow, MeetingTypeRow
from tests.storage.revisions import alembic_config

ROOT = Path(__file__).parents[2]
WRITTEN_BY_BOOKINGS = {"attempt", "booking", "history", "link", "outbox", "reservation", "stretch"}
NINE = datetime(2030, 1, 8, 9, tzinfo=UTC)
HALF = timedelta(minutes=30)
HOST, OTHER_HOST = UUID(int=1), UUID(int=2)


def test_the_migrated_schema_is_what_the_tables_say(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert differences == []


def test_migrating_twice_changes_nothing_and_nothing_is_pending(engine: Engine) -> None:
    migrations.upgrade(engine)
    assert migrations.pending(engine) == []


def test_the_revisions_are_those_that_alembic_finds_and_one_head(engine: Engine) -> None:
    config = alembic_config()
    script = ScriptDirectory.from_config(config)
    walked = [revision.revision for revision in script.walk_revisions()][::-1]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert migrations.pending(engine) == walked
    assert script.get_heads() == walked[-1:]


def test_what_migrates_is_not_loaded_where_nothing_is_to_be_migrated(tmp_path: Path) -> None:
    """It would stay in the memory of every process."""
    program = (
        "import sys; from booking_service.storage import engine, migrations; "
        f"made = engine.open_engine('sqlite:///{tmp_path / 'booking.db'}'); migrations.upgrade(made); "
        "print('alembic' in sys.modules)"
    )
    first, second = (
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert (first, second) == ("True\n", "False\n")


def test_nothing_is_built_to_validate_rows() -> None:
    """SQLModel validates none, and every start would build the validators of all tables. In a process of its own, as whoever
    dumps a row builds its."""
    program = (
        "import booking_service.storage.tables.metadata; from booking_service.storage.tables.columns import Row; "
        "rows = Row.__subclasses__(); print(len(rows) > 50, [each for each in rows if each.__pydantic_complete__])"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said == "True []\n"
    assert all(issubclass(mapper.class_, Row) for mapper in HostRow.__mapper__.registry.mappers)


@pytest.mark.parametrize("name", [each.name for each in iter_modules(tables.__path__)])
def test_tables_bring_what_their_foreign_keys_lead_to(name: str) -> None:
    """Or a process that imports only some could not write to them. A process of its own, as tests import all."""
    program = (
        f"import booking_service.storage.tables.{name}; from sqlmodel import SQLModel; "
        "keys = [key for table in SQLModel.metadata.tables.values() for key in table.foreign_keys]; "
        "print({key.column.table.name for key in keys} <= set(SQLModel.metadata.tables))"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "True\n"


def test_the_metadata_has_every_table() -> None:
    program = (
        "import booking_service.storage.tables as tables, importlib, pkgutil; from sqlmodel import SQLModel; "
        "from booking_service.storage.tables.metadata import METADATA; before = set(METADATA.tables); "
        "[importlib.import_module(f'{tables.__name__}.{each.name}') for each in pkgutil.iter_modules(tables.__path__)]; "
        "print(len(before) > 50, set(METADATA.tables) - before)"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "True set()\n"


def test_a_schema_of_a_newer_version_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for look in (migrations.upgrade, migrations.pending):
        with pytest.raises(SchemaTooNew, match="9999"):
            look(engine)


@pytest.fixture
def hosts(engine: Engine) -> None:
    with transaction(engine) as session:
        for number, id in enumerate((HOST, OTHER_HOST)):
            session.add(
                HostRow(id=id, slug=f"h{number}", name="H", email="h@example.org", zone="UTC", hours=[], overrides=[])
            )
            session.flush()
            session.add(MeetingTypeRow(id=id, host_id=id, slug="intro", title="Intro", rules={}, choices={}))


def take(
    engine: Engine, start: datetime, *, host: UUID = HOST, reservation: UUID | None = None, overridden: bool = False
) -> UUID:
    """Occupy half an hour; a booking and a reservation are made where none is given."""
    with transaction(engine) as session:
        if reservation is None:
            reservation = uuid4()
            session.add(
                BookingRow(
                    id=reservation,
                    public_id=reservation.hex,
                    host_id=host,
                    meeting_type_id=host,
                    starts_at=start,
                    ends_at=start + HALF,
                    state="held",
                    hold_until=start,
                    awaits=[],
                    name="G",
                    email="g@example.org",
                    mailbox="g@example.org",
                    language="en",
                    zone="UTC",
                    guests=[],
                    answers=[],
                    created_at=start,
                    decided_at=start,
                    revision=1,
                    invited=[],
                    owed=[],
                )
            )
            session.flush()
            session.add(
                ReservationRow(
                    id=reservation,
                    booking_id=reservation,
                    host_id=host,
                    uid=reservation.hex,
                    href="x.ics",
                    revision=1,
                    times={},
                    summaries={},
                    requested_at=start,
                )
            )
            session.flush()
        session.add(
            StretchRow(
                reservation_id=reservation,
                booking_id=reservation,
                host_id=host,
                starts_at=start,
                ends_at=start + HALF,
                overridden=overridden,
            )
        )
    return reservation


@pytest.mark.promise("I1")
@pytest.mark.usefixtures("hosts")
@pytest.mark.parametrize("minutes", [0, 1, -1, 29, -29])
def test_the_database_itself_refuses_two_live_bookings_over_one_another(engine: Engine, minutes: int) -> None:
    take(engine, NINE)
    with pytest.raises(Overlap):
        take(engine, NINE + timedelta(minutes=minutes))


@pytest.mark.usefixtures("hosts")
def test_times_that_touch_and_times_of_other_hosts_are_free(engine: Engine) -> None:
    take(engine, NINE)
    take(engine, NINE + HALF)
    take(engine, NINE - HALF)
    take(engine, NINE, host=OTHER_HOST)


@pytest.mark.usefixtures("hosts")
def test_a_reservation_may_lie_over_itself_while_it_moves(engine: Engine) -> None:
    reservation = take(engine, NINE)
    take(engine, NINE + timedelta(minutes=15), reservation=reservation)


@pytest.mark.promise("I7")
@pytest.mark.usefixtures("hosts")
def test_the_hosts_own_edit_may_lie_over_anything(engine: Engine) -> None:
    take(engine, NINE)
    take(engine, NINE, overridden=True)


@pytest.mark.usefixtures("hosts")
def test_an_update_over_another_booking_is_refused_as_well(engine: Engine) -> None:
    take(engine, NINE)
    later = take(engine, NINE + 2 * HALF)
    with pytest.raises(Overlap), transaction(engine) as session:
        session.execute(
            text(
                "UPDATE stretch SET starts_at = (SELECT min(starts_at) FROM stretch), ends_at = (SELECT min(ends_at) FROM stretch) WHERE reservation_id = :id"
            ),
            {"id": later.hex if engine.dialect.name == "sqlite" else later},
        )


def test_the_program_before_a_migration_goes_on_booking_after_it(tmp_path: Path) -> None:
    """While processes are replaced one after the other: what is new in these tables may be left out, and nothing is gone."""
    config = alembic_config()
    engine = open_engine(f"sqlite:///{tmp_path / 'booking.db'}")
    known: dict[str, set[str]] = {}
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        for step in list(ScriptDirectory.from_config(config).walk_revisions())[::-1]:
            command.upgrade(config, step.revision)
            look = inspect(connection)
            for table in sorted(WRITTEN_BY_BOOKINGS & set(look.get_table_names())):
                columns = {column["name"]: column for column in look.get_columns(table)}
                assert known.get(table, set()) <= columns.keys(), step.revision
                added = columns.keys() - known.get(table, columns.keys())
                wanted = {name for name in added if not columns[name]["nullable"] and columns[name]["default"] is None}
                assert not wanted, step.revision
                known[table] = set(columns)
    engine.dispose()
    assert known.keys() == WRITTEN_BY_BOOKINGS
