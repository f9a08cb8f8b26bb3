"""The host's own client, on any calendar behind the port: what a person does there, as a CalDAV client does it.

In memory the verbs of `MemoryCalendar` say the same; these go by the port, so they work on servers too.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from calendars.errors import CalendarError
from calendars.ical import ics
from calendars.ical.lines import encode, line, lines, text_line
from calendars.ical.moments import written
from calendars.model import Event, EventStatus, Period
from calendars.port import Calendar
from tests.world import MONDAY


class HostedCalendar:
    """The port of `calendar`, and the host's client beside it."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def __getattr__(self, name: str) -> Any:
        return getattr(self._calendar, name)

    def bodies(self) -> list[bytes]:
        return [each.body for each in self._calendar.fetch(self._calendar.listing())]

    def events(self) -> list[ics.OurEvent]:
        return [event for event in map(readable, self.bodies()) if event is not None]

    def host_adds(self, summary: str, time: Period, *, uid: str) -> str:
        event = Event(uid=uid, time=time, status=EventStatus.CONFIRMED, summary=summary, sequence=0, stamped_at=MONDAY)
        self._calendar.create(f"{uid}.ics", ics.build(event))
        return uid

    def host_puts(self, name: str, body: bytes) -> None:
        self._calendar.create(name, body)

    def host_moves(self, uid: str, time: Period) -> None:
        start, end = line("DTSTART", written(time.start)), line("DTEND", written(time.end))
        self._edit(uid, {"DTSTART": start, "DTEND": end, "DURATION": ""})

    def host_edits(
        self,
        uid: str,
        *,
        summary: str | None = None,
        description: str | None = None,
        url: str | None = None,
        status: EventStatus | None = None,
    ) -> None:
        texts = {"SUMMARY": summary, "DESCRIPTION": description, "URL": url, "STATUS": status and status.value}
        self._edit(uid, {name: text_line(name, text) for name, text in texts.items() if text is not None})

    def host_deletes(self, uid: str) -> None:
        found = self._calendar.find(uid)
        assert found is not None
        assert self._calendar.delete(found.href, etag=found.etag)

    def _edit(self, uid: str, edits: Mapping[str, str]) -> None:
        found = self._calendar.find(uid)
        assert found is not None
        assert found.etag is not None
        self._calendar.replace(found.href, encode("".join(_edited(found.body, edits))), etag=found.etag)


def _edited(body: bytes, edits: Mapping[str, str]) -> Iterator[str]:
    """Whole lines of the event's own properties replaced; an empty line takes the property away."""
    inside: list[str] = []
    for each in lines(body):
        if each.name == "BEGIN":
            inside.append(each.value.strip().upper())
        own = inside == ["VCALENDAR", "VEVENT"] and each.name in edits
        yield edits[each.name] if own else each.raw
        if each.name == "END":
            inside.pop()


def readable(body: bytes) -> ics.OurEvent | None:
    try:
        return ics.read(body)
    except CalendarError:
        return None
