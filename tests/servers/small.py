"""Radicale and Xandikos: quick to start, there wherever the tests run."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from calendars.dav.client import CaldavCalendar, Connection
from tests.servers.process import free_port, running
from tests.servers.server import Server


@contextlib.contextmanager
def radicale(folder: Path, *, users: dict[str, str] | None = None, port: int | None = None) -> Iterator[Server]:
    """Radicale over `folder`; the first of `users` (name to password) owns the home."""
    users = users or {"alice": "secret", "bob": "secret"}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "users").write_text("".join(f"{user}:{password}\n" for user, password in users.items()))
    port = port or free_port()
    (folder / "config").write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\nmax_connections = 50\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\nhtpasswd_encryption = plain\ndelay = 0\n"
        f"[storage]\nfilesystem_folder = {folder / 'collections'}\n[logging]\nlevel = warning\n"
    )
    user, password = next(iter(users.items()))
    url = f"http://127.0.0.1:{port}/"
    with running([sys.executable, "-m", "radicale", "-C", str(folder / "config")], port=port, log=folder / "log"):
        yield Server("radicale", url, f"{url}{user}/", user, password)


@contextlib.contextmanager
def xandikos(folder: Path, *, port: int | None = None) -> Iterator[Server]:
    """Xandikos over `folder`: no sign-in of its own, one principal, /alice/."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    program = Path(sys.executable).with_name("xandikos")
    command = [str(program), "serve", "-d", str(folder / "data"), "-l", "127.0.0.1", "-p", str(port)]
    command += ["--current-user-principal", "/alice/", "--defaults", "--no-detect-systemd"]
    command += ["--state-dir", str(folder / "state")]
    url = f"http://127.0.0.1:{port}/"
    with running(command, port=port, log=folder / "log"):
        yield Server("xandikos", url, f"{url}alice/calendars/")


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="session")
def xandikos_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with xandikos(tmp_path_factory.mktemp("xandikos")) as server:
        yield server


@pytest.fixture
def radicale_calendar(radicale_server: Server) -> Iterator[CaldavCalendar]:
    """A new, empty calendar on Radicale."""
    with contextlib.closing(Connection(radicale_server.account)) as connection:
        yield connection.calendar(radicale_server.new_calendar())


@pytest.fixture
def xandikos_calendar(xandikos_server: Server) -> Iterator[CaldavCalendar]:
    """A new, empty calendar on Xandikos."""
    with contextlib.closing(Connection(xandikos_server.account)) as connection:
        yield connection.calendar(xandikos_server.new_calendar())
