"""What stands on a calendar server, asked as any stranger with the password could: plain DAV, none of our own code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree

import httpx2
from icalendar import Calendar, Event

from tests.servers import Server

_LIST = '<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'


@dataclass(frozen=True)
class Standing:
    """One calendar object: where, in which version, what."""

    url: str
    etag: str
    body: bytes

    @property
    def event(self) -> Event:
        """Its only VEVENT."""
        [event] = Calendar.from_ical(self.body).walk("VEVENT")
        assert isinstance(event, Event)
        return event

    @property
    def uid(self) -> str:
        return str(self.event["UID"])

    @property
    def status(self) -> str:
        return str(self.event.get("STATUS", ""))

    @property
    def sequence(self) -> int:
        return int(str(self.event["SEQUENCE"]))

    @property
    def start(self) -> datetime:
        start = self.event.start
        assert isinstance(start, datetime), "a booking is no all-day event"
        return start

    @property
    def duration(self) -> timedelta:
        return self.event.duration


@dataclass(frozen=True)
class Outside:
    """The calendars of a host, seen from outside."""

    server: Server
    calendars: Sequence[str]

    def bookings(self) -> list[Standing]:
        """Every object that a booking put there."""
        return [each for url in self.calendars for each in self._objects(url) if b"X-BOOKING-ID" in each.body]

    def at(self, start: str) -> list[Standing]:
        """The bookings' objects that begin at this instant."""
        instant = datetime.fromisoformat(start)
        return [each for each in self.bookings() if each.start == instant]

    def get(self, url: str) -> Standing | None:
        answer = self._ask("GET", url)
        if answer.status_code in (404, 410):
            return None
        answer.raise_for_status()
        return Standing(url, answer.headers.get("etag", ""), answer.content)

    def put(self, url: str, body: bytes) -> None:
        answer = self._ask("PUT", url, content=body, headers={"Content-Type": "text/calendar; charset=utf-8"})
        answer.raise_for_status()

    def delete(self, url: str) -> None:
        self._ask("DELETE", url).raise_for_status()

    def _objects(self, url: str) -> list[Standing]:
        answer = self._ask("PROPFIND", url, content=_LIST, headers={"Depth": "1", "Content-Type": "application/xml"})
        answer.raise_for_status()
        hrefs = [each.text or "" for each in ElementTree.fromstring(answer.content).iter("{DAV:}href")]  # noqa: S314
        objects = [self.get(urljoin(url, href)) for href in hrefs if not href.endswith("/")]
        return [each for each in objects if each is not None]

    def _ask(self, method: str, url: str, **more: Any) -> httpx2.Response:
        return httpx2.request(
            method, url, auth=(self.server.user, self.server.password), trust_env=False, timeout=30, **more
        )
