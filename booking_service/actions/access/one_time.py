"""One-time links: made and taken back by hosts, followed by whoever has one, used by one booking."""

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
from ...storage import bookings, hosts, meetings, one_time
from ...storage.engine import snapshot, transaction
from ...storage.one_time import OneTimeLink

LASTS = timedelta(days=14)
LASTS_AT_MOST = timedelta(days=366)
NOTE_LENGTH = 120


class LinkState(StrEnum):
    """What has become of a link."""

    OPEN = "open"
    USED = "used"
    OVER = "over"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Listed:
    """A link as its host sees it. `path`: where it leads, below the public address."""

    link: OneTimeLink
    meeting: MeetingType
    path: str
    state: LinkState


@dataclass(frozen=True, slots=True)
class Followed:
    """Which meeting type a link is for, by the names in its address."""

    host: str
    meeting: str


def make(rt: Runtime, meeting: MeetingType, *, note: str = "", lasts: timedelta = LASTS, now: datetime) -> Listed:
    """A link for one booking of this meeting type, listed or not."""
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
        one_time.save(session, link)
        host = hosts.get(session, meeting.host_id)
    return Listed(link, meeting, f"/{host.slug}/{LinkPurpose.ONE_TIME}/{token}", LinkState.OPEN)


def listed(rt: Runtime, host_id: UUID, *, now: datetime) -> list[Listed]:
    """A host's links, the newest first."""
    with snapshot(rt.engine) as session:
        host = hosts.get(session, host_id)
        kinds = {each.id: each for each in meetings.of_host(session, host_id, deleted=True)}
        found = one_time.of_host(session, host_id)
        made = {
            each.id: each for each in bookings.of_ids(session, [link.booking_id for link in found if link.booking_id])
        }
    return [
        Listed(
            link,
            kinds[link.meeting_type_id],
            f"/{host.slug}/{LinkPurpose.ONE_TIME}/{_token(rt, link)}",
            _state(link, made.get(link.booking_id) if link.booking_id else None, now=now),
        )
        for link in found
    ]


def revoke(rt: Runtime, host_id: UUID | None, link_id: str, *, now: datetime) -> None:
    """It works no more; a booking that was made by it stays. Raises NotFound, also for a link of another host's."""
    id = read_id(link_id)
    with transaction(rt.engine) as session:
        link = one_time.get(session, id)
        if link is None or link.host_id != host_id:
            raise NotFound("this host has no such link")
        if link.revoked_at is None:
            one_time.save(session, replace(link, revoked_at=now))


def follow(rt: Runtime, host: str, token: str, *, now: datetime) -> Followed:
    """Where a link leads. Raises UnknownMeeting: there is none; OneTimeOver: it was used, taken back, or its time is over."""
    with snapshot(rt.engine) as session:
        link, meeting = _usable(session, token, lock=False, now=now)
        found = hosts.get(session, link.host_id)
    if found.slug != host:
        raise UnknownMeeting("this host has no such link")
    return Followed(found.slug, meeting.slug)


def use(session: Session, token: str, booking: Booking, *, now: datetime) -> None:
    """The booking is the one that this link is for. Of two at once the second finds it used.

    Raises UnknownMeeting: the link is for something else; OneTimeOver.
    """
    link, meeting = _usable(session, token, lock=True, now=now)
    if meeting.id != booking.meeting_type_id:
        raise UnknownMeeting("the link is for another meeting type")
    if link.booking_id is not None:  # it came to nothing, and must not be taken again beside this one
        before = bookings.get(session, link.booking_id)
        ended = replace(before, generation=before.generation + 1)
        bookings.record(session, Decision(booking=ended), now=now)
    one_time.save(session, replace(link, booking_id=booking.id))


def use_again(session: Session, ended: Booking, again: Booking, *, now: datetime) -> None:
    """What an ended hold was made by is used by the booking in its place. Raises OneTimeOver."""
    link = one_time.by_booking(session, ended.id)
    if link is None:
        return
    state = _state(link, None, now=now)
    if state is not LinkState.OPEN:
        raise OneTimeOver(f"the link is {state}", used=False, host=hosts.get(session, link.host_id).slug)
    one_time.save(session, replace(link, booking_id=again.id))


def _usable(session: Session, token: str, *, lock: bool, now: datetime) -> tuple[OneTimeLink, MeetingType]:
    link = one_time.by_hash(session, hash_of(token), lock=lock) if well_formed(token) else None
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
    """What was asked for and never came about leaves the link as it was."""
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
    """Made again; after a rotation of the keys not the newest one's."""
    made = candidates(rt.ring, purpose=LinkPurpose.ONE_TIME, subject=link.id, generation=0)
    return next((each for each in made if hash_of(each) == link.hash), made[0])
