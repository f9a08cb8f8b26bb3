"""What a host does to several holds at once: sending the mails again, or releasing them."""

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

AT_MOST = 200  # on one page, and in one request
LATELY = timedelta(weeks=12)


@dataclass(frozen=True, slots=True)
class OpenHolds:
    """The AT_MOST holds that end first, and the number of all.

    `half_within`: the median time to confirm lately; None where nobody did.
    """

    lines: tuple[InboxLine, ...]
    count: int
    half_within: timedelta | None


@dataclass(frozen=True, slots=True)
class Released:
    """`count`: how many were released. `told`: how many invitees are mailed about it."""

    count: int
    told: int


def open_holds(rt: Runtime, host_id: UUID, *, now: datetime) -> OpenHolds:
    """By five statements, however many there are."""
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
    """Those whose invitee's mailbox is blocked, by one statement."""
    marks = {each.id: limits.mailbox_marks(rt, each.invitee.email) for each in asked}
    with snapshot(rt.engine) as session:
        blocked = access.blocked_among(session, {mark for every in marks.values() for mark in every})
    return frozenset(id for id, every in marks.items() if blocked.intersection(every))


def resend(rt: Runtime, host_id: UUID, ids: Sequence[UUID], *, now: datetime) -> int:
    """Send the mail with the link again where possible now. Returns how often. Raises NotFound."""
    sent = 0
    for each in owned(rt, host_id, ids):
        try:
            after = address.resend(rt, each.public_id, by=Party.HOST, now=now)
        except BookingError:  # answered, over, or just mailed: the page says how many were not
            continue
        sent += after.resends > each.resends
    return sent


def release(rt: Runtime, host_id: UUID, ids: Sequence[UUID], *, reason: str, now: datetime) -> Released:
    """Release those that are still held; a worker writes calendar and mails.

    Each in a transaction of its own; one confirmed meanwhile stays. Raises NotFound.
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
