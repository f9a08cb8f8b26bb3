"""The database goes away, comes back, is another one, or was cut off in the middle: nothing that was committed is lost."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, make_url, text
from sqlmodel import select
from structlog.testing import capture_logs

from booking_service.domain.booking import BookingState
from booking_service.domain.errors import SlotTaken, StorageBusy
from booking_service.start.testing import postgres_binaries
from booking_service.storage import migrations
from booking_service.storage.engine import open_engine, snapshot, transaction
from booking_service.storage.tables.metadata import METADATA
from booking_service.storage.tables.outbox import OutboxRow
from calendars.memory import MemoryCalendar
from tests.flows.programs import until
from tests.postgres import Cluster, as_nobody, initialise, started
from tests.servers import free_port
from tests.servers.process import running
from tests.world import MONDAY, World, world

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
postgresql = [pytest.mark.postgres, pytest.mark.extended, pytest.mark.timeout(300)]


def add(engine: Engine, key: str, *, meanwhile: Callable[[], None] = lambda: None) -> None:
    """`meanwhile`: what happens between the write and its commit."""
    with transaction(engine) as session:
        session.add(OutboxRow(key=key, kind="mail", lane=key, payload={}, due_at=NOW, created_at=NOW))
        session.flush()
        meanwhile()


def keys(engine: Engine) -> list[str]:
    with snapshot(engine) as session:
        return sorted(session.exec(select(OutboxRow.key)))


class Stopping(MemoryCalendar):
    """While it is written for the first time the database stops."""

    def __init__(self, serving: ExitStack) -> None:
        super().__init__()
        self.serving, self.stops = serving, False

    def create(self, href: str, body: bytes) -> str | None:
        if self.stops:
            self.stops = False
            self.serving.close()
        return super().create(href, body)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def binaries() -> Path:
    found = postgres_binaries()
    if found is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, as the path of a socket must be, and open to who runs PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


class TestPostgresql:
    pytestmark = postgresql

    def test_a_restart_refuses_for_a_moment_and_is_over_by_itself(self, binaries: Path, folder: Path) -> None:
        initialise(binaries, folder)
        with ExitStack() as stack:
            serving = stack.enter_context(ExitStack())
            cluster = serving.enter_context(started(binaries, folder, "max_connections=50"))
            engine = stack.enter_context(opened(cluster.url("postgres")))
            migrations.upgrade(engine)
            add(engine, "before")
            with pytest.raises(StorageBusy):
                add(engine, "lost", meanwhile=serving.close)
            with pytest.raises(StorageBusy):
                add(engine, "refused")
            stack.enter_context(started(binaries, folder, "max_connections=50"))
            add(engine, "after")  # on connections that stood in the pool and are dead
            assert keys(engine) == ["after", "before"]

    def test_what_was_decided_is_answered_and_finished_although_it_goes_away_while_the_calendar_is_written(
        self, binaries: Path, folder: Path, tmp_path: Path
    ) -> None:
        initialise(binaries, folder)
        with ExitStack() as stack:
            serving = stack.enter_context(ExitStack())
            cluster = serving.enter_context(started(binaries, folder, "max_connections=50"))
            calendar = Stopping(serving)
            w = stack.enter_context(world(tmp_path, database_url=cluster.url("postgres"), calendar=calendar))
            calendar.stops = True
            with capture_logs() as said:
                held = w.hold()
            assert held.state is BookingState.HELD
            assert {(each["log_level"], each["event"]) for each in said} == {("warning", "publishing_put_off")}
            assert not any("exc_info" in each for each in said)
            stack.enter_context(started(binaries, folder, "max_connections=50"))
            w.pass_time(minutes=2)  # as long as its lane was taken
            assert [each.uid for each in w.calendar.events()] == [str(w.reservation(held).uid)]
            assert len(w.mails.to("grace@example.org")) == 1

    def test_a_second_server_takes_over_with_all_that_was_committed(self, binaries: Path, folder: Path) -> None:
        first, second = folder / "a", folder / "b"
        for each in (first, second):
            each.mkdir()
            shutil.chown(each, "nobody", "nogroup")
        initialise(binaries, first)
        with ExitStack() as stack:
            cluster = stack.enter_context(started(binaries, first, "wal_level=replica", "hot_standby=on"))
            base = [
                binaries / "pg_basebackup",
                "-h",
                first,
                "-U",
                "postgres",
                "-D",
                second / "data",
                "-R",
                "-X",
                "stream",
            ]
            as_nobody([*base, "-c", "fast"], second)
            standby = stack.enter_context(started(binaries, second, "hot_standby=on"))
            both = f"postgresql+psycopg://postgres@/postgres?host={first},{second}&target_session_attrs=read-write"
            engine = stack.enter_context(opened(both))
            migrations.upgrade(engine)
            add(engine, "before")
            until(lambda: replayed(cluster, standby))
            kill(first)
            with pytest.raises(StorageBusy):  # nobody takes writes yet
                add(engine, "refused")
            as_nobody([binaries / "pg_ctl", "promote", "-D", second / "data", "-w"], second)
            until(lambda: added(engine, "after"))
            assert keys(engine) == ["after", "before"]
            migrations.upgrade(engine)
            assert migrations.pending(engine) == []

    def test_serialization_failures_and_deadlocks_are_busy_and_leave_nothing(self, postgres_url: str) -> None:
        with opened(postgres_url) as engine:
            migrations.upgrade(engine)
            add(engine, "one")
            add(engine, "two")
            with pytest.raises(StorageBusy, match="SerializationFailure"):
                overtaken(engine)
            with ThreadPoolExecutor(2) as pool:
                each_way = [pool.submit(both_locked, engine, *order) for order in (("one", "two"), ("two", "one"))]
                ended = [each.exception(timeout=60) for each in each_way]
            assert [type(each) for each in ended if each is not None] in ([StorageBusy], [StorageBusy, StorageBusy])
            with engine.connect() as connection:
                assert set(connection.execute(text("SELECT attempts FROM outbox")).scalars()) <= {1, 2}

    def test_behind_a_pooler_that_hands_each_transaction_another_session(
        self, postgres_cluster: Cluster, postgres_url: str, folder: Path, tmp_path: Path
    ) -> None:
        database = make_url(postgres_url).database
        with pooler(folder, postgres_cluster) as port:
            url = f"postgresql+psycopg://postgres@127.0.0.1:{port}/{database}"
            with ThreadPoolExecutor(3) as pool:  # starts of three processes
                list(pool.map(upgraded, [url] * 3))
            with world(tmp_path, database_url=url) as ada:
                for days in range(1, 8):  # often enough that statements would be prepared
                    booked(ada, days)
                assert {each.state for each in ada.all_bookings()} <= {"confirmed", "held"}
                crowd(ada)
        with opened(postgres_url) as engine:
            migrations.upgrade(engine)  # and no lock was left behind


def replayed(primary: Cluster, standby: Cluster) -> bool:
    with primary.connect() as here, standby.connect() as there:
        wanted = here.execute("SELECT pg_current_wal_lsn()").fetchone()
        assert wanted
        reached = there.execute("SELECT pg_last_wal_replay_lsn() >= %s", wanted).fetchone()
    return reached == (True,)


def kill(directory: Path) -> None:
    """As a power cut does."""
    pid = int((directory / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    until(lambda: not (directory / "data" / "postmaster.pid").exists())


def added(engine: Engine, key: str) -> bool:
    try:
        add(engine, key)
    except StorageBusy:
        return False
    return True


def touch(engine: Engine, key: str) -> None:
    with transaction(engine) as session:
        session.execute(text("UPDATE outbox SET attempts = 1 WHERE key = :key"), {"key": key})


def overtaken(engine: Engine) -> None:
    """Read, let another change it, and write what was read."""
    with transaction(engine.execution_options(isolation_level="SERIALIZABLE")) as mine:
        mine.execute(text("SELECT count(*) FROM outbox"))
        touch(engine, "one")
        mine.execute(text("UPDATE outbox SET attempts = 7 WHERE key = 'one'"))


def both_locked(engine: Engine, first: str, second: str) -> None:
    with transaction(engine) as session:
        session.execute(text("UPDATE outbox SET attempts = 2 WHERE key = :key"), {"key": first})
        session.execute(text("SELECT pg_sleep(0.5)"))  # until the other has its first as well
        session.execute(text("UPDATE outbox SET attempts = 2 WHERE key = :key"), {"key": second})


def upgraded(url: str) -> None:
    with opened(url) as engine:
        migrations.upgrade(engine)


def booked(ada: World, days: int) -> None:
    while (MONDAY + timedelta(days=days)).weekday() > 4:
        days += 5
    held = ada.hold(start=MONDAY + timedelta(days=days, hours=days % 3))
    ada.drain()
    ada.confirm(held)
    ada.drain()


def crowd(ada: World) -> None:
    """One time, and several who want it at once: one gets it."""
    start = MONDAY + timedelta(days=2, hours=5)

    def wants(_: int) -> bool:
        try:
            ada.hold(meeting="quick", start=start)
        except SlotTaken:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(wants, range(8))) == [False] * 7 + [True]


@contextmanager
def pooler(folder: Path, cluster: Cluster) -> Iterator[int]:
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed (apt-get install pgbouncer)")
    port = free_port()
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host={cluster.directory} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 12\nmax_client_conn = 200\n"
        "unix_socket_dir =\n"
    )
    settings.chmod(0o644)
    as_who = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.getuid() == 0 else []
    with running([*as_who, program, str(settings)], port=port, log=folder / "log"):
        yield port


@pytest.mark.parametrize("keep", [0.25, 0.5, 0.9])
def test_a_write_ahead_log_that_is_torn_loses_no_more_than_its_end(tmp_path: Path, keep: float) -> None:
    """What was in it up to the tear is there, in order, and the file is whole (SQLite, after a power cut)."""
    with opened(f"sqlite:///{tmp_path}/booking.db") as engine:
        migrations.upgrade(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        written = [f"{number:03}" for number in range(40)]
        for each in written:
            add(engine, each)
        torn = tmp_path / "torn"
        torn.mkdir()
        for name in ("booking.db", "booking.db-wal"):
            shutil.copyfile(tmp_path / name, torn / name)
    log = torn / "booking.db-wal"
    os.truncate(log, int(log.stat().st_size * keep))
    with opened(f"sqlite:///{torn}/booking.db") as engine:
        found = keys(engine)
        assert 0 < len(found) < 40
        assert found == written[: len(found)]
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        add(engine, "after")


@pytest.mark.extended
def test_who_keeps_the_file_locked_makes_others_wait_and_then_busy(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/booking.db") as engine:
        migrations.upgrade(engine)
        with transaction(engine) as session:
            session.connection()  # begins, and with that takes the lock
            began = time.monotonic()
            with pytest.raises(StorageBusy, match="locked"):
                add(engine, "refused")
            assert 4 < time.monotonic() - began < 30
            assert keys(engine) == []  # reading goes on meanwhile
        add(engine, "after")
        assert keys(engine) == ["after"]


_DIES = """
import os, sys
from sqlalchemy import event
from booking_service.storage import migrations
from booking_service.storage.engine import open_engine
engine, left = open_engine(sys.argv[1]), [int(sys.argv[2])]
def count(_connection, _cursor, statement, *_):
    left[0] -= statement.lstrip().upper().startswith(("CREATE", "ALTER", "INSERT", "UPDATE"))
    if left[0] < 0:
        os.kill(os.getpid(), 9)
event.listen(engine, "before_cursor_execute", count)
migrations.upgrade(engine)
"""


@pytest.mark.extended
@pytest.mark.timeout(300)
@pytest.mark.parametrize("statements", [1, 25, 90])
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_migration_that_is_killed_is_made_again_whole(
    database: str, statements: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sqlite = database == "sqlite"
    url = f"sqlite:///{tmp_path}/booking.db" if sqlite else request.getfixturevalue("postgres_url")
    command = [sys.executable, "-c", _DIES, url, str(statements)]
    died = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=120)
    assert died.returncode == -signal.SIGKILL, died.stderr
    with opened(url) as engine:
        migrations.upgrade(engine)
        assert migrations.pending(engine) == []
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        add(engine, "after")
