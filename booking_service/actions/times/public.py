"""What public pages show of hosts and meeting types. Nothing here changes anything."""

from dataclasses import dataclass
from datetime import datetime

from ...domain.errors import UnknownMeeting
from ...domain.meeting import MeetingType
from ...domain.people import Host, Organisation
from ...runtime import Runtime
from ...storage import hosts, meetings, purposes
from ...storage.engine import snapshot
from .offers import Offering, check_slot


@dataclass(frozen=True, slots=True)
class SeenHost:
    """A host's page: the host, and their listed meeting types."""

    organisation: Organisation
    host: Host
    meetings: tuple[MeetingType, ...]


def organisation(rt: Runtime) -> Organisation:
    with snapshot(rt.engine) as session:
        return hosts.organisation(session)


@dataclass(frozen=True, slots=True)
class Uses:
    """The uses of what people enter. `asks`: some forms ask for a consent. `keeps`: some answers are kept in
    profiles."""

    organisation: Organisation
    asks: bool
    keeps: bool


def uses(rt: Runtime) -> Uses:
    with snapshot(rt.engine) as session:
        questions = (each for meeting in meetings.every(session) for each in meeting.questions)
        asks = any(each.active for each in purposes.every(session))
        return Uses(hosts.organisation(session), asks, any(each.field for each in questions))


def listed(rt: Runtime) -> tuple[Organisation, tuple[Host, ...]]:
    """The organisation, and the hosts that are listed."""
    with snapshot(rt.engine) as session:
        return hosts.organisation(session), tuple(h for h in hosts.every(session) if h.active and h.listed)


def host_page(rt: Runtime, slug: str) -> SeenHost:
    """Raises UnknownMeeting: nobody of this name takes bookings."""
    with snapshot(rt.engine) as session:
        host = hosts.by_slug(session, slug)
        if host is None or not host.active:
            raise UnknownMeeting(f"nobody takes bookings at /{slug}")
        offered = tuple(m for m in meetings.of_host(session, host.id) if m.active and m.listed and not m.one_time_only)
        return SeenHost(hosts.organisation(session), host, offered)


def check_offered(rt: Runtime, wanted: Offering, start: datetime, *, now: datetime) -> None:
    """Raises NotOffered, CalendarUnverified. The hold itself checks again."""
    with snapshot(rt.engine) as session:
        check_slot(rt, session, wanted, start, now=now)
