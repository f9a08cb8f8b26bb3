"""A throwaway PostgreSQL: one cluster per test process on a Unix socket, a fresh database per test that asks for one."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from booking_service.start.testing import postgres_binaries
from tests.databases import migrate

_START_WITHIN = 30.0  # seconds
# Nothing here outlives the test run, so nothing is flushed to disk.
_ROOM = 2 * 1024**3  # bytes
_SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "max_wal_size=128MB",
    "max_connections=200",
    "timezone=UTC",
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server. `directory` holds its data, its log and its socket."""

    directory: Path

    def url(self, database: str) -> str:
        """For SQLAlchemy, over the socket."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.directory}"

    def connect(self) -> psycopg.Connection:
        """To the maintenance database, as superuser, each statement by itself."""
        return psycopg.connect(host=str(self.directory), user="postgres", dbname="postgres", autocommit=True)

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """The SQLAlchemy URL of a new database, a copy of `template`; dropped afterwards whoever is still connected."""
        name = f"test_{uuid4().hex}"
        with self.connect() as connection:
            # Through the log it takes twice as long; before 15 there was no other way than copying its files.
            by_file = "STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {by_file}")
        yield self.url(name)
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """One cluster for all tests of this process (pytest-xdist: one per worker)."""
    binaries = postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    # Not below tmp_path: the path of a socket must be short, and others than us must get there.
    directory = tempfile.TemporaryDirectory(prefix="pg-", dir=_place(), ignore_cleanup_errors=True)
    with directory as name, running(binaries, Path(name)) as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database, dropped afterwards whoever is still connected."""
    with postgres_cluster.database("template0") as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(postgres_cluster: Cluster) -> Iterator[str]:
    """The name of a database with every table, from which others are copied: migrating takes longer than most tests."""
    with postgres_cluster.database("template0") as url:
        migrate(url)
        yield str(make_url(url).database)


@pytest.fixture
def migrated_postgres_url(postgres_cluster: Cluster, migrated_template: str) -> Iterator[str]:
    """As postgres_url, with every table and no row but what migrations write."""
    with postgres_cluster.database(migrated_template) as url:
        yield url


def _place() -> str:
    """In memory where there is room: a database is copied for each test."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM else "/tmp"


@contextmanager
def running(binaries: Path, directory: Path) -> Iterator[Cluster]:
    initialise(binaries, directory)
    with started(binaries, directory) as cluster:
        yield cluster


def initialise(binaries: Path, directory: Path) -> None:
    """An empty cluster in `directory`."""
    if os.getuid() == 0:
        shutil.chown(directory, "nobody", "nogroup")
    initdb = [binaries / "initdb", "-D", directory / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    as_nobody([*initdb, "--locale=C", "--no-sync"], directory)


def as_nobody(command: Sequence[str | Path], directory: Path) -> None:
    """Run one of PostgreSQL's programs to its end."""
    subprocess.run([*_as_nobody(), *map(str, command)], cwd=directory, check=True, capture_output=True)


@contextmanager
def started(binaries: Path, directory: Path, *more: str) -> Iterator[Cluster]:
    """The server over what stands in `directory`; `more` settings as `name=value`."""
    cluster, data, log = Cluster(directory), directory / "data", directory / "server.log"
    own = (*_SETTINGS, f"unix_socket_directories={directory}", *more)
    settings = [part for setting in own for part in ("-c", setting)]
    with log.open("ab") as output:
        server = subprocess.Popen(
            [*_as_nobody(), binaries / "postgres", "-D", data, *settings], cwd=directory, stdout=output, stderr=output
        )
    try:
        _wait(server, cluster, log)
        yield cluster
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)  # "fast shutdown"
        server.wait(timeout=_START_WITHIN)


def _as_nobody() -> list[str]:
    """What goes in front of a command: PostgreSQL refuses to run as root. It ends with us even if we are killed."""
    if shutil.which("setpriv") is None:
        return []
    ids = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.getuid() == 0 else []
    return ["setpriv", *ids, "--pdeathsig", "QUIT"]


def _wait(server: subprocess.Popen[bytes], cluster: Cluster, log: Path) -> None:
    deadline = time.monotonic() + _START_WITHIN
    while True:
        try:
            cluster.connect().close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.05)
        else:
            return
