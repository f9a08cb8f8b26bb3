"""A host's meeting types set up on pages, recorded under the keys of the setup file."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session

from ...domain.booking import Booking, BookingState
from ...domain.errors import NotFound
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...domain.slots import Horizon, SlotRules
from ...runtime import Runtime
from ...storage import booking_lists, calendars, hosts, meetings, purposes
from ...storage.engine import lock_host, snapshot, transaction
from ..access import sealed_answers
from ..consent import question_fields
from .file.tables import DEFAULT_HORIZON_DAYS, DEFAULT_NOTICE
from .file.write import Tree, meeting_tree
from .names import RESERVED_FOR_LINKS
from .record import record


class NameTaken(Exception):
    """Another meeting type of this host has this slug."""


class MeetingTypeChanged(Exception):
    """Somebody else saved it since it was shown. `standing`: as it is now."""

    def __init__(self, standing: MeetingType) -> None:
        super().__init__("it was changed meanwhile")
        self.standing = standing


@dataclass(frozen=True, slots=True)
class OwnMeeting:
    """A meeting type with its host. `calendar`: the name of the one that its events go into; "" for none.

    `target`: the host's target. `calendars`: address and name of each possible choice.
    """

    host: Host
    meeting: MeetingType
    calendar: str = ""
    target: str = ""
    calendars: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Live:
    """Coming and held bookings of a meeting type."""

    coming: tuple[Booking, ...]
    held: tuple[Booking, ...]


def own(rt: Runtime, host_id: UUID | None, slug: str) -> OwnMeeting:
    """A meeting type of this host by slug. Raises NotFound: none, or another host's."""
    with snapshot(rt.engine) as session:
        return _own(session, host_id, slug)


def host_of(rt: Runtime, host_id: UUID | None) -> Host:
    """Raises NotFound: the person is no host."""
    if host_id is None:
        raise NotFound("this person is no host")
    with snapshot(rt.engine) as session:
        return hosts.get(session, host_id)


def every(rt: Runtime, host_id: UUID) -> list[MeetingType]:
    with snapshot(rt.engine) as session:
        return meetings.of_host(session, host_id)


def save(rt: Runtime, before: MeetingType, after: MeetingType, *, by: str, now: datetime) -> None:
    """Save a meeting type. `before`: as it was shown.

    Raises MeetingTypeChanged, NameTaken, FieldUnfit: a question's answers can't be kept in the field it names.
    """
    with transaction(rt.engine) as session:
        lock_host(session, before.host_id)
        session.expire_all()
        host = hosts.get(session, before.host_id)
        standing = _own(session, host.id, before.slug).meeting
        if standing != before:
            raise MeetingTypeChanged(standing)
        if after.slug != before.slug:
            _refuse_taken(session, host, after.slug)
        question_fields.refuse_misfits(session, before, after)
        meetings.save(session, after)
        sealed_answers.owe(session, before, after, now=now)
        _note(session, host, before, after, by=by, now=now)


def create(rt: Runtime, host: Host, meeting: MeetingType, *, by: str, now: datetime) -> None:
    """Add a meeting type as the last one. Raises NameTaken."""
    with transaction(rt.engine) as session:
        lock_host(session, host.id)
        _refuse_taken(session, host, meeting.slug)
        meetings.save(session, meeting, position=len(meetings.of_host(session, host.id, deleted=True)))
        _note(session, host, None, meeting, by=by, now=now)


def usual(host: Host, *, slug: str, title: str, duration: timedelta) -> MeetingType:
    """A meeting type with the defaults of the setup file."""
    rules = SlotRules(
        duration=duration, increment=duration, notice=DEFAULT_NOTICE, horizon=Horizon(days=DEFAULT_HORIZON_DAYS)
    )
    return MeetingType(id=uuid4(), host_id=host.id, slug=slug, title=title, rules=rules)


def live_bookings(rt: Runtime, meeting: MeetingType, *, now: datetime) -> Live:
    """The bookings that its deletion concerns."""
    with snapshot(rt.engine) as session:
        found = booking_lists.live_of_meeting(session, meeting.id, now=now)
    return Live(
        tuple(each for each in found if each.state is BookingState.CONFIRMED),
        tuple(each for each in found if each.state is BookingState.HELD),
    )


def delete(rt: Runtime, meeting: MeetingType, *, by: str, now: datetime) -> None:
    """Delete: nobody can book it and no page shows it; existing bookings stay."""
    with transaction(rt.engine) as session:
        lock_host(session, meeting.host_id)
        session.expire_all()
        host = hosts.get(session, meeting.host_id)
        standing = _own(session, host.id, meeting.slug).meeting
        meetings.delete(session, standing)
        _note(session, host, standing, None, by=by, now=now)


def purposes_on_offer(rt: Runtime) -> tuple[str, ...]:
    """The slugs of purposes that can be asked for."""
    with snapshot(rt.engine) as session:
        return tuple(each.slug for each in purposes.every(session) if each.active)


def _own(session: Session, host_id: UUID | None, slug: str) -> OwnMeeting:
    meeting = meetings.by_slug(session, host_id, slug) if host_id is not None else None
    if host_id is None or meeting is None:
        raise NotFound("this host has no such meeting type")
    counting = calendars.looked_at(calendars.of_host(session, host_id))
    place, target = calendars.place_of(counting, meeting), calendars.target_of(counting)
    return OwnMeeting(
        hosts.get(session, host_id),
        meeting,
        calendar=place.name if place else "",
        target=target.name if target else "",
        calendars=tuple((each.url, each.name) for each in counting),
    )


def _refuse_taken(session: Session, host: Host, slug: str) -> None:
    if slug in RESERVED_FOR_LINKS or meetings.by_slug(session, host.id, slug) is not None:
        raise NameTaken(f"/{host.slug}/{slug} is another meeting type")


def _note(
    session: Session, host: Host, before: MeetingType | None, after: MeetingType | None, *, by: str, now: datetime
) -> None:
    record(session, _tree(host, before), _tree(host, after), by=by, now=now)


def _tree(host: Host, meeting: MeetingType | None) -> Tree:
    return {"hosts": {host.slug: {"meetings": {meeting.slug: meeting_tree(meeting)}}}} if meeting else {}
