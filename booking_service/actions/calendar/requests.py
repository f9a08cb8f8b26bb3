"""Performing a run's requests, one at a time, on the calendar where the event belongs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from calendars.errors import Busy, CalendarError, Precondition
from calendars.ical import ics
from calendars.model import Event, StoredObject
from calendars.port import Calendar

from ...domain.booking import Booking
from ...domain.interval import Interval
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...domain.publishing import (
    Absent,
    Answer,
    Ask,
    ClaimedState,
    Create,
    Delete,
    Done,
    Elsewhere,
    Find,
    Finding,
    Get,
    NotDone,
    Present,
    Replace,
    Run,
    Silence,
)
from ...domain.reservation import Status
from ...invites import from_run, revision_of, run_of
from ...runtime import Runtime
from ...storage import calendars
from ...storage.busy import name_of
from ...telemetry import process_figures
from ..access.sealed_answers import description_marks
from .conflict_check import silence

_ANY = "*"  # If-Match: * (RFC 9110 §13.1.1), where the server gives no ETag

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KnownCalendar:
    """A calendar where the event may stand, and its account."""

    connected: calendars.Connected
    account: calendars.Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a run works from, as of its claim. `places`: where the event belongs, then where else it may stand.

    `texts`: what each revision's event says.
    """

    snapshot: ClaimedState
    booking: Booking
    meeting: MeetingType
    host: Host
    places: tuple[KnownCalendar, ...]
    event: Event
    texts: Mapping[int, Mapping[str, str]]
    now: datetime

    @property
    def looks(self) -> bool:
        return self.booking.blocks(self.now)


class CalendarRequests:
    """Performs a run's requests. Remembers what was read, to merge into it, and whether reading was the last
    request."""

    def __init__(self, rt: Runtime, work: Work) -> None:
        self._rt, self._work = rt, work
        self._standing: StoredObject | None = None
        self._created = 0
        self.read_last = False

    def perform(self, ask: Ask) -> Answer:
        self.read_last = isinstance(ask, Get)
        try:
            return self._find() if isinstance(ask, Find) else self._ask(ask)
        except Precondition:
            process_figures.CALENDAR_CONFLICTS.add(type(ask).__name__.lower())
            return NotDone()
        except ics.Unreadable:
            return Silence("what stands there can't be read")
        except CalendarError as error:
            log.warning("calendar_asked", calendar=self._called(), ask=type(ask).__name__, error=type(error).__name__)
            return silence(error)

    def _called(self) -> str:
        """Its name for the log, such as ada/Bookings, as addresses may contain secrets."""
        names = ", ".join(place.connected.name for place in self._work.places[:1])
        return f"{self._work.host.slug}/{names}"

    def _open(self, place: KnownCalendar) -> Calendar:
        if pause := place.account.pause(self._work.now):
            raise Busy("the server asked for patience", after_s=pause.total_seconds())
        return self._rt.open_calendar(place.account, place.connected.url)

    def _ask(self, ask: Get | Create | Replace | Delete) -> Answer:
        if not self._work.places:
            raise Disconnected("the calendar was disconnected")
        calendar, href = self._open(self._work.places[0]), self._work.snapshot.reservation.href
        match ask:
            case Get():
                self._standing = calendar.get(href)
                return self._read(self._standing)
            case Create():
                run: str | None = self._next_run()
                return Done(calendar.create(href, ics.build(from_run(self._work.event, run))), run=run)
            case Replace(etag=etag, merge=False):
                run = self._work.snapshot.reservation.run
                body = ics.build(from_run(self._work.event, run))
                return Done(calendar.replace(href, body, etag=etag or _ANY), run=run)
            case Replace(etag=etag):
                body, run = self._merged()
                return Done(calendar.replace(href, body, etag=etag or _ANY), clean=False, run=run)
            case Delete(etag=etag):
                return Done(None) if calendar.delete(href, etag=etag) else Absent()

    def _next_run(self) -> str:
        """The id of a PUT that may create the event: this run's fence, and the number of such PUTs."""
        self._created += 1
        return f"{self._work.snapshot.reservation.fence}.{self._created}"

    def _find(self) -> Answer:
        """Ask every calendar, as a copy may be anywhere; without an answer from one the result is open."""
        r = self._work.snapshot.reservation
        for place in self._work.places:
            found = self._open(place).find(r.uid)
            if found is None:
                continue
            if place.connected.id == r.calendar_id and name_of(found.href) == name_of(r.href):
                return Silence("the calendar says both that it is there and that it is not")
            return Elsewhere(place.connected.id, found.href)
        return Absent()

    def _read(self, standing: StoredObject | None) -> Present | Absent:
        if standing is None:
            return Absent()
        event = ics.read(standing.body, zone=self._work.host.zone)
        if event is None:
            raise ics.Unreadable("there is no event in it")
        status = Status(event.status.value) if event.status else Status.CONFIRMED
        time = Interval(event.time.start, max(event.time.end, event.time.start + timedelta(minutes=1)))
        return Present(revision_of(event.marks), time, status, standing.etag, run_of(event.marks))

    def _merged(self) -> tuple[bytes, str | None]:
        """Our event merged into the one that stands, and the PUT that that one stems from.

        What differs from the texts of its revision is the host's.
        """
        standing, zone, r = self._standing, self._work.host.zone, self._work.snapshot.reservation
        if standing is None:
            run = self._next_run()
            return ics.build(from_run(self._work.event, run)), run
        seen = ics.read(standing.body, zone=zone)
        carried = revision_of(seen.marks) if seen else None
        run = (run_of(seen.marks) if seen else None) or r.run or self._next_run()
        texts = self._work.texts.get(carried if carried is not None else r.base or 0, {})
        if self._work.booking.erased:  # our texts are erased, so everything that stands there counts as the host's
            texts = dict.fromkeys(("summary", "description", "location"), "")
        merged = ics.merge(
            standing.body,
            from_run(self._work.event, run),
            previous_summary=texts.get("summary"),
            previous_description=self._previous(texts.get("description"), seen.description if seen else ""),
            previous_location=texts.get("location"),
            previous_url=texts.get("url", ""),
            previous_conference=texts.get("conference", ""),
            previous_color=texts.get("color"),
            zone=zone,
        )
        return merged, run

    def _previous(self, kept: str | None, standing: str) -> str | None:
        """The text that we wrote, if it still stands and only a mark of it was stored."""
        return standing if kept in description_marks(self._rt.ring, standing) else kept


class Disconnected(CalendarError):
    """The calendar of this reservation is no longer connected."""


def drive(run: Run, requests: CalendarRequests) -> Finding:
    """Answer the run's requests until it returns its finding."""
    try:
        ask = next(run)
        while True:
            ask = run.send(requests.perform(ask))
    except StopIteration as stop:
        finding: Finding = stop.value
        return finding
