"""Running commands in tests: in this process for breadth, as `python -m booking_service` where the process matters."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog

from booking_service.cli import main
from tests.databases import start_empty
from tests.world import SECRET

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A directory to start commands in, with the environment of a service that is set up."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """A process of its own, in a group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "booking_service", *arguments],
            cwd=self.folder,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def process(self, *arguments: str, **env: str) -> Ran:
        started = self.start(*arguments, **env)
        out, err = started.communicate(timeout=90)
        return Ran(started.returncode, out, err)


Command = Callable[..., Ran]


@contextmanager
def quiet_again() -> Iterator[None]:
    """The log as it was before: a command sends it to a stream that ends with its test."""
    handlers, level, mask = logging.root.handlers[:], logging.root.level, os.umask(0o022)
    ours = structlog.get_config()
    try:
        yield
    finally:
        os.umask(mask)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
        structlog.configure(**ours)


def machine(folder: Path) -> Machine:
    """Where nothing but an empty database is."""
    start_empty(folder / "booking.db")
    return Machine(folder, environment(folder))


def environment(folder: Path) -> dict[str, str]:
    return {
        "BOOKING_DATA_DIR": str(folder),
        "BOOKING_BASE_URL": "http://localhost:8000",
        "BOOKING_SECRET_KEY": SECRET,
        "BOOKING_SMTP__HOST": "localhost",
        "BOOKING_SMTP__SECURITY": "none",
        "BOOKING_SMTP__FROM": "booking@example.org",
        "BOOKING_CALENDAR__ALLOW_PRIVATE": "true",
        "BOOKING_CALENDAR__TIMEOUT": "5 s",
    }


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Run a command in this process, where nothing but an empty database is. Keywords are variables of the environment."""
    monkeypatch.chdir(tmp_path)
    if not (tmp_path / "booking.db").exists():  # by what a test made first
        start_empty(tmp_path / "booking.db")
    for name in [name for name in os.environ if name.startswith("BOOKING_")]:
        monkeypatch.delenv(name)
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, **env: str) -> Ran:
        with monkeypatch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main(arguments)
        out, err = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, out, err)

    with quiet_again():
        yield run
