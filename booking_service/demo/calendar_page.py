"""The present events in Ada's calendars, read from the server, so that a hold can be seen without a client."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from calendars.errors import CalendarError
from calendars.ical import ics
from calendars.model import Period
from calendars.port import Calendar

from ..clock import Clock
from .addresses import HORIZON_DAYS
from .pages import HEADERS, page, wants_html

_BEHIND = timedelta(days=1)
_AHEAD = timedelta(days=HORIZON_DAYS + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """One event. `status`: as written; CONFIRMED where it is missing (RFC 5545 §3.8.1.11 leaves that open)."""

    calendar: str
    uid: str
    title: str
    status: str
    start: datetime
    end: datetime
    repeats: bool
    blocks: bool

    def as_json(self) -> dict[str, object]:
        times = {"start": self.start.isoformat(), "end": self.end.isoformat()}
        facts = {"calendar": self.calendar, "uid": self.uid, "title": self.title, "status": self.status}
        return {**facts, **times, "repeats": self.repeats, "blocks": self.blocks}


@dataclass(frozen=True, slots=True)
class CalendarView:
    """Events by time, in `zone`. `error`: the server could not be asked."""

    entries: tuple[ShownEntry, ...]
    zone: str
    error: str = ""

    def when(self, entry: ShownEntry) -> str:
        zone = ZoneInfo(self.zone)
        start, end = entry.start.astimezone(zone), entry.end.astimezone(zone)
        if start.time() == end.time() == time():
            last_day = end - timedelta(days=1)
            upto = "" if last_day.date() == start.date() else f"–{last_day:%a %d %b %Y}"
            return f"{start:%a %d %b %Y}{upto}, all day"
        last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a %d %b %H:%M}"
        return f"{start:%a %d %b %Y, %H:%M}–{last}"


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """GET /demo/calendar. `calendars`: by the names to show."""

    calendars: Mapping[str, Calendar]
    clock: Clock
    templates: Environment
    zone: ZoneInfo

    def routes(self) -> list[Route]:
        return [Route("/demo/calendar", self.show, name="demo-calendar")]

    def show(self, request: Request) -> Response:
        try:
            entries = tuple(sorted(self._entries(), key=lambda entry: (entry.start, entry.uid)))
        except CalendarError:
            return self._unreachable(request)
        if not wants_html(request):
            return JSONResponse([entry.as_json() for entry in entries], headers=HEADERS)
        version = f"{hash(entries) & 0xFFFFFFFF:08x}"
        return page(self.templates, "demo/calendar.html", CalendarView(entries, self.zone.key), version=version)

    def _unreachable(self, request: Request) -> Response:
        error = "The calendar server does not answer."
        if not wants_html(request):
            return JSONResponse({"error": error}, 503, HEADERS)
        return page(self.templates, "demo/calendar.html", CalendarView((), self.zone.key, error), status=503)

    def _entries(self) -> Iterator[ShownEntry]:
        now = self.clock.now()
        for name, calendar in self.calendars.items():
            for stored in calendar.snapshot(Period(now - _BEHIND, now + _AHEAD)).objects:
                try:
                    event = ics.read(stored.body, zone=self.zone)
                except ics.Unreadable:
                    continue  # somebody's experiment; other events are still shown
                if event:
                    yield _entry(name, event)


def _entry(calendar: str, event: ics.OurEvent) -> ShownEntry:
    return ShownEntry(
        calendar=calendar,
        uid=event.uid,
        title=event.summary,
        status=event.status or "CONFIRMED",
        start=event.time.start,
        end=event.time.end,
        repeats=event.recurring,
        blocks=event.opaque,
    )
