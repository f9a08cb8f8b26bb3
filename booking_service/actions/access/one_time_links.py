"""One-time links: made and revoked by hosts, opened by whoever has one, used by one booking."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose, candidates, hash_of, token_for, well_formed
from ...domain.booking import NOBODYS_FAULT, Booking, BookingState, Decision
from ...domain.errors import NotFound, OneTimeOver, UnknownMeeting
from ...domain.ids import read_id
from ...domain.meeting import MeetingType
from ...domain.text import one_line
from ...runtime import Runtime
from ...storage import bookings, hosts, meetings, one_time_links
from ...storage.engine import snapshot, transaction
from ...storage.one_time_links import OneTimeLink

LASTS = timedelta(days=14)
LASTS_AT_MOST = timedelta(days=366)
NOTE_LENGTH = 120


class LinkState(StrEnum):
    """The state of a link."""

    OPEN = "open"
    USED = "used"
    OVER = "over"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link as its host sees it. `path`: its address below the public one."""

    link: OneTimeLink
    meeting: MeetingType
    path: str
    state: LinkState


@dataclass(frozen=True, slots=True)
class Followed:
    """The meeting type of a link, by the names in its address."""

    host: str
    meeting: str


def make(rt: Runtime, meeting: MeetingType, *, note: str = "", lasts: timedelta = LASTS, now: datetime) -> ListedLink:
    """Make a link for one booking of this meeting type, listed or not."""
    id = uuid4()
    token = token_for(rt.ring, purpose=LinkPurpose.ONE_TIME, subject=id, generation=0)
    link = OneTimeLink(
        id=id,
        hash=hash_of(token),
        host_id=meeting.host_id,
        meeting_type_id=meeting.id,
        note=one_line(note)[:NOTE_LENGTH],
        created_at=now,
        until=now + min(lasts, LASTS_AT_MOST),
    )
    with transaction(rt.engine) as session:
        one_time_links.save(session, link)
        host = hosts.get(session, meeting.host_id)
    return ListedLink(link, meeting, f"/{host.slug}/{LinkPurpose.ONE_TIME}/{token}", LinkState.OPEN)


def listed(rt: Runtime, host_id: UUID, *, now: datetime) -> list[ListedLink]:
    """A host's links, the newest first."""
    with snapshot(rt.engine) as session:
        host = hosts.get(session, host_id)
        kinds = {each.id: each for each in meetings.of_host(session, host_id, deleted=True)}
        found = one_time_links.of_host(session, host_id)
        made = {
            each.id: each for each in bookings.of_ids(session, [link.booking_id for link in found if link.booking_id])
        }
    return [
        ListedLink(
            link,
            kinds[link.meeting_type_id],
            f"/{host.slug}/{LinkPurpose.ONE_TIME}/{_token(rt, link)}",
            _state(link, made.get(link.booking_id) if link.booking_id else None, now=now),
        )
        for link in found
    ]


def revoke(rt: Runtime, host_id: UUID | None, link_id: str, *, now: datetime) -> None:
    """Revoke a link; a booking made by it stays. Raises NotFound: none, or another host's."""
    id = read_id(link_id)
    with transaction(rt.engine) as session:
        link = one_time_links.get(session, id)
        if link is None or link.host_id != host_id:
            raise NotFound("this host has no such link")
        if link.revoked_at is None:
            one_time_links.save(session, replace(link, revoked_at=now))


def follow(rt: Runtime, host: str, token: str, *, now: datetime) -> Followed:
    """The meeting type of a link. Raises UnknownMeeting: no such link; OneTimeOver: used, revoked or expired."""
    with snapshot(rt.engine) as session:
        link, meeting = _usable(session, token, lock=False, now=now)
        found = hosts.get(session, link.host_id)
    if found.slug != host:
        raise UnknownMeeting("this host has no such link")
    return Followed(found.slug, meeting.slug)


def use(session: Session, token: str, booking: Booking, *, now: datetime) -> None:
    """Use a link for a booking. Of two at once the second finds it used.

    Raises UnknownMeeting: it is for another meeting type; OneTimeOver.
    """
    link, meeting = _usable(session, token, lock=True, now=now)
    if meeting.id != booking.meeting_type_id:
        raise UnknownMeeting("the link is for another meeting type")
    if link.booking_id is not None:  # it failed, and must not be taken again beside this one
        before = bookings.get(session, link.booking_id)
        for each in (before, *bookings.preceding(session, before)):
            bookings.record(session, Decision(booking=replace(each, generation=each.generation + 1)), now=now)
    one_time_links.save(session, replace(link, booking_id=booking.id))


def use_again(session: Session, ended: Booking, again: Booking, *, now: datetime) -> None:
    """The link that made an ended hold is used by the booking in its place. Raises OneTimeOver."""
    link = one_time_links.by_booking(session, ended.id)
    if link is None:
        return
    state = _state(link, None, now=now)
    if state is not LinkState.OPEN:
        raise OneTimeOver(f"the link is {state}", used=False, host=hosts.get(session, link.host_id).slug)
    one_time_links.save(session, replace(link, booking_id=again.id))


def _usable(session: Session, token: str, *, lock: bool, now: datetime) -> tuple[OneTimeLink, MeetingType]:
    link = one_time_links.by_hash(session, hash_of(token), lock=lock) if well_formed(token) else None
    if link is None:
        raise UnknownMeeting("there is no such link")
    made = bookings.find(session, link.booking_id) if link.booking_id else None
    state = _state(link, made, now=now)
    if state is not LinkState.OPEN:
        raise OneTimeOver(
            f"the link is {state}", used=state is LinkState.USED, host=hosts.get(session, link.host_id).slug
        )
    return link, meetings.get(session, link.meeting_type_id)


def _state(link: OneTimeLink, made: Booking | None, *, now: datetime) -> LinkState:
    """The link's state. A request that never became a booking leaves it unused."""
    if made is not None and not _came_to_nothing(made, now=now):
        return LinkState.USED
    if link.revoked_at is not None:
        return LinkState.REVOKED
    return LinkState.OVER if link.until <= now else LinkState.OPEN


def _came_to_nothing(booking: Booking, *, now: datetime) -> bool:
    match booking.state:
        case BookingState.EXPIRED:
            return True
        case BookingState.HELD:
            return not booking.blocks(now)
        case BookingState.CANCELLED:
            return booking.cause in NOBODYS_FAULT
        case BookingState.CONFIRMED:
            return False


def _token(rt: Runtime, link: OneTimeLink) -> str:
    """The token, made again; after a rotation by an older key."""
    made = candidates(rt.ring, purpose=LinkPurpose.ONE_TIME, subject=link.id, generation=0)
    return next((each for each in made if hash_of(each) == link.hash), made[0])
