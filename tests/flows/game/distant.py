"""A calendar on a real server, over a line that fails as it is told; the host's own client has a line of its own.

What happens on the line happens to single HTTP requests, of which one question of ours may take several; so a run may stop
between naming what changed and fetching it.
"""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from booking_service.storage.busy import name_of
from calendars.dav.client import Connection
from calendars.ical.ics import OurEvent
from tests.flows.crashes import Killed
from tests.flows.faults import BUSY_S, EVERY, READS, WRITES, Fault, Weather
from tests.flows.host_client import HostedCalendar, readable
from tests.flows.slow_proxy import Between, Passing
from tests.flows.staged_faults import Paused
from tests.servers import Server, free_port, radicale

_ON_THE_LINE = EVERY - {Fault.DOWN}
_REPORTS = {b"sync-collection": "changes", b"calendar-multiget": "fetch", b"calendar-query": "snapshot"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back, in the words of http.client."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()

    def getheaders(self) -> tuple[tuple[str, str], ...]:
        return self.headers


class DistantCalendar:
    """The port as the service reaches it, and the host's client (`host_…`) beside it.

    `bodies`, `events` and `etags` say what stands there in truth; asked after every step, they look into Radicale's folder.
    """

    def __init__(self, distance: "Distance", path: str, weather: Weather) -> None:
        self.weather = weather
        self._near, self._dead = distance.line.calendar(path), distance.nowhere.calendar(path)
        self._own = distance.own.calendar(path)
        self._host = HostedCalendar(self._own)
        self._folder = distance.folder / "collections" / "collection-root" / path.strip("/")
        self._etags: tuple[dict[str, int], dict[str, str | None]] = ({}, {})

    def __getattr__(self, name: str) -> Any:
        if name not in READS and name not in WRITES:
            return getattr(self._host, name)
        return lambda *args, **kwargs: self._asked(name, *args, **kwargs)

    def bodies(self) -> list[bytes]:
        return [file.read_bytes() for file in self._files()]

    def events(self) -> list[OurEvent]:
        return [event for event in map(readable, self.bodies()) if event is not None]

    def etags(self) -> dict[str, str | None]:
        """By the name of each object; asked for anew where a file changed."""
        changed = {file.name: file.stat().st_mtime_ns for file in self._files()}
        if changed != self._etags[0]:
            self._etags = changed, {name_of(href): etag for href, etag in self._own.listing().items()}
        return self._etags[1]

    def forget_token(self) -> None:
        shutil.rmtree(self._folder / ".Radicale.cache" / "sync-token", ignore_errors=True)

    def empty_trash(self) -> None:
        """There is none."""

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.ics"))

    def _asked(self, name: str, *args: Any, **kwargs: Any) -> Any:
        calendar = self._dead if self.weather.befalls(name, among=(Fault.DOWN,)) else self._near
        try:
            return getattr(calendar, name)(*args, **kwargs)
        finally:
            Paused.alive()


class Line(Between):
    """Passes on what the weather over each calendar lets through."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.RequestHandlerClass = _Weathered
        self.weather: dict[str, Weather] = {}

    def over(self, path: str) -> Weather:
        return next((weather for place, weather in self.weather.items() if path.startswith(place)), Weather())


class _Weathered(Passing):
    server: Line
    disable_nagle_algorithm = True

    def _pass(self) -> None:
        with contextlib.suppress(Killed):
            return super()._pass()
        self.close_connection = True

    def asked(self, body: bytes) -> tuple[Any, bytes]:
        return Paused.around(lambda: self._befallen(body))

    def _befallen(self, body: bytes) -> tuple[Any, bytes]:
        weather = self.server.over(self.path)
        match weather.befalls(_kind(self.command, self.headers, body), among=_ON_THE_LINE):
            case Fault.NOT_FOUND:
                return Answer(404), b""
            case Fault.BUSY:
                return Answer(503, (("Retry-After", str(BUSY_S)),)), b""
            case Fault.REFUSED:
                return Answer(401, (("WWW-Authenticate", 'Basic realm="here"'),)), b""
            case Fault.LATE:
                then = copy(self)  # this connection goes on to other requests
                weather.late.append(lambda: Passing.asked(then, body))
                return Answer(504), b""
            case Fault.LOST:
                super().asked(body)
                return Answer(502), b""
            case Fault.IGNORED:
                kind = _kind(self.command, self.headers, body)
                headers = () if kind == "delete" else (("ETag", '"of nothing"'),)
                return Answer(201 if kind == "create" else 204, headers), b""
            case Fault.PAGE:
                return Answer(200, (("Content-Type", "text/html"),)), b"<!DOCTYPE html><html>Sign in</html>"
            case Fault.CUT:
                super().asked(body)
                raise ConnectionAbortedError
            case Fault.HALF:
                answer, content = super().asked(body)
                return answer, content[: len(content) // 2]
            case _:
                return super().asked(body)


def _kind(method: str, headers: Mapping[str, str], body: bytes) -> str:
    """In the words of the port."""
    match method:
        case "PUT":
            return "create" if headers.get("If-None-Match") else "replace"
        case "REPORT":
            return next(kind for mark, kind in _REPORTS.items() if mark in body)
        case "PROPFIND":
            return "listing"
        case _:
            return method.lower()


@dataclass(frozen=True, slots=True)
class Distance:
    """A server, the three ways to it (`line` of the service, `own` of the host, `nowhere` where nobody listens)."""

    server: Server
    folder: Path
    between: Line
    line: Connection
    own: Connection
    nowhere: Connection

    def new_calendar(self) -> DistantCalendar:
        path = urlsplit(self.server.new_calendar()).path
        weather = self.between.weather[path] = Weather()
        return DistantCalendar(self, path, weather)


@contextlib.contextmanager
def distance(folder: Path) -> Iterator[Distance]:
    """To a Radicale of its own, over `folder`."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(radicale(folder))
        line = stack.enter_context(Line(server.url))
        stack.callback(line.shutdown)
        Thread(target=line.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

        def to(url: str) -> Connection:
            connection = Connection(replace(server.account, url=url, timeout_s=60))
            stack.callback(connection.close)
            return connection

        yield Distance(server, folder, line, to(line.url), to(server.url), to(f"http://127.0.0.1:{free_port()}/"))
