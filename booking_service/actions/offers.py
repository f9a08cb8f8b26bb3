"""Which times are on offer. No calendar server is asked here: the cache is fed by pulls, and what is too old or failing
closes the page (what can't be verified is not free)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from ..domain.availability import openings
from ..domain.errors import CalendarUnverified, UnknownMeeting
from ..domain.interval import Interval
from ..domain.meeting import MeetingType
from ..domain.people import Host, Organisation
from ..domain.slots import Facts, offered, slots
from ..runtime import Runtime
from ..storage import busy, calendars, hosts, meetings, reservations
from ..storage.calendars import Connected
from ..storage.engine import snapshot

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


class Closed(StrEnum):
    """Why nothing is offered although there may be free times."""

    NO_CALENDAR = "no-calendar"  # none is connected to write to
    UNREAD = "unread"  # connected, never read yet
    STALE = "stale"  # read too long ago
    FAILING = "failing"  # can't be read now


@dataclass(frozen=True, slots=True)
class Offers:
    """What a page shows: the meeting, its host, and the slots of a window; none where it is `closed`."""

    organisation: Organisation
    host: Host
    meeting: MeetingType
    slots: tuple[Interval, ...]
    closed: Closed | None = None


@dataclass(frozen=True, slots=True)
class Offering:
    """A host's meeting as the database has it, found by the names in an address."""

    organisation: Organisation
    host: Host
    meeting: MeetingType

    @property
    def lead(self) -> timedelta:
        return self.meeting.lead(forced=self.organisation.doi_forced)


def offers(rt: Runtime, host: str, meeting: str, window: Interval, *, now: datetime, but: UUID | None = None) -> Offers:
    """The slots that start in `window`. `but`: a booking that is about to give up its time. Raises UnknownMeeting."""
    with snapshot(rt.engine) as session:
        found = offering(session, host, meeting)
        closed = why_closed(rt, session, found.host.id, now=now)
        if closed is not None:
            return Offers(found.organisation, found.host, found.meeting, (), closed)
        facts = gather(session, found, window, now=now, but=but)
    return Offers(found.organisation, found.host, found.meeting, tuple(slots(facts, window)))


def next_offered(
    rt: Runtime, host: str, meeting: str, *, after: datetime, now: datetime, but: UUID | None = None
) -> Interval | None:
    """The first slot that starts at `after` or later, looked for month by month up to the horizon."""
    start = after
    with snapshot(rt.engine) as session:
        found = offering(session, host, meeting)
        if why_closed(rt, session, found.host.id, now=now) is not None:
            return None
        while True:
            window = Interval(start, start + 31 * DAY)
            facts = gather(session, found, window, now=now, but=but)
            free = slots(facts, window)
            if free:
                return free[0]
            if start.astimezone(found.host.zone).date() > facts.last_on:
                return None
            start = window.end


def nearest(rt: Runtime, host: str, meeting: str, *, to: datetime, now: datetime, count: int = 6) -> list[Interval]:
    """The free slots nearest to an instant, in order of time."""
    window = Interval(max(now, to - 7 * DAY), max(now, to - 7 * DAY) + 21 * DAY)
    free = offers(rt, host, meeting, window, now=now).slots
    return sorted(sorted(free, key=lambda slot: abs(slot.start - to))[:count])


def offering(session: Session, host: str, meeting: str) -> Offering:
    """Raises UnknownMeeting, the same for what does not exist and what was switched off."""
    found_host = hosts.by_slug(session, host)
    found = meetings.by_slug(session, found_host.id, meeting) if found_host is not None else None
    if found_host is None or found is None or not (found_host.active and found.active):
        raise UnknownMeeting(f"nothing can be booked at /{host}/{meeting}")
    return Offering(hosts.organisation(session), found_host, found)


def gather(session: Session, found: Offering, window: Interval, *, now: datetime, but: UUID | None = None) -> Facts:
    """All that decides about the times of `window`. `but`: a booking that is left out, as it is about to move."""
    host, meeting = found.host, found.meeting
    wide = window.padded(DAY + meeting.rules.duration, DAY + meeting.rules.duration)
    weeks = wide.padded(WEEK, WEEK)
    return Facts(
        rules=meeting.rules,
        meeting_type_id=meeting.id,
        openings=openings(meeting.hours or host.hours, host.overrides, host.zone, wide),
        busy=busy.periods(session, host.id, wide),
        booked=reservations.taken(session, host.id, weeks, now=now, but=but),
        limits=host.limits,
        now=now,
        earliest_after=found.lead,
        zone=host.zone,
    )


def check(
    rt: Runtime, session: Session, found: Offering, start: datetime, *, now: datetime, but: UUID | None = None
) -> Interval:
    """The slot on offer at `start`, decided inside the caller's transaction. Raises NotOffered, CalendarUnverified."""
    closed = why_closed(rt, session, found.host.id, now=now)
    if closed is not None:
        raise CalendarUnverified(f"a calendar of {found.host.slug} is {closed}")
    window = Interval(start, start + found.meeting.rules.duration)
    return offered(gather(session, found, window, now=now, but=but), start)


def why_closed(rt: Runtime, session: Session, host_id: UUID, *, now: datetime) -> Closed | None:
    """Why nothing of this host may be offered now, or None."""
    connected = calendars.of_host(session, host_id)
    if calendars.target_of(connected) is None:
        return Closed.NO_CALENDAR
    within = rt.settings.calendar.freshness_max
    states = [_state(each, now=now, within=within) for each in calendars.looked_at(connected)]
    return next((state for state in states if state is not None), None)


def _state(connected: Connected, *, now: datetime, within: timedelta) -> Closed | None:
    if connected.failing_since is not None:
        return Closed.FAILING
    if connected.pulled_at is None:
        return Closed.UNREAD
    return None if connected.fresh(now=now, within=within) else Closed.STALE
