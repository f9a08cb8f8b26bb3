"""A new host's steps to the first booking: profile, calendar, hours, first meeting type."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ...domain.meeting import MeetingType, Place
from ...domain.people import Host, Person
from ...domain.slots import Horizon, SlotRules
from ...runtime import Runtime
from ...storage import calendars, hosts, meetings, people
from ...storage.calendars import Connected
from ...storage.engine import lock_host, snapshot, transaction
from ..times.offers import find_offering, next_slot
from .file.tables import DEFAULT_HORIZON_DAYS, DEFAULT_NOTICE
from .file.write import host_tree, meeting_tree
from .hosts import HostRefused
from .names import DEFAULT_HOURS, check_host_name, free_name
from .record import record


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeProgress:
    """How far a host is. `target`: the calendar for their bookings."""

    host: Host
    calendars: tuple[Connected, ...]
    meetings: tuple[MeetingType, ...]

    @property
    def target(self) -> Connected | None:
        return calendars.target_of(list(self.calendars))

    @property
    def done(self) -> bool:
        return self.target is not None and any(each.active for each in self.meetings)


def progress(rt: Runtime, host_id: UUID) -> WelcomeProgress:
    """By three statements."""
    with snapshot(rt.engine) as session:
        return WelcomeProgress(
            host=hosts.get(session, host_id),
            calendars=tuple(calendars.of_host(session, host_id)),
            meetings=tuple(meetings.of_host(session, host_id)),
        )


def become_host(rt: Runtime, person: Person, *, slug: str, name: str, zone: ZoneInfo, by: str, now: datetime) -> Host:
    """Create the host of an invited person; an existing one is returned. Raises HostRefused."""
    try:
        checked = check_host_name(slug)
    except ValueError as error:
        raise HostRefused(str(error)) from error
    with transaction(rt.engine) as session:
        standing = people.get(session, person.id)
        if standing.host_id is not None:
            return hosts.get(session, standing.host_id)
        if hosts.by_slug(session, checked) is not None:
            raise HostRefused(f"there is a host {checked!r} already")
        host = Host(
            id=uuid4(),
            slug=checked,
            name=name,
            email=standing.email,
            zone=zone,
            language=standing.language,
            hours=DEFAULT_HOURS,
        )
        hosts.save(session, host)
        session.flush()
        people.save(session, replace(standing, host_id=host.id, name=name, zone=zone), now=now)
        record(session, {}, {"hosts": {host.slug: host_tree(host)}}, by=by, now=now)
    return host


def first_meeting(
    rt: Runtime, host_id: UUID, *, title: str, duration: timedelta, place: Place, location: str, by: str, now: datetime
) -> MeetingType:
    """Create a meeting type with the usual rules, and a slug made of its title. Raises ValueError."""
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        host, standing = hosts.get(session, host_id), meetings.of_host(session, host_id, deleted=True)
        meeting = MeetingType(
            id=uuid4(),
            host_id=host_id,
            slug=free_name(title, {each.slug for each in standing}, language=host.language),
            title=title,
            rules=SlotRules(
                duration=duration,
                increment=duration,
                notice=DEFAULT_NOTICE,
                horizon=Horizon(days=DEFAULT_HORIZON_DAYS),
            ),
            hold_lifetime=timedelta(minutes=rt.settings.hold.minutes),
            place=place,
            location=location,
        )
        meetings.save(session, meeting, position=len(standing))
        _record_meeting(session, host, meeting, by=by, now=now)
    return meeting


def first_free(rt: Runtime, host: Host, meeting: MeetingType, *, now: datetime) -> datetime | None:
    """The first time that can be booked."""
    found = next_slot(rt, find_offering(rt, host.slug, meeting.slug, now=now), after=now, now=now)
    return found.start if found else None


def _record_meeting(session: Session, host: Host, meeting: MeetingType, *, by: str, now: datetime) -> None:
    tree = {"hosts": {host.slug: {"meetings": {meeting.slug: meeting_tree(meeting)}}}}
    record(session, {}, tree, by=by, now=now)
