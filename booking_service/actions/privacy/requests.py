"""The queue of those who wished to be erased: due by itself, or done by staff before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from ...domain import transitions
from ...domain.booking import Booking, Party
from ...domain.errors import TooLate
from ...domain.privacy import PendingChange
from ...runtime import Runtime
from ...storage import bookings, contacts, meetings, outbox, privacy_requests, purposes
from ...storage.contacts import Contact
from ...storage.engine import snapshot
from ...storage.privacy_requests import PrivacyRequest

DUE_SOON = timedelta(days=7)
ERASE = "erase"  # the effect that is due when a wish is


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wish with whose it is."""

    request: PrivacyRequest
    contact: Contact


def waiting(rt: Runtime) -> Sequence[Waiting]:
    """The queue, the first due first."""
    with snapshot(rt.engine) as session:
        found = ((each, contacts.get(session, each.contact_id)) for each in privacy_requests.waiting(session))
        return [Waiting(request, contact) for request, contact in found if contact is not None]


def due_soon(rt: Runtime, *, limit: int, now: datetime) -> Sequence[Waiting]:
    """Those that are due within DUE_SOON, the first due first. Two statements at most."""
    with snapshot(rt.engine) as session:
        found = privacy_requests.due_before(session, now + DUE_SOON, limit=limit)
        whose = contacts.of_ids(session, [each.contact_id for each in found]) if found else {}
    return [Waiting(each, whose[each.contact_id]) for each in found if each.contact_id in whose]


def queue(rt: Runtime, session: Session, change: PendingChange, *, now: datetime) -> None:
    """Put a confirmed wish into the queue, under the change's own id. Coming bookings are cancelled if that was ticked."""
    after = purposes.rules(session).erase_after
    request = PrivacyRequest(id=change.id, contact_id=change.contact_id, made_at=now, due_at=now + after)
    privacy_requests.save(session, request)
    key, payload = f"{ERASE}:{request.id}", {"request_id": str(request.id)}
    outbox.add_once(session, key, kind=ERASE, lane=key, payload=payload, due_at=request.due_at, now=now)
    contact = contacts.get(session, change.contact_id)
    if change.cancels and contact is not None:
        for booking in coming(session, contact, now=now):
            _cancel(session, booking, now=now)


def of_change(session: Session, change: PendingChange) -> PrivacyRequest | None:
    """Where a confirmed wish stands in the queue; None for other wishes, and before it is confirmed."""
    return privacy_requests.get(session, change.id)


def coming(session: Session, contact: Contact, *, now: datetime) -> list[Booking]:
    """Bookings of the contact that are in force and not over: they keep what they need until then."""
    theirs = bookings.of_address(session, contact.address) if contact.address else []
    return [each for each in theirs if each.blocks(now) and each.time.end > now]


def _cancel(session: Session, booking: Booking, *, now: datetime) -> None:
    """As its invitee can; one that begins too soon for that stays, until it is over."""
    locked, meeting = bookings.lock(session, booking.id), meetings.get(session, booking.meeting_type_id)
    try:
        transitions.check_changeable(locked, by=Party.INVITEE, meeting=meeting, now=now)
    except TooLate:
        return
    bookings.record(session, transitions.cancel(locked, by=Party.INVITEE, now=now), now=now)
