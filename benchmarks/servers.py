"""The calendar server that a benchmark measures against, and requests to it with nothing of ours around them."""

import os
import re
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from time import sleep
from urllib.parse import urlsplit

from booking_service.start.testing import postgres_binaries
from tests.postgres import Cluster, running
from tests.servers.debian import PACKAGES, available, cyrus, davical, sogo
from tests.servers.server import Server, basic
from tests.servers.small import radicale, xandikos

_WITHOUT_DATABASE: Mapping[str, Callable[[Path], AbstractContextManager[Server]]] = {
    "radicale": radicale,
    "xandikos": xandikos,
    "cyrus": cyrus,
}
_WITH_DATABASE: Mapping[str, Callable[[Path, Cluster], AbstractContextManager[Server]]] = {
    "davical": davical,
    "sogo": sogo,
}
NAMES = (*_WITHOUT_DATABASE, *_WITH_DATABASE)
_LISTED = b'<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
_TRIES = 20
_OBJECT = re.compile(r"\.ics\s*</")


def add_option(parser: ArgumentParser) -> None:
    told = f"the calendar server to measure against: {', '.join(NAMES)}; radicale, unless it is said"
    parser.add_argument("--server", choices=NAMES, default="radicale", metavar="NAME", help=told)


def wanting(name: str) -> str:
    """What has to be done before this server can be measured; nothing, as a rule."""
    if name not in PACKAGES:
        return ""
    if os.getuid() != 0:
        return f"{name} changes to a user of its own: run this as root"
    if not available(name):
        return f"{name} is not installed: apt-get install {' '.join(PACKAGES[name])}"
    if name in _WITH_DATABASE and postgres_binaries() is None:
        return f"{name} keeps its calendars in PostgreSQL, which is not installed: apt-get install postgresql"
    return ""


@contextmanager
def served(name: str) -> Iterator[Server]:
    """This server, over an empty folder. Debian's write as users of theirs, so the folder can be looked into by anybody."""
    with tempfile.TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        at = Path(folder) / name
        if name in _WITHOUT_DATABASE:
            with _WITHOUT_DATABASE[name](at) as server:
                yield server
            return
        binaries = postgres_binaries()
        assert binaries is not None
        with (
            tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp", ignore_cleanup_errors=True) as data,
            running(binaries, Path(data)) as cluster,
            _WITH_DATABASE[name](at, cluster) as server,
        ):
            yield server


class BareClient:
    """One request after the other, on the connection that the server leaves open. Not for several threads."""

    def __init__(self, server: Server) -> None:
        self._headers = {"Authorization": basic(server.user, server.password)}
        self._connection = HTTPConnection(urlsplit(server.url).netloc)

    def ask(
        self, method: str, path: str, body: str | bytes = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and text. Asks again where the server had closed the connection meanwhile."""
        try:
            return self._asked(method, path, body, headers or {})
        except (RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._connection.close()
            return self._asked(method, path, body, headers or {})

    def count(self, path: str) -> int:
        """How many objects lie in a calendar. Asks again where one of them goes while the server lists them (Radicale: 500)."""
        told = {"Content-Type": "application/xml", "Depth": "1"}
        for _ in range(_TRIES):
            status, text = self.ask("PROPFIND", path, _LISTED, told)
            if status == 207:
                return len(_OBJECT.findall(text))
            sleep(0.05)
        raise AssertionError((status, text))

    def close(self) -> None:
        self._connection.close()

    def _asked(self, method: str, path: str, body: str | bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        self._connection.request(method, path, body or None, self._headers | dict(headers))
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode()
