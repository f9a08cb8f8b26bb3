"""Whom an erasure takes along, and what it leaves until later: bookings that are not over, and the proof of consents."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from ...domain import transitions
from ...domain.booking import Booking, Party
from ...domain.errors import TooLate
from ...domain.meeting import MeetingType
from ...domain.people import masked_address, masked_phone
from ...domain.privacy import ComingBooking, ErasurePreview, evidence_until
from ...domain.purposes import EVERY, PurposeKind
from ...storage import bookings, contacts, hosts, ledger, meetings, privacy_requests, purposes
from ...storage.contacts import Contact
from ...storage.ledger import ChainLink


def foreseen(session: Session, contact: Contact, *, cancels: bool, now: datetime) -> ErasurePreview:
    """What a wish to be erased would do if it were confirmed now. Bookings: of the contact's own address."""
    cancellable: list[ComingBooking] = []
    too_soon: list[ComingBooking] = []
    for each in coming(session, contact, now=now):
        meeting, host = meetings.of_booking(session, each), hosts.get(session, each.host_id)
        kept = too_soon if is_too_soon(each, meeting, now=now) else cancellable
        kept.append(ComingBooking(meeting.title, host.name, host.language, each.time))
    after, waits = purposes.rules(session).erase_after, privacy_requests.open_of(session, contact.id)
    due_at = waits.due_at if waits else now + after
    links = [link for each in contacts.merged_with(session, contact) for link in ledger.links(session, each.id)]
    return ErasurePreview(
        cancels=cancels,
        cancellable=tuple(cancellable),
        too_soon=tuple(too_soon),
        after=after,
        proof_until=proof_until(session, links, now=due_at),
        merged=merged_masked(session, contact, since=waits.made_at if waits else now),
        open=(waits.reference, waits.due_at) if waits else None,
    )


def going_along(session: Session, contact: Contact, *, since: datetime) -> list[Contact]:
    """The contacts erased by a wish made `since`: it and all merged with it, except those who took a wish back since.

    Those decided last, from their own mailbox; the audit names them to people.
    """
    people = contacts.merged_with(session, contact)
    stay = privacy_requests.kept_since(session, [each.id for each in people if each.id != contact.id], since)
    return [each for each in people if each.id not in stay]


def merged_masked(session: Session, contact: Contact, *, since: datetime) -> tuple[str, ...]:
    """Masked addresses or numbers of the others that are erased too: the reader may know no more, as links get
    forwarded."""
    others = [each for each in going_along(session, contact, since=since) if each.id != contact.id]
    return tuple(sorted(masked_address(each.address) or masked_phone(each.phone) for each in others))


def coming(session: Session, contact: Contact, *, now: datetime) -> list[Booking]:
    """Bookings of the contact that are in force and not over, and keep their details until then."""
    theirs = bookings.of_address(session, contact.address) if contact.address else []
    return [each for each in theirs if each.blocks(now) and each.time.end > now]


def is_too_soon(booking: Booking, meeting: MeetingType, *, now: datetime) -> bool:
    """Whether a coming booking starts too soon for its invitee to cancel it."""
    try:
        transitions.check_changeable(booking, by=Party.INVITEE, meeting=meeting, now=now)
    except TooLate:
        return True
    return False


def proof_until(session: Session, links: Sequence[ChainLink], *, now: datetime) -> datetime | None:
    """Until when the last details of these entries would be kept if they were erased now; None where there are none."""
    return max(proofs(session, links, now=now), default=None)


def proofs(session: Session, links: Sequence[ChainLink], *, now: datetime) -> dict[datetime, list[ChainLink]]:
    """The entries whose details must be kept if erased now, by date. Those about calls are kept longer.

    Entries about all purposes are kept as long as the purposes they concern.
    """
    calls = {each.slug for each in purposes.every(session) if each.kind is PurposeKind.PHONE}
    kept = [each for each in links if each.detail is not None]
    longer = {*calls, EVERY} if any(each.entry.purpose in calls for each in kept) else frozenset[str]()
    found: dict[datetime, list[ChainLink]] = {}
    for each in kept:
        found.setdefault(evidence_until(now, calls=each.entry.purpose in longer), []).append(each)
    return found
