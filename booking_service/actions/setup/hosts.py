"""Hosts: adding one, and seeing them all."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session

from ...config.notation import read_mail_address
from ...domain.availability import zone_of
from ...domain.errors import UnknownHost
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...domain.text import NAME_LENGTH, one_line
from ...language import TAGS
from ...runtime import Runtime
from ...storage import calendars, hosts, meetings
from ...storage.calendars import Connected
from ...storage.engine import snapshot, transaction
from ..access.people import let_host_sign_in
from ..times.offers import Closed, why_closed
from .names import DEFAULT_HOURS, check_host_name


class HostRefused(Exception):
    """The host can't be added. The message says what to write instead."""


@dataclass(frozen=True, slots=True)
class HostSummary:
    """A host with their meeting types and calendars, and why the page is closed, if it is."""

    host: Host
    meetings: tuple[MeetingType, ...]
    calendars: tuple[Connected, ...]
    closed: Closed | None


def add(rt: Runtime, slug: str, *, name: str, email: str, zone: str, language: str = "en") -> Host:
    """Add a host with hours from Monday to Friday, 9 to 17. Raises HostRefused."""
    try:
        host = Host(
            id=uuid4(),
            slug=check_host_name(slug),
            name=_shown_name(name),
            email=read_mail_address(email),
            zone=zone_of(zone),
            language=_spoken(language),
            hours=DEFAULT_HOURS,
        )
    except ValueError as error:
        raise HostRefused(str(error)) from error
    with transaction(rt.engine) as session:
        if hosts.by_slug(session, slug) is not None:
            raise HostRefused(f"there is a host {slug!r} already")
        hosts.save(session, host)
        session.flush()
        let_host_sign_in(session, host, now=rt.clock.now())
    return host


def summaries(rt: Runtime, *, now: datetime) -> list[HostSummary]:
    with snapshot(rt.engine) as session:
        return [_summary(rt, session, host, now=now) for host in hosts.every(session)]


def summary(rt: Runtime, slug: str, *, now: datetime) -> HostSummary:
    """Raises UnknownHost."""
    with snapshot(rt.engine) as session:
        host = hosts.by_slug(session, slug)
        if host is None:
            raise UnknownHost(f"there is no host {slug!r}")
        return _summary(rt, session, host, now=now)


def addresses(rt: Runtime, found: HostSummary) -> list[str]:
    """The public addresses of a host: the page, and each meeting type that can be booked by everybody."""
    page = f"{rt.settings.base_url or ''}/{found.host.slug}"
    open_to_all = (each for each in found.meetings if each.active and not each.one_time_only)
    return [page, *(f"{page}/{meeting.slug}" for meeting in open_to_all)]


def _summary(rt: Runtime, session: Session, host: Host, *, now: datetime) -> HostSummary:
    return HostSummary(
        host,
        tuple(meetings.of_host(session, host.id)),
        tuple(calendars.of_host(session, host.id)),
        why_closed(rt, session, host.id, now=now),
    )


def _shown_name(name: str) -> str:
    shown = one_line(name)
    if not 0 < len(shown) <= NAME_LENGTH:
        raise ValueError(f"a name has 1 to {NAME_LENGTH} characters")
    return shown


def _spoken(language: str) -> str:
    if language not in TAGS:
        raise ValueError(f"{language!r} is not a language of this service: choose {', '.join(TAGS)}")
    return language
