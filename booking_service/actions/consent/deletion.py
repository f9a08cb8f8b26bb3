"""What erasing a contact leaves until later: bookings that are not over, and the proof of what was agreed to."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from ...domain import transitions
from ...domain.booking import Booking, Party
from ...domain.errors import TooLate
from ...domain.meeting import MeetingType
from ...domain.people import masked_address, masked_phone
from ...domain.privacy import ComingBooking, Foreseen, evidence_until
from ...domain.purposes import EVERY, PurposeKind
from ...storage import bookings, contacts, hosts, ledger, meetings, privacy_requests, purposes
from ...storage.contacts import Contact
from ...storage.ledger import ChainLink


def foreseen(session: Session, contact: Contact, *, cancels: bool, now: datetime) -> Foreseen:
    """What a wish to be erased would come to, if it were confirmed now. Bookings are those of the contact's own address."""
    cancellable: list[ComingBooking] = []
    too_soon: list[ComingBooking] = []
    for each in coming(session, contact, now=now):
        meeting, host = meetings.of_booking(session, each), hosts.get(session, each.host_id)
        kept = too_soon if is_too_soon(each, meeting, now=now) else cancellable
        kept.append(ComingBooking(meeting.title, host.name, host.language, each.time))
    after, waits = purposes.rules(session).erase_after, privacy_requests.open_of(session, contact.id)
    due_at = waits.due_at if waits else now + after
    links = [link for each in contacts.merged_with(session, contact) for link in ledger.links(session, each.id)]
    return Foreseen(
        cancels=cancels,
        cancellable=tuple(cancellable),
        too_soon=tuple(too_soon),
        after=after,
        proof_until=proof_until(session, links, now=due_at),
        merged=merged_masked(session, contact, since=waits.made_at if waits else now),
        open=(waits.reference, waits.due_at) if waits else None,
    )


def going_along(session: Session, contact: Contact, *, since: datetime) -> list[Contact]:
    """Who is erased by a wish that a contact made then: it and all that are merged with it, but those who took a wish of their own
    back since. They wrote last, and out of their own mailbox; the audit names them to people."""
    people = contacts.merged_with(session, contact)
    stay = privacy_requests.kept_since(session, [each.id for each in people if each.id != contact.id], since)
    return [each for each in people if each.id not in stay]


def merged_masked(session: Session, contact: Contact, *, since: datetime) -> tuple[str, ...]:
    """Addresses, or numbers, of those who go along with a contact: what its reader may know of them, as a link may be forwarded."""
    others = [each for each in going_along(session, contact, since=since) if each.id != contact.id]
    return tuple(sorted(masked_address(each.address) or masked_phone(each.phone) for each in others))


def coming(session: Session, contact: Contact, *, now: datetime) -> list[Booking]:
    """Bookings of the contact that are in force and not over: they keep what they need until then."""
    theirs = bookings.of_address(session, contact.address) if contact.address else []
    return [each for each in theirs if each.blocks(now) and each.time.end > now]


def is_too_soon(booking: Booking, meeting: MeetingType, *, now: datetime) -> bool:
    """Whether a coming booking begins too soon for its invitee to cancel it."""
    try:
        transitions.check_changeable(booking, by=Party.INVITEE, meeting=meeting, now=now)
    except TooLate:
        return True
    return False


def proof_until(session: Session, links: Sequence[ChainLink], *, now: datetime) -> datetime | None:
    """Until when the last details of these entries would be kept if they went now; None where there are none."""
    return max(proofs(session, links, now=now), default=None)


def proofs(session: Session, links: Sequence[ChainLink], *, now: datetime) -> dict[datetime, list[ChainLink]]:
    """The entries whose details have to be kept if they went now, by until when. What was said of calls is kept longer than the
    rest; what was said of everything as long as what it is about."""
    calls = {each.slug for each in purposes.every(session) if each.kind is PurposeKind.PHONE}
    kept = [each for each in links if each.detail is not None]
    longer = {*calls, EVERY} if any(each.entry.purpose in calls for each in kept) else frozenset[str]()
    found: dict[datetime, list[ChainLink]] = {}
    for each in kept:
        found.setdefault(evidence_until(now, calls=each.entry.purpose in longer), []).append(each)
    return found
