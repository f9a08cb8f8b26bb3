"""Ctrl-C stops the demo whenever it is pressed, and nothing of it goes on."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.command import Machine, machine
from tests.flows.extended import in_extended
from tests.flows.programs import until

pytestmark = pytest.mark.timeout(90)


def told_to_start(output: str, _folder: Path) -> bool:
    return "Starting the demo" in output


def setting_up(_output: str, folder: Path) -> bool:
    return (folder / "demo" / "radicale" / "config").exists()


def ready(output: str, _folder: Path) -> bool:
    return "Ctrl-C stops everything" in output


@pytest.mark.parametrize("moment", [told_to_start, *in_extended(setting_up), ready])
def test_ctrl_c_stops_it_at_any_moment(tmp_path: Path, moment: Callable[[str, Path], bool]) -> None:
    ports = ("--port", "0", "--caldav-port", "0", "--smtp-port", "0")
    started = Machine(tmp_path, machine(tmp_path).env).start("demo", "--data", "demo", *ports)
    assert started.stdout is not None
    said, out = "", started.stdout.fileno()
    os.set_blocking(out, False)
    while not moment(said, tmp_path):
        assert started.poll() is None, said
        with suppress(BlockingIOError):
            said += os.read(out, 4096).decode()
    os.killpg(started.pid, signal.SIGINT)
    os.set_blocking(out, True)
    _, trouble = started.communicate(timeout=20)
    assert (started.returncode, trouble) in ((130, ""), (0, ""))
    until(lambda: still_running(tmp_path) == [], within_s=10)  # its children see that it ended, and end


def still_running(folder: Path) -> list[str]:
    """Processes that were started with this folder in their arguments."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            arguments = each.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if str(folder) in arguments:
                found.append(arguments)
    return found
