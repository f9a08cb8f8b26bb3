"""Real CalDAV servers for tests: child processes on loopback, on ports of their own.

Radicale and Xandikos run in every test run; the others only where they are installed and asked for (`tests/servers/`).
A `Server` makes calendars on demand, so tests never share one.
"""

import base64
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from calendars.client import Account, CaldavCalendar, Connection

START_S = 30.0
_MKCALENDAR = """<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>{name}</D:displayname></D:prop></D:set></C:mkcalendar>"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `home` is the URL under which `user`'s calendars lie, `url` what a person would type."""

    name: str
    url: str
    home: str
    user: str = "alice"
    password: str = field(default="secret", repr=False)

    @property
    def account(self) -> Account:
        return Account(url=self.url, user=self.user, password=self.password, allow_private=True)

    def new_calendar(self, name: str = "") -> str:
        """The URL of a new, empty calendar."""
        url = f"{self.home}{name or uuid.uuid4().hex}/"
        answer = httpx2.request(
            "MKCALENDAR",
            url,
            auth=(self.user, self.password),
            content=_MKCALENDAR.format(name=name or "Test"),
            headers={"Content-Type": "application/xml; charset=utf-8"},
            trust_env=False,
        )
        assert answer.status_code == 201, f"{self.name} made no calendar: {answer.status_code} {answer.text[:300]}"
        return url


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


@contextlib.contextmanager
def running(
    command: list[str], *, port: int, log: Path, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """`command` in a process group of its own, until it listens on `port`; ended, group and all, on the way out."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        child = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ | (env or {}),
        )
    try:
        wait_for_port(port, child=child, log=log)
        yield child
    finally:
        _end(child)


def free_port() -> int:
    """A port that was free a moment ago. The kernel hands them out in turn, so parallel runs don't meet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, *, child: "subprocess.Popen[bytes] | None" = None, log: Path | None = None) -> None:
    ends = time.monotonic() + START_S
    for _ in itertools.count():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if time.monotonic() > ends or (child is not None and child.poll() is not None):
            said = log.read_text(errors="replace")[-2000:] if log is not None else ""
            raise RuntimeError(f"nothing listens on port {port}: {said}")
        time.sleep(0.02)


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _end(child: "subprocess.Popen[bytes]") -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=5)
            return


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
