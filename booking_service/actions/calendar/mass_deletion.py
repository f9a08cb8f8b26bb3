"""The host's answer after many of our events vanished at once: they are gone, or they were lost by accident.

Until it comes nothing is concluded from their absence; if they stand again by themselves, the question is over.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose, token_for
from ...domain.booking import Booking, Cause, Party
from ...domain.errors import UnknownBooking
from ...domain.people import Host, Organisation
from ...domain.reservation import Reservation
from ...domain.transitions import cancel
from ...runtime import Runtime
from ...storage import bookings, busy, calendars, hosts, reservations
from ...storage.calendars import Connected
from ...storage.engine import lock_host, snapshot, transaction


@dataclass(frozen=True, slots=True)
class MassDeletionQuestion:
    """What a host is asked after a mass deletion: which calendar, and the bookings whose events are gone from it."""

    host: Host
    organisation: Organisation
    calendar_id: UUID
    calendar: str
    bookings: tuple[Booking, ...]


@dataclass(frozen=True, slots=True)
class Doubted:
    """A calendar from which so many of our events vanished at once, and the path where the host is asked about them."""

    calendar: str
    count: int
    path: str


def question_token(rt: Runtime, connected: Connected) -> str:
    """The link that answers this doubt and no later one.
    It is made again to be recognised, so nothing of it is kept."""
    since = connected.doubtful_since
    generation = int(since.timestamp()) if since is not None else 0
    return token_for(rt.ring, purpose=LinkPurpose.ACT, subject=connected.id, generation=generation)


def doubted(rt: Runtime, session: Session, connected: Iterable[Connected], *, now: datetime) -> tuple[Doubted, ...]:
    """The calendars among these that the host is asked about."""
    return tuple(
        Doubted(each.name, len(_absent(session, each.id, now=now)), f"/a/{question_token(rt, each)}")
        for each in connected
        if each.doubtful_since is not None
    )


def question(rt: Runtime, token: str, *, now: datetime) -> MassDeletionQuestion:
    """What such a link asks. Raises UnknownBooking: it is none, or the question is over."""
    connected = _doubted(rt, token)
    with snapshot(rt.engine) as session:
        host, organisation = hosts.get(session, connected.host_id), hosts.organisation(session)
    gone = tuple(absent_events(rt, connected.id, now=now))
    return MassDeletionQuestion(host, organisation, connected.id, connected.name, gone)


def believe(rt: Runtime, token: str, *, now: datetime) -> int:
    """The host's answer by link: they are gone. Raises UnknownBooking."""
    return believe_calendar(rt, _doubted(rt, token).id, now=now)


def restore(rt: Runtime, token: str, *, now: datetime) -> int:
    """The host's answer by link: it was an accident. Raises UnknownBooking."""
    return restore_events(rt, _doubted(rt, token).id, now=now)


def absent_events(rt: Runtime, calendar_id: UUID, *, now: datetime) -> list[Booking]:
    """Bookings to come whose event was in this calendar and now is not, soonest first. The host is asked about these."""
    with snapshot(rt.engine) as session:
        found = bookings.of_ids(session, [r.booking_id for r in _absent(session, calendar_id, now=now)])
    return sorted(found, key=lambda booking: booking.time.start)


def believe_calendar(rt: Runtime, calendar_id: UUID, *, now: datetime) -> int:
    """The host says that they are gone: their bookings are cancelled, each invitee is told. Returns how many."""
    with transaction(rt.engine) as session:
        gone = _asked_about(session, calendar_id, now=now)
        for reservation in gone:
            booking = bookings.get(session, reservation.booking_id)
            bookings.record(session, cancel(booking, by=Party.HOST, cause=Cause.DELETED, now=now), now=now)
    return len(gone)


def restore_events(rt: Runtime, calendar_id: UUID, *, now: datetime) -> int:
    """The host says that it was an accident: they are written again, under the same UIDs. Returns how many.

    A server that keeps deleted UIDs in a trash bin refuses that until the host restores or empties it; we keep trying.
    """
    with transaction(rt.engine) as session:
        lost = _asked_about(session, calendar_id, now=now)
        for r in lost:
            forgotten = replace(r, seen=False, touched=True, base=None, etag=None, missing_at=None, run=None)
            reservations.save(session, forgotten)
            bookings.wake_publishing(session, r.id, due_at=now, now=now)
    return len(lost)


def _doubted(rt: Runtime, token: str) -> Connected:
    with snapshot(rt.engine) as session:
        doubted = [each for each in calendars.every(session) if each.doubtful_since is not None]
    found = [each for each in doubted if compare_digest(question_token(rt, each).encode(), token.encode())]
    if not found:
        raise UnknownBooking("nothing is asked by this link any more")
    return found[0]


def _asked_about(session: Session, calendar_id: UUID, *, now: datetime) -> list[Reservation]:
    """What the answer is about; the doubt ends with it, and the calendar is read from the start."""
    lock_host(session, calendars.get(session, calendar_id).host_id)
    session.expire_all()
    found = _absent(session, calendar_id, now=now)
    calendars.doubt(session, calendar_id, None)
    calendars.read_whole(session, calendar_id, now=now)
    return found


def _absent(session: Session, calendar_id: UUID, *, now: datetime) -> list[Reservation]:
    standing = [r for r in reservations.in_calendar(session, calendar_id, after=now) if r.times[r.revision].end > now]
    there = busy.standing_uids(session, calendar_id, [r.uid for r in standing])
    return [r for r in standing if r.uid not in there]
