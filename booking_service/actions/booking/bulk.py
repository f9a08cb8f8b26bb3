"""What a host does to several of their holds at once: the mails once more, or all of them released."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ...domain import transitions
from ...domain.booking import Booking, BookingState, Party
from ...domain.errors import BookingError, NotFound
from ...domain.meeting import MeetingType
from ...runtime import Runtime
from ...storage import access, bookings, meetings, statistics
from ...storage.engine import snapshot, transaction
from ..access import limits
from . import address
from .inbox import InboxLine, lines_of

AT_MOST = 200  # on one page, and at once
LATELY = timedelta(weeks=12)


@dataclass(frozen=True, slots=True)
class OpenHolds:
    """Those that end first, AT_MOST of them, and how many there are. `half_within`: how long half of those who confirm take; None
    where nobody did lately."""

    lines: tuple[InboxLine, ...]
    count: int
    half_within: timedelta | None


@dataclass(frozen=True, slots=True)
class Released:
    """How many were, and of how many of them an email tells the invitee."""

    count: int
    told: int


def open_holds(rt: Runtime, host_id: UUID, *, now: datetime) -> OpenHolds:
    """Five statements, however many there are."""
    with snapshot(rt.engine) as session:
        kinds: dict[UUID, MeetingType] = {each.id: each for each in meetings.of_host(session, host_id)}
        found = bookings.waiting_of(session, host_id, now=now, limit=AT_MOST)
        count = bookings.count_waiting(session, host_id, now=now)
        lately = statistics.figures_of_all(session, host_id, first_on=(now - LATELY).date())
        return OpenHolds(lines_of(session, found, kinds), count, lately.half_within)


def owned(rt: Runtime, host_id: UUID, ids: Sequence[UUID]) -> list[Booking]:
    """These bookings. Raises NotFound: one of them is not this host's."""
    with snapshot(rt.engine) as session:
        found = [bookings.find(session, each) for each in ids[:AT_MOST]]
    mine = [each for each in found if each is not None and each.host_id == host_id]
    if len(mine) < len(found):
        raise NotFound("this host has no such booking")
    return mine


def wanting_no_mail(rt: Runtime, asked: Sequence[Booking]) -> frozenset[UUID]:
    """Those of them whose invitee asked never to be written to. One statement."""
    marks = {each.id: limits.mailbox_marks(rt, each.invitee.email) for each in asked}
    with snapshot(rt.engine) as session:
        blocked = access.blocked_among(session, {mark for every in marks.values() for mark in every})
    return frozenset(id for id, every in marks.items() if blocked.intersection(every))


def resend(rt: Runtime, host_id: UUID, ids: Sequence[UUID], *, now: datetime) -> int:
    """The mail with the link once more, wherever one may be sent now. Returns how many are. Raises NotFound."""
    sent = 0
    for each in owned(rt, host_id, ids):
        try:
            after = address.resend(rt, each.public_id, by=Party.HOST, now=now)
        except BookingError:  # answered or over by now, or mailed a moment ago: the page says how many were not
            continue
        sent += after.resends > each.resends
    return sent


def release(rt: Runtime, host_id: UUID, ids: Sequence[UUID], *, reason: str, now: datetime) -> Released:
    """Release those that are still held; a worker writes the calendar and the mails.

    Each in a transaction of its own, so that a booking that was confirmed meanwhile stays. Raises NotFound.
    """
    released: list[Booking] = []
    for each in owned(rt, host_id, ids):
        with transaction(rt.engine) as session:
            booking = bookings.lock(session, each.id)
            if booking.state is BookingState.HELD and booking.blocks(now):
                bookings.record(session, transitions.cancel(booking, by=Party.HOST, reason=reason, now=now), now=now)
                released.append(booking)
    unwanted = wanting_no_mail(rt, released)
    return Released(len(released), sum(each.asked and each.id not in unwanted for each in released))
