"""The host's answer to a mass deletion: the events are gone, or were lost by accident.

Until then nothing is concluded from their absence; if they reappear, the question is withdrawn.
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
    """The question after a mass deletion: which calendar, and the bookings whose events are missing."""

    host: Host
    organisation: Organisation
    calendar_id: UUID
    calendar: str
    bookings: tuple[Booking, ...]


@dataclass(frozen=True, slots=True)
class DoubtfulCalendar:
    """A calendar with a mass deletion, and the path of the question."""

    calendar: str
    count: int
    path: str


def question_token(rt: Runtime, connected: Connected) -> str:
    """The token of the link that answers this question and no later one. It is not stored, but made again to be
    recognised."""
    since = connected.doubtful_since
    generation = int(since.timestamp()) if since is not None else 0
    return token_for(rt.ring, purpose=LinkPurpose.ACT, subject=connected.id, generation=generation)


def doubted(
    rt: Runtime, session: Session, connected: Iterable[Connected], *, now: datetime
) -> tuple[DoubtfulCalendar, ...]:
    """Those of these calendars that the host is asked about."""
    return tuple(
        DoubtfulCalendar(each.name, len(_absent(session, each.id, now=now)), f"/a/{question_token(rt, each)}")
        for each in connected
        if each.doubtful_since is not None
    )


def question(rt: Runtime, token: str, *, now: datetime) -> MassDeletionQuestion:
    """The question behind a link. Raises UnknownBooking: no such link, or the question is over."""
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
    """Coming bookings whose event was in this calendar and is missing now, soonest first."""
    with snapshot(rt.engine) as session:
        found = bookings.of_ids(session, [r.booking_id for r in _absent(session, calendar_id, now=now)])
    return sorted(found, key=lambda booking: booking.time.start)


def believe_calendar(rt: Runtime, calendar_id: UUID, *, now: datetime) -> int:
    """The host says that they are gone: cancel the bookings, and tell the invitees. Returns how many."""
    with transaction(rt.engine) as session:
        gone = _asked_about(session, calendar_id, now=now)
        for reservation in gone:
            booking = bookings.get(session, reservation.booking_id)
            bookings.record(session, cancel(booking, by=Party.HOST, cause=Cause.DELETED, now=now), now=now)
    return len(gone)


def restore_events(rt: Runtime, calendar_id: UUID, *, now: datetime) -> int:
    """The host says that it was an accident: write the events again with the same UIDs. Returns how many.

    A server that keeps deleted UIDs in a trash bin refuses that until the host empties or restores it; we keep trying.
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
    """The reservations that the answer is about. It ends the question, and the calendar is read from the start."""
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
