"""The program as people start it: the demo, `serve`, `worker` and `apply`, each a child process on free ports."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx2

from booking_service.demo.mail_reader import read
from booking_service.demo.smtp_catcher import Catcher, Inbox
from tests.databases import start_empty
from tests.servers import Server, free_port

ROOT = Path(__file__).parents[2]
STARTED_WITHIN_S = 60.0
_ADDRESS = re.compile(r"Book with Ada\s+(http://localhost:\d+)/ada/intro")
_CALDAV = re.compile(r"CalDAV\s+(http://127\.0\.0\.1:\d+/)")
_RATES = (
    "book_per_network",
    "book_per_mailbox",
    "unconfirmed_per_host",
    "confirmation_mails",
    "open_link_per_network",
    "confirm_per_network",
    "unknown_links_per_network",
    "slots_per_network",
    "codes_per_booking",
    "moves_per_mailbox",
    "guest_per_mailbox",
    "mails_per_mailbox",
    "mails_per_guest",
    "mails_per_guest_and_booking",
    "questions_per_host",
    "confirmation_mails_of_newcomers",
    "refused_per_network",
    "same_time_per_network",
)
T = TypeVar("T")


def until(look: Callable[[], T], *, within_s: float = 20.0) -> T:
    """What `look` finds, as soon as it finds anything. Fails with what it said last."""
    ends = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < ends, f"still {found!r} after {within_s} s"
        time.sleep(0.03)
    return found


@dataclass
class Child:
    """A process in a group of its own, and everything it prints."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal sends it: to the whole group. Returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        """As a power cut does: at once, and without a word."""
        self.process.kill()
        self.process.wait(timeout=30)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=25)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)


def clean_environment() -> dict[str, str]:
    """Ours, without what was set for the tests themselves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BOOKING_", "PYTEST_"))}
    return {**kept, "PYTHONUNBUFFERED": "1"}


def child(arguments: list[str], *, log: Path, env: dict[str, str] | None = None) -> Child:
    """Start `python -m …` from the checkout. What tests set for themselves does not reach it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={**clean_environment(), **(env or {})},
        )
    return Child(process, log)


def children_of(pid: int) -> list[int]:
    """The ids of the processes that `pid` started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(stat.parent.name))
    return found


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Demo:
    """A demo that answers. Its mails and its clock are asked from outside."""

    child: Child
    base_url: str
    caldav_url: str
    data: Path
    ports: tuple[int, int, int]

    @property
    def server(self) -> Server:
        return Server("radicale", self.caldav_url, f"{self.caldav_url}ada/", "ada", "demo")

    @property
    def calendars(self) -> tuple[str, ...]:
        return (f"{self.caldav_url}ada/personal/", f"{self.caldav_url}ada/bookings/")

    def mails(self) -> list[dict[str, Any]]:
        """All mails, the newest first."""
        mails: list[dict[str, Any]] = httpx2.get(f"{self.base_url}/demo/inbox.json", trust_env=False).json()
        return mails

    def advance(self, seconds: float) -> None:
        """Move the clock; everything that is due then is done when this returns."""
        answer = httpx2.post(f"{self.base_url}/demo/clock", json={"advance": seconds}, timeout=60, trust_env=False)
        assert answer.status_code == 200, answer.text

    def now(self) -> datetime:
        """What the demo's clock says."""
        shown = httpx2.get(f"{self.base_url}/demo/clock", trust_env=False).json()
        return datetime.fromisoformat(shown["now"])

    def quiet(self) -> None:
        """Everything that is due now is done."""
        self.advance(0)


def start_demo(data: Path, *options: str, ports: tuple[int, int, int] | None = None) -> Demo:
    """Start the demo and wait until it answers. `ports` for pages, CalDAV and SMTP; free ones otherwise. It is empty unless
    `options` has --examples."""
    options = options if "--examples" in options else (*options, "--no-examples")
    ports = ports or (free_port(), free_port(), free_port())
    named = zip(("--port", "--caldav-port", "--smtp-port"), map(str, ports), strict=True)
    arguments = ["booking_service", "demo", *(word for pair in named for word in pair), "--data", str(data), *options]
    log = data.parent / f"{data.name}-{uuid4().hex}.log"
    started = child(arguments, log=log)
    try:
        until(lambda: _answers(started), within_s=STARTED_WITHIN_S)
    except AssertionError:
        started.end()
        raise AssertionError(f"the demo did not start:\n{started.printed[-3000:]}") from None
    pages, caldav = _ADDRESS.search(started.printed), _CALDAV.search(started.printed)
    assert pages
    assert caldav
    return Demo(started, pages[1], caldav[1], data, ports)


@contextlib.contextmanager
def demo(data: Path, *options: str, ports: tuple[int, int, int] | None = None) -> Iterator[Demo]:
    running = start_demo(data, *options, ports=ports)
    try:
        yield running
    finally:
        running.child.end()


def _answers(started: Child) -> bool:
    assert started.process.poll() is None, f"it ended:\n{started.printed[-3000:]}"
    found = _ADDRESS.search(started.printed)
    return found is not None and is_up(found[1])


def is_up(base_url: str) -> bool:
    try:
        return httpx2.get(f"{base_url}/healthz", timeout=5, trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


@dataclass
class Service:
    """`serve` and `worker` as an operator runs them, over one data folder. `ahead_s`: how far their clock is ahead."""

    folder: Path
    env: dict[str, str]
    base_url: str
    inbox: Inbox
    server: Server
    calendars: tuple[str, ...]
    children: list[Child]
    ahead_s: float = 0

    def run(self, *arguments: str) -> str:
        """One command to its end. Returns what it printed."""
        started = child(
            ["booking_service", *arguments], log=self.folder / f"{arguments[0]}-{uuid4().hex}.log", env=self.env
        )
        code = started.process.wait(timeout=60)
        assert code == 0, f"{arguments}: {code}\n{started.printed}"
        return started.printed

    def launch(self, *, worker_apart: bool = False) -> None:
        """`serve`, with its worker inside or as a process of its own, the last of `children`. Waits for nothing."""
        self.children.append(self._child("serve-only" if worker_apart else "serve"))
        if worker_apart:
            self.launch_worker()

    def launch_worker(self) -> None:
        self.children.append(self._child("worker"))

    def start(self, *, worker_apart: bool = False, ready: bool = True) -> None:
        """Launch, and wait until it answers; `ready`: and offers times."""
        self.launch(worker_apart=worker_apart)
        until(self._is_up, within_s=STARTED_WITHIN_S)
        if ready:
            until(self.offers, within_s=STARTED_WITHIN_S)

    def kill(self) -> None:
        while self.children:
            self.children.pop().kill()

    def stop(self) -> None:
        while self.children:
            self.children.pop().end()

    def pass_time(self, seconds: float) -> None:
        """Stop, and start again with the clock that much further ahead."""
        self.stop()
        self.ahead_s += seconds
        self.start()

    def mails(self) -> list[dict[str, Any]]:
        return [read(mail).as_json() for mail in self.inbox.messages()]

    def _child(self, command: str) -> Child:
        log = self.folder / f"{command}.log"
        if self.ahead_s:
            return child(["tests.flows.skewed_clock", str(self.ahead_s), command], log=log, env=self.env)
        arguments = ["serve", "--no-worker"] if command == "serve-only" else [command]
        return child(["booking_service", *arguments], log=log, env=self.env)

    def _is_up(self) -> bool:
        for each in self.children:
            assert each.process.poll() is None, f"it ended:\n{each.printed[-3000:]}"
        return is_up(self.base_url)

    def offers(self) -> bool:
        """The calendars have been read, so that times can be shown."""
        return httpx2.get(f"{self.base_url}/ada/intro", timeout=10, trust_env=False).status_code == 200


def loose_settings(folder: Path, *, port: int, smtp_port: int) -> dict[str, str]:
    """The environment of a service on loopback. Limits are loose: a test is many people behind one address."""
    loose = {f"BOOKING_LIMITS__{name.upper()}": "100000 per min" for name in _RATES}
    return {
        "BOOKING_BASE_URL": f"http://localhost:{port}",
        "BOOKING_LISTEN": f"127.0.0.1:{port}",
        "BOOKING_DATA_DIR": str(folder),
        "BOOKING_SMTP__HOST": "127.0.0.1",
        "BOOKING_SMTP__PORT": str(smtp_port),
        "BOOKING_SMTP__SECURITY": "none",
        "BOOKING_SMTP__FROM": "booking@example.org",
        "BOOKING_CALENDAR__ALLOW_PRIVATE": "true",
        "BOOKING_LOG__LEVEL": "warning",
        "BOOKING_LIMITS__LIVE_HOLDS_PER_NETWORK": "100000",
        "BOOKING_LIMITS__LIVE_HOLDS_PER_MAILBOX": "100000",
        "BOOKING_LIMITS__LIVE_HOLDS_PER_MAIL_DOMAIN": "100000",
        **loose,
    }


@contextlib.contextmanager
def service(
    folder: Path,
    server: Server,
    *,
    setup: str,
    calendars: tuple[str, ...],
    inbox: Inbox | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Service]:
    """A service set up from a file and not started yet, and the mail server it sends to. `setup` is TOML; `settings` go
    into its environment."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "setup.toml").write_text(setup, encoding="utf-8")
    start_empty(folder / "booking.db")
    port = free_port()
    kept = inbox or Inbox(folder / "inbox")
    with Catcher(kept) as catcher:
        env = loose_settings(folder, port=port, smtp_port=catcher.port) | {"ADA_PASSWORD": server.password}
        env |= settings or {}
        made = Service(folder, env, f"http://localhost:{port}", kept, server, calendars, [])
        made.run("apply", str(folder / "setup.toml"))
        try:
            yield made
        finally:
            made.stop()
