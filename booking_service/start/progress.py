"""Runs a long command with one line of progress on the terminal. Standard library only."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress

_TAIL = 15  # last lines of a failed command that are shown
_QUIET_EVERY = 10.0  # seconds between lines without a terminal
# "Collecting lxml>=6 (from …)" and "Downloading lxml-6.1-cp311….whl" of pip, "Downloaded lxml" of uv
_PACKAGE = re.compile(r"(?:Collecting|Downloading|Downloaded|Building) ([A-Za-z0-9]+(?:[-_.][A-Za-z][A-Za-z0-9]*)*)")


class CommandFailed(Exception):
    """The command could not start or failed; the message has the end of its output."""


def run(command: list[str]) -> None:
    """Run a command to its end with progress. An interrupt ends it, with its children, before it is passed on.

    Raises CommandFailed.
    """
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a process group of its own, so that its children can be ended with it
        )
    except OSError as error:
        raise CommandFailed(f"{command[0]}: {error.strerror}") from error
    try:
        tail = _follow(process)
    except BaseException:
        _end(process)
        raise
    if process.wait() != 0:
        raise CommandFailed("\n".join(["the command ended with an error:", *(f"    {line}" for line in tail)]))


def _follow(process: subprocess.Popen[bytes]) -> deque[str]:
    """Read until the command closes its output. Returns the last lines."""
    assert process.stdout is not None  # noqa: S101 (asked for above)
    tail: deque[str] = deque(maxlen=_TAIL)
    line = _Line()
    rest = b""
    while True:
        readable, _, _ = select.select([process.stdout], [], [], 0.5)
        if readable:
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                line.clear()
                return tail
            *whole, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
            for text in (part.decode(errors="replace").strip() for part in whole):
                if text:
                    tail.append(text)
                    line.note(text)
        line.show()


def _end(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
            return


class _Line:
    """The line of progress: seconds, number of packages, the present one."""

    def __init__(self) -> None:
        self._started = self._shown = time.monotonic()
        self._seen: set[str] = set()
        self._now = ""
        self._rewrites = sys.stdout.isatty()

    def note(self, text: str) -> None:
        if found := _PACKAGE.match(text):
            self._now = re.sub(r"[-_.]+", "-", found[1]).lower()
            self._seen.add(self._now)
        elif text.startswith("Installing collected packages"):
            self._now = "installing them"

    def show(self) -> None:
        now = time.monotonic()
        if not self._rewrites and now - self._shown < _QUIET_EVERY:
            return
        self._shown = now
        text = f"  {now - self._started:3.0f} s, {len(self._seen)} packages: {self._now}"
        if self._rewrites:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{text[:width]:<{width}}", end="", flush=True)
        else:
            print(text, flush=True)

    def clear(self) -> None:
        if self._rewrites:
            print("\r" + " " * (shutil.get_terminal_size().columns - 1), end="\r", flush=True)
