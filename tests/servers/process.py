"""Child processes that listen on a port of their own, ended with everything they started."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

START_S = 30.0


@contextlib.contextmanager
def running(
    command: Sequence[str], *, port: int, log: Path, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """`command` in a process group of its own, until it listens on `port`; ended, group and all, on the way out."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        child = subprocess.Popen(
            [*ends_with_us(), *command],
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


def ends_with_us() -> list[str]:
    """What goes in front of a command that must not outlive a test run that is killed."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


def free_port() -> int:
    """A port that was free a moment ago. The kernel hands them out in turn, so parallel runs don't meet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, *, child: "subprocess.Popen[bytes] | None" = None, log: Path | None = None) -> None:
    ends = time.monotonic() + START_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if time.monotonic() > ends or (child is not None and child.poll() is not None):
            said = log.read_text(errors="replace")[-2000:] if log is not None else ""
            raise RuntimeError(f"nothing listens on port {port}: {said}")
        time.sleep(0.02)


def _end(child: "subprocess.Popen[bytes]") -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=5)
            return
