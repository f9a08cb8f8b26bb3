"""Erasing a contact, at the person's wish or by the organisation's decision.

The chain stays without a name and can still be verified; its details go into the vault. A mailbox erased at the
person's wish is recognised if an import brings it again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlmodel import Session

from ...domain.booking import Booking
from ...domain.consent import CONTACT, Act, Detail, How, staff
from ...domain.consent_moves import Draft
from ...domain.effects import MailKind
from ...domain.people import canonical_mailbox
from ...domain.privacy import Mode
from ...domain.purposes import EVERY
from ...runtime import Runtime
from ...storage import (
    access_log,
    bookings,
    contacts,
    erasure,
    fields,
    imports,
    ledger,
    outbox,
    pending_changes,
    privacy_requests,
    retention,
)
from ...storage.contacts import Contact
from ...storage.engine import lock_hosts, rewrite, snapshot, transaction
from ...storage.outbox import Claimed
from ...storage.privacy_requests import PrivacyRequest
from ..calendar import erase_event
from ..consent import append, erasure_scope, mails, owed_follow_ups
from ..consent.contacts import locked, locked_all, marks
from . import data_subjects, erasure_journal, requests, vault

KIND, KIND_OF_BOOKING = requests.ERASE, data_subjects.KIND_OF_BOOKING
KIND_OF_GUEST = f"{KIND}-guest"
_LOOK_AGAIN = timedelta(seconds=5)
_MAIL_WITHIN = timedelta(days=1)  # the last mail is tried this long; the erasure waits no longer for a mail server

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was, or would be, erased of a contact and all merged with it. `merged`: their addresses or numbers.

    `details`: of entries, in the vault until `kept_until`. `coming`: bookings that keep their details until they are
    over. `events`: in hosts' calendars, from which the worker removes name and address.
    """

    contact_id: UUID
    merged: tuple[str, ...]
    mode: Mode
    bookings: int
    events: int
    coming: int
    details: int
    values: int
    kept_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Who decides. `staff`: permanent name in the evidence, "" for the person's own press. `called`: their name.

    `theirs`: the person wished it, so it counts as their no.
    """

    staff: str = ""
    called: str = ""
    theirs: bool = True
    reason: str = ""


def perform(rt: Runtime, claimed: Claimed) -> None:
    """A due wish: first the last mail to each address, as none is known afterwards; then the erasure; then the
    files."""
    now = rt.clock.now()
    with transaction(rt.engine) as session:
        imports.lock_all(session)
        request, contact = _of_claim(rt, session, claimed)
        if request is not None and contact is not None and request.done_at is None:
            if request.due_at > now:
                return outbox.defer(session, claimed, until=request.due_at, error="")
            people = erasure_scope.going_along(session, contact, since=request.made_at)
            if any([_mail_waits(session, each, request.id.hex, now=now) for each in people]):
                return outbox.defer(session, claimed, until=now + _LOOK_AGAIN, error="the last mail leaves first")
            ids = [each.id for each in people]
            _erase(rt, session, contact.id, ids, _decider(session, request), mode=request.mode, now=now, noted=True)
            _close(session, {contact.id, *ids}, mode=request.mode, done_by=request.done_by or "system", now=now)
    rewrite(rt.engine)
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)


def _close(session: Session, ids: Iterable[UUID], *, mode: Mode, done_by: str, now: datetime) -> None:
    for contact_id in ids:
        for each in privacy_requests.all_open_of(session, contact_id):
            privacy_requests.save(session, replace(each, mode=mode, done_at=now, done_by=done_by))


def _decider(session: Session, request: PrivacyRequest) -> Decider:
    """The person: by their own press, or as they told staff, who passed it on."""
    asked = pending_changes.get(session, request.id)
    if asked is None:
        return Decider()
    return Decider(staff=asked.staff, called=asked.called, reason=asked.reason)


def _of_claim(rt: Runtime, session: Session, claimed: Claimed) -> tuple[PrivacyRequest | None, Contact | None]:
    """The wish and its contact, locked."""
    id = UUID(claimed.payload["request_id"])
    request = privacy_requests.get(session, id)
    if request is None:
        return None, None
    contact = locked(rt, session, request.contact_id).contact
    return privacy_requests.get(session, id), contact


def erase_booking(rt: Runtime, claimed: Claimed) -> None:
    """A booking of an erased person that was not over then: erase it now, unless it was moved."""
    now, id = rt.clock.now(), UUID(claimed.payload["booking_id"])
    with transaction(rt.engine) as session:
        booking = bookings.lock(session, id)
        if booking.blocks(now) and booking.time.end > now:
            return outbox.defer(session, claimed, until=booking.time.end, error="it is not over yet")
        if not booking.erased:
            erasure_journal.write_down(rt.settings, bookings=[id], now=now)
            erase_event.owe(rt, session, booking, now=now)
            retention.erase(session, [id], now=now)
    rewrite(rt.engine)
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)


def erase_guest(rt: Runtime, claimed: Claimed) -> None:
    """An erased person who was a guest of a booking that was not over then: remove them now, unless it was moved.

    They are recognised by the mark of their mailbox.
    """
    now, id = rt.clock.now(), UUID(claimed.payload["booking_id"])
    with transaction(rt.engine) as session:
        booking, contact = bookings.lock(session, id), contacts.get(session, UUID(claimed.payload["contact_id"]))
        if booking.blocks(now) and booking.time.end > now:
            return outbox.defer(session, claimed, until=booking.time.end, error="it is not over yet")
        for each in booking.guests:
            if contact is not None and contact.mailbox_mark in marks(rt.ring, canonical_mailbox(each)):
                erase_event.owe_guest(rt, session, booking, each, now=now)
                erasure.guest(session, id, each)
    rewrite(rt.engine)
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)


def erase(rt: Runtime, who: str, decider: Decider, *, mode: Mode, now: datetime, dry_run: bool = False) -> Erased:
    """Erase the contact of an address or number at once, without a last mail. Raises UnknownContact, BookingError."""
    with snapshot(rt.engine) if dry_run else transaction(rt.engine) as session:
        imports.lock_all(session)  # before contacts, everywhere
        contact = locked(rt, session, data_subjects.find(rt, session, who, now=now).id).contact
        ids = [each.id for each in contacts.merged_with(session, contact)]
        erased = erase_in(rt, session, contact, decider, mode=mode, now=now, noted=not dry_run)
        _close(session, ids, mode=mode, done_by=staff(decider.staff) if decider.staff else "system", now=now)
    if not dry_run:
        rewrite(rt.engine)
    return erased


def erase_in(
    rt: Runtime,
    session: Session,
    contact: Contact,
    decider: Decider,
    *,
    mode: Mode,
    now: datetime,
    noted: bool = True,
) -> Erased:
    """Erase the contact and all merged with it, in the caller's transaction; call `rewrite` afterwards for the files.

    Contacts that were already erased stay as they are. The caller has locked all imports.
    """
    contact = locked(rt, session, contact.id).contact
    people = [each.id for each in contacts.merged_with(session, contact)]
    return _erase(rt, session, contact.id, people, decider, mode=mode, now=now, noted=noted)


def erase_again(rt: Runtime, session: Session, ids: Iterable[UUID], *, now: datetime) -> int:
    """Erase those again who came back with a backup, and nobody else. Returns how many.

    Each has a line of its own in the file, and whoever is merged with them in the backup may have been parted since.
    """
    back = [id for id in ids if (each := contacts.get(session, id)) is not None and each.erased_at is None]
    for id in back:
        _erase(rt, session, id, [id], Decider(), mode=Mode.WHOLE, now=now, noted=False)
    return len(back)


def _erase(
    rt: Runtime,
    session: Session,
    asked: UUID,
    people: Sequence[UUID],
    decider: Decider,
    *,
    mode: Mode,
    now: datetime,
    noted: bool,
) -> Erased:
    """`people`: the contact that was `asked` to be erased, and those merged with it."""
    before = locked_all(rt, session, people)
    concerned = {booking.host_id for each in before.values() for booking in _concerned(session, each.contact)}
    lock_hosts(session, concerned)  # a run that still knows the name must finish first
    session.expire_all()
    gone = [_erase_one(rt, session, each, decider, mode=mode, now=now) for each in people]
    if noted:
        over = [id for each in gone for id in each.over]
        erasure_journal.write_down(rt.settings, bookings=over, contacts=people, now=now)
        for each in people:
            log.info("contact_erased", contact=each.hex)
    others = [before[each].contact for each in people if each != asked]
    return Erased(
        contact_id=asked,
        merged=tuple(sorted(each.address or each.phone for each in others)),
        mode=mode,
        bookings=sum(len(each.over) for each in gone),
        events=sum(each.events for each in gone),
        coming=sum(each.coming for each in gone),
        details=sum(each.details for each in gone),
        values=sum(each.values for each in gone),
        kept_until=max((each.kept_until for each in gone if each.kept_until is not None), default=None),
    )


@dataclass(frozen=True, slots=True)
class _Gone:
    """What was erased of one contact. `over`: the bookings that were emptied."""

    over: tuple[UUID, ...]
    events: int
    coming: int
    details: int
    values: int
    kept_until: datetime | None


def _erase_one(rt: Runtime, session: Session, id: UUID, decider: Decider, *, mode: Mode, now: datetime) -> _Gone:
    circle = locked(rt, session, id)
    contact, links = circle.contact, ledger.links(session, id)
    coming = erasure_scope.coming(session, contact, now=now)
    over = [each for each in _bookings(session, contact) if each not in coming]
    until = vault.keep(rt, session, contact, links, now=now)
    circle = append.append(session, circle, _draft(decider), detail=_detail(decider), now=now)
    entries = [each.entry.id for each in links]
    owed_follow_ups.owe_ends(session, circle, circle.own[-1], now=now)
    details = erasure.details(session, entries)
    values = len(fields.visible(session, id))
    fields.empty(session, id, personal_only=mode is Mode.PERSONAL)
    erasure.work(session, contact, entries=entries, mails=mails.lanes(contact))
    imports.forget_person(session, address=contact.address, phone=contact.phone)
    for former in ledger.numbers(links) - {contact.phone} if not contact.address else ():
        imports.forget_person(session, address="", phone=former)  # import lines may contain only the former number
    events = sum(erase_event.owe(rt, session, each, now=now) for each in over)
    retention.erase(session, [each.id for each in over], now=now)
    for each in coming:
        _owe_later(session, each, now=now)
    if contact.address:
        events += _off_the_guests(rt, session, contact, now=now)
    privacy_requests.forget_reasons(session, id)
    access_log.forget_reasons(session, id)
    erasure.identity(session, circle.contact, now=now)
    return _Gone(tuple(each.id for each in over), events, len(coming), details, values, until)


def _bookings(session: Session, contact: Contact) -> list[Booking]:
    return bookings.of_address(session, contact.address) if contact.address else []


def _concerned(session: Session, contact: Contact) -> list[Booking]:
    """Their own bookings, and those of others that have them as a guest."""
    guest_of = erasure.guest_of(session, contact.address) if contact.address else []
    return [*_bookings(session, contact), *guest_of]


def _draft(decider: Decider) -> Draft:
    by = CONTACT if decider.theirs else staff(decider.staff)
    how = How.LINK if not decider.staff else How.TOLD if decider.theirs else How.HAND
    return Draft(purpose=EVERY, act=Act.ERASED, by=by, how=how)


def _detail(decider: Decider) -> Detail | None:
    return Detail(reason=decider.reason, staff=decider.called or decider.staff) if decider.staff else None


def _mail_waits(session: Session, contact: Contact, occasion: str, *, now: datetime) -> bool:
    """Whether the last mail is still to be sent: it is owed once, however late, and given up after a day."""
    if not contact.address:
        return False
    owed = mails.OwedMail(kind=MailKind.DATA_ERASED, contact_id=contact.id, occasion=occasion)
    if mails.owe(session, contact, owed, now=now):
        return True
    since = outbox.open_since(session, mails.key(owed))
    return since is not None and now < since + _MAIL_WITHIN


def _owe_later(session: Session, booking: Booking, *, now: datetime) -> None:
    key, payload = data_subjects.key_of_booking(booking.id), {"booking_id": str(booking.id)}
    outbox.add_once(session, key, kind=KIND_OF_BOOKING, lane=key, payload=payload, due_at=booking.time.end, now=now)


def _off_the_guests(rt: Runtime, session: Session, contact: Contact, *, now: datetime) -> int:
    """Remove the contact from others' bookings, once those are over. Returns from how many events now."""
    events, coming = 0, []
    for booking in erasure.guest_of(session, contact.address):
        if booking.blocks(now) and booking.time.end > now:
            coming.append(booking.id)
            key = f"{KIND_OF_GUEST}:{booking.id}:{contact.id}"
            payload = {"booking_id": str(booking.id), "contact_id": str(contact.id)}
            outbox.add_once(
                session, key, kind=KIND_OF_GUEST, lane=key, payload=payload, due_at=booking.time.end, now=now
            )
            continue
        events += erase_event.owe_guest(rt, session, booking, contact.address, now=now)
        erasure.guest(session, booking.id, contact.address)
    erasure.guest_links(session, contact.address, but=coming)
    return events
