"""The demo's calendar server: Radicale in a process of its own, never imported here."""

import subprocess
import sys
import time
from pathlib import Path

import httpx2

from . import stdin_watch
from .ports import free_port

USER = "ada"
COLLEAGUE = "katherine"
PASSWORD = "demo"  # noqa: S105  # printed for everybody to use, on loopback only

_STARTED_WITHIN_S = 30.0
_STOPPED_WITHIN_S = 3.0
_STARTS = 3  # another program may take the port before Radicale binds it
_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
max_connections = 40
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}/collections
[logging]
level = warning
"""


class DidNotStart(RuntimeError):
    """Radicale ended or did not answer. The message has the end of its log."""


class Radicale:
    """One server on loopback with a user for each host; calendars stay in `folder`. `port` is known after `start`."""

    def __init__(self, folder: Path, *, port: int) -> None:
        self._folder = folder.resolve()
        self._log = self._folder / "radicale.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int | None:
        """The process id, while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start and wait until it answers; on the next free port if the wanted one is taken. Raises DidNotStart."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "users").write_text(
            "".join(f"{user}:{PASSWORD}\n" for user in (USER, COLLEAGUE)), encoding="utf-8"
        )
        for _ in range(_STARTS):
            self.port = free_port(self.port)
            self._process = self._launched()
            if self._answers(self._process):
                return
            self.stop()
        raise DidNotStart(f"Radicale did not start:\n{self._log.read_text(encoding='utf-8', errors='replace')[-2000:]}")

    def stop(self) -> None:
        """End the process, politely first, but without waiting for kept connections as Radicale does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()

    def __enter__(self) -> "Radicale":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _launched(self) -> subprocess.Popen[bytes]:
        config = self._folder / "config"
        config.write_text(_CONFIG.format(port=self.port, folder=self._folder), encoding="utf-8")
        with self._log.open("wb") as log:
            return subprocess.Popen(  # noqa: S603  # our own interpreter, no text from outside
                [sys.executable, "-P", stdin_watch.__file__, "radicale", "--config", str(config)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C should reach us only; we end it when nobody needs it any more
            )

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it came up in time; asked as ada, so that another program on the port isn't taken for it."""
        deadline = time.monotonic() + _STARTED_WITHIN_S
        with httpx2.Client(auth=(USER, PASSWORD), trust_env=False, timeout=5) as client:
            while time.monotonic() < deadline:
                try:
                    if client.request("PROPFIND", f"{self.url}{USER}/", headers={"Depth": "0"}).status_code == 207:
                        return process.poll() is None
                except httpx2.TransportError:
                    pass
                try:
                    process.wait(0.02)
                except subprocess.TimeoutExpired:
                    continue
                return False
        return False
