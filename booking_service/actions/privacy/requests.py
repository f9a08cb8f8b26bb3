"""The queue of wishes to be erased: done when due, or earlier by staff."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...domain import transitions
from ...domain.booking import Booking, Party
from ...domain.consent import CONTACT
from ...domain.effects import MailKind
from ...domain.errors import NotFound
from ...domain.gate import Pass
from ...domain.privacy import PendingChange, Wish
from ...runtime import Runtime
from ...storage import (
    access_log,
    bookings,
    contact_lists,
    contacts,
    fields,
    ledger,
    meetings,
    outbox,
    pending_changes,
    privacy_requests,
    purposes,
)
from ...storage.access_log import Reveal
from ...storage.contacts import Contact
from ...storage.engine import lock_hosts, snapshot
from ...storage.privacy_requests import PrivacyRequest
from ..consent import erasure_scope, gate, mails

DUE_SOON = timedelta(days=7)
CLOSED = 20  # of the latest closed ones
DATA_GIVEN = "export"  # the access log's word for data that was handed out
ERASE = "erase"  # the effect that is due with a wish


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wish with its contact."""

    request: PrivacyRequest
    contact: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """`open`: by due time. `closed`: the latest done or refused ones, few enough for a page.

    `stopped`: contacts who stopped all use themselves, and since when. `lifted`: those who lifted their stop, and when.
    """

    open: tuple[Waiting, ...]
    closed: tuple[Waiting, ...]
    handed_out: tuple[tuple[Reveal, Contact], ...]
    stopped: tuple[tuple[datetime, Contact], ...]
    lifted: tuple[tuple[datetime, Contact], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Follows:
    """What erasing somebody now would do. `merged`: the same person's contacts, erased too and counted in.

    `coming`: bookings that keep their details until they are over. `over`: bookings that are emptied. `mails`: waiting
    ones that are dropped. `details`: of entries, sealed until `kept_until`.
    """

    merged: tuple[Contact, ...]
    coming: tuple[Booking, ...]
    over: int
    mails: int
    values: int
    details: int
    kept_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """One wish. `takes_back`: it can be taken back by mail. `keep_asked_at`: when an unanswered mail for that was
    sent."""

    request: PrivacyRequest
    contact: Contact
    follows: Follows
    takes_back: bool
    keep_asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ErasableContact:
    """A contact that staff could erase themselves. `open`: its waiting wish, which is decided on that wish's page.

    `hears`: a last mail would reach somebody.
    """

    contact: Contact
    follows: Follows
    open: PrivacyRequest | None
    hears: bool


def everything(rt: Runtime) -> Queue:
    with snapshot(rt.engine) as session:
        found, done = privacy_requests.waiting(session), privacy_requests.done_lately(session, limit=CLOSED)
        handed = [each for each in access_log.of_kind(session, DATA_GIVEN, limit=CLOSED) if each.contact_id]
        first = next(iter(purposes.every(session)), None)
        stops = contact_lists.stops(session, first.slug, limit=CLOSED) if first is not None else []
        ids = {each.contact_id for each in (*found, *done)} | {each.contact_id for each in handed if each.contact_id}
        lifts = [
            (each.done_at, each.contact_id)
            for each in pending_changes.done_lately(session, Wish.RESUME, limit=CLOSED)
            if each.done_at is not None
        ]
        whose = contacts.of_ids(session, ids | {id for id, _ in stops} | {id for _, id in lifts})
        return Queue(
            open=tuple(Waiting(each, whose[each.contact_id]) for each in found),
            closed=tuple(Waiting(each, whose[each.contact_id]) for each in done),
            handed_out=tuple((each, whose[each.contact_id]) for each in handed if each.contact_id in whose),
            stopped=tuple((at, whose[id]) for id, at in stops),
            lifted=tuple((at, whose[id]) for at, id in lifts),
        )


def show(rt: Runtime, id: UUID, *, now: datetime) -> Wished:
    """One wish, open or not. Raises NotFound."""
    with snapshot(rt.engine) as session:
        request = privacy_requests.get(session, id)
        contact = contacts.get(session, request.contact_id) if request else None
        if request is None or contact is None:
            raise NotFound("there is no such wish")
        along = erasure_scope.going_along(session, contact, since=request.made_at)
        return Wished(
            request=request,
            contact=contact,
            follows=_follows(session, contact, along, now=now),
            takes_back=bool(contact.address) and request.may_be_taken_back(now=now),
            keep_asked_at=next(
                (e.made_at for e in pending_changes.open_of(session, contact.id, now=now) if e.wish is Wish.KEEP), None
            ),
        )


def foreseen(rt: Runtime, contact_id: UUID, *, now: datetime) -> ErasableContact:
    """What erasing a contact without a wish would do. Raises NotFound."""
    with snapshot(rt.engine) as session:
        contact = contacts.get(session, contact_id)
        if contact is None or contact.erased_at is not None:
            raise NotFound("there is nobody any more")
        along = contacts.merged_with(session, contact)
        return ErasableContact(
            contact,
            _follows(session, contact, along, now=now),
            privacy_requests.open_of(session, contact.id),
            hears(rt, session, along, now=now),
        )


def hears(rt: Runtime, session: Session, people: Sequence[Contact], *, now: datetime) -> bool:
    """Whether the last mail reaches any of them: not without an address, nor a mailbox that wants no mail at all."""
    told = (gate.would(rt, session, each, MailKind.DATA_ERASED, "", now=now) for each in people if each.address)
    return any(isinstance(each, Pass) for each in told)


def _follows(session: Session, contact: Contact, along: Sequence[Contact], *, now: datetime) -> Follows:
    merged = tuple(each for each in along if each.id != contact.id)
    people = (contact, *merged)
    later = [booking for each in people for booking in erasure_scope.coming(session, each, now=now)]
    links = [link for each in people for link in ledger.links(session, each.id)]
    theirs = [b for each in people if each.address for b in bookings.of_address(session, each.address)]
    return Follows(
        merged=merged,
        coming=tuple(later),
        over=len(theirs) - len(later),
        mails=outbox.count_open(session, [lane for each in people for lane in mails.lanes(each)]),
        values=sum(1 for each in people for value in fields.visible(session, each.id).values() if value),
        details=sum(1 for each in links if each.detail is not None),
        kept_until=erasure_scope.proof_until(session, links, now=now),
    )


def waiting(rt: Runtime) -> Sequence[Waiting]:
    """The queue, by due time."""
    with snapshot(rt.engine) as session:
        found = ((each, contacts.get(session, each.contact_id)) for each in privacy_requests.waiting(session))
        return [Waiting(request, contact) for request, contact in found if contact is not None]


def due_soon(rt: Runtime, *, limit: int, now: datetime) -> Sequence[Waiting]:
    """Wishes due within DUE_SOON, by due time; two statements at most."""
    with snapshot(rt.engine) as session:
        found = privacy_requests.due_before(session, now + DUE_SOON, limit=limit)
        whose = contacts.of_ids(session, [each.contact_id for each in found]) if found else {}
    return [Waiting(each, whose[each.contact_id]) for each in found if each.contact_id in whose]


def queue(session: Session, contact: Contact, change: PendingChange, *, now: datetime) -> UUID:
    """Queue a confirmed wish under the change's id, unless one is waiting; cancel coming bookings if that was ticked.

    Returns the id of the waiting one. The caller has locked the contact.
    """
    request = privacy_requests.open_of(session, contact.id)
    if request is None:
        after = purposes.rules(session).erase_after
        request = PrivacyRequest(id=change.id, contact_id=contact.id, made_at=now, due_at=now + after)
        privacy_requests.save(session, request)
        owe(session, request, due_at=request.due_at, now=now)
    if change.cancels:
        coming = erasure_scope.coming(session, contact, now=now)
        lock_hosts(session, {each.host_id for each in coming})
        for booking in coming:
            _cancel(session, booking, now=now)
    return request.id


def take_back(session: Session, contact: Contact, *, zone: str, now: datetime) -> UUID | None:
    """Take the contact's wish back, and mail that. Returns its id; None: none waits, or it is being done.

    The caller has locked the contact.
    """
    request = privacy_requests.open_of(session, contact.id)
    if request is None or not request.may_be_taken_back(now=now):
        return None
    for each in privacy_requests.all_open_of(session, contact.id):
        privacy_requests.save(session, replace(each, delay="", done_at=now, done_by=CONTACT))
        outbox.settle_key(session, key(each), again_at=None, error="", now=now)
    kind, occasion = MailKind.DELETION_TAKEN_BACK, str(request.id)
    mails.owe(session, contact, mails.OwedMail(kind=kind, contact_id=contact.id, occasion=occasion, zone=zone), now=now)
    return request.id


def key(request: PrivacyRequest) -> str:
    return f"{ERASE}:{request.id}"


def owe(session: Session, request: PrivacyRequest, *, due_at: datetime, now: datetime) -> None:
    """Have it done at `due_at`, or earlier where that was owed before."""
    payload = {"request_id": str(request.id)}
    outbox.wake(session, key(request), kind=ERASE, lane=key(request), payload=payload, due_at=due_at, now=now)


def of_change(session: Session, change: PendingChange) -> PrivacyRequest | None:
    """The wish in the queue that a confirmed change is about; None for other changes, and before it is confirmed."""
    return privacy_requests.get(session, change.request or change.id)


def _cancel(session: Session, booking: Booking, *, now: datetime) -> None:
    """Cancel as the invitee can; a booking that starts too soon for that stays until it is over."""
    locked, meeting = bookings.lock(session, booking.id), meetings.get(session, booking.meeting_type_id)
    if not erasure_scope.is_too_soon(locked, meeting, now=now):
        bookings.record(session, transitions.cancel(locked, by=Party.INVITEE, now=now), now=now)
