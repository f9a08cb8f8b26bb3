"""Decisions of staff about a wish to be erased: now, later, or not at all; the person is mailed the reason."""

from dataclasses import replace
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.consent import staff as by_staff
from ...domain.effects import MailKind
from ...domain.errors import BookingError, NotFound, ReasonMissing
from ...domain.privacy import Mode, PendingChange, Wish, may_be_put_off, put_off_until
from ...runtime import Runtime
from ...storage import contacts, outbox, pending_changes, privacy_requests
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.privacy_requests import PrivacyRequest
from ..consent import mails
from ..consent.contacts import locked
from . import data_subjects, more_use, requests


class RequestOver(BookingError):
    """It was already done, refused or taken back."""


class NoMailbox(BookingError):
    """No mail reaches the person, whom one has to reach for this."""


class WishWaits(BookingError):
    """The person's own wish is in the queue already. `request`: that wish."""

    def __init__(self, request: PrivacyRequest) -> None:
        super().__init__(
            f"Their deletion request {request.reference} is open already: decide that one. Nothing was changed."
        )
        self.request = request


class NotPutOff(BookingError):
    """A wish can't be put off until that day. `latest`: the last possible day; None: not at all any more."""

    def __init__(self, message: str, *, latest: date | None) -> None:
        super().__init__(message)
        self.latest = latest


def find(rt: Runtime, reference: str) -> UUID:
    """The id of an open wish by the reference its person was given. Raises NotFound."""
    with snapshot(rt.engine) as session:
        for each in privacy_requests.waiting(session):
            if each.reference == reference.strip().upper():
                return each.id
    raise NotFound(f"No open deletion request has the reference {reference}.")


def pass_on(
    rt: Runtime, who: str, *, mode: Mode, staff: str, called: str = "", reason: str, now: datetime
) -> PrivacyRequest:
    """Have somebody erased who asked staff for that: within seconds, after the last mail.

    `staff`, `called`, `reason`: as of a Decider. Raises UnknownContact, BookingError, ReasonMissing, WishWaits, NoMailbox.
    """
    if not reason.strip():
        raise ReasonMissing("Say why: it goes on record.")
    with transaction(rt.engine) as session:
        contact = locked(rt, session, data_subjects.find(rt, session, who, now=now).id).contact
        if (waits := privacy_requests.open_of(session, contact.id)) is not None:
            raise WishWaits(waits)
        if not requests.hears(rt, session, contacts.merged_with(session, contact), now=now):
            raise NoMailbox(
                "No mail reaches them: no address is known, or its owner wants no mail. Erase without telling them by "
                "mail, and answer them yourself."
            )
        asked = PendingChange(
            id=new_id(now),
            contact_id=contact.id,
            wish=Wish.DELETE,
            zone="",
            staff=by_staff(staff),
            called=called or staff,
            reason=reason,
            made_at=now,
            until=put_off_until(now),
            done_at=now,
        )
        pending_changes.save(session, asked)
        request = PrivacyRequest(
            id=asked.id, contact_id=contact.id, mode=mode, made_at=now, due_at=now, done_by=asked.staff
        )
        privacy_requests.save(session, request)
        requests.owe(session, request, due_at=now, now=now)
    return request


def do_now(rt: Runtime, id: UUID, *, mode: Mode, staff: str, now: datetime) -> None:
    """Do it within seconds, after the last mail; `mode` is the staff's choice. Raises NotFound, RequestOver."""
    with transaction(rt.engine) as session:
        request, _ = _locked(rt, session, id)
        if request.mode is not mode and request.done_by and not request.may_be_taken_back(now=now):
            raise RequestOver("It was decided before how much is erased, and it is being done. Nothing was changed.")
        privacy_requests.save(
            session, replace(request, mode=mode, due_at=min(now, request.due_at), done_by=by_staff(staff))
        )
        requests.owe(session, request, due_at=now, now=now)


def refuse(rt: Runtime, id: UUID, *, reason: str, staff: str, now: datetime) -> None:
    """Close it without erasing; the person can ask again. Raises NotFound, RequestOver, ReasonMissing."""
    _expect(reason)
    with transaction(rt.engine) as session:
        request, contact = _waiting(rt, session, id, now=now)
        refused = replace(request, refusal=reason, delay="", done_at=now, done_by=by_staff(staff))
        privacy_requests.save(session, refused)
        outbox.settle_key(session, requests.key(request), again_at=None, error="", now=now)
        _tell(session, contact, refused, MailKind.DELETION_REFUSED, occasion=str(request.id), now=now)


def put_off(rt: Runtime, id: UUID, *, until: date, zone: ZoneInfo, reason: str, staff: str, now: datetime) -> None:
    """Put it off to the end of a later day in `zone`. Raises NotFound, RequestOver, NotPutOff, ReasonMissing."""
    _expect(reason)
    with transaction(rt.engine) as session:
        request, contact = _waiting(rt, session, id, now=now)
        due_at = datetime.combine(until, time(23, 59), zone).astimezone(now.tzinfo)
        _check(request, due_at, zone=zone, now=now)
        later = replace(request, due_at=due_at, delay=reason, done_by=by_staff(staff))
        privacy_requests.save(session, later)
        outbox.settle_key(session, requests.key(request), again_at=due_at, error="", now=now)
        occasion = f"{request.id}@{due_at.isoformat()}"
        _tell(session, contact, later, MailKind.DELETION_DELAYED, occasion=occasion, now=now)


def ask_to_keep(rt: Runtime, id: UUID, *, staff: str, now: datetime) -> bool:
    """The person told staff that they take it back: mail them the link for that. It stays due until they press.

    False: such a mail is waiting already. Raises NotFound, RequestOver, NoMailbox, TooManyRequests.
    """
    with transaction(rt.engine) as session:
        _, contact = _waiting(rt, session, id, now=now)
        if not contact.address:
            raise NoMailbox(
                "No mail address of theirs is known, so that nobody can confirm it. Refuse it with a reason."
            )
        return more_use.ask_to_keep(rt, session, contact, staff=by_staff(staff), now=now)


def latest_day(request: PrivacyRequest, *, zone: ZoneInfo, now: datetime) -> date | None:
    """The last day to which it can be put off; None where it can't."""
    last = put_off_until(request.made_at).astimezone(zone).date()
    before = request.due_at.astimezone(zone).date()
    return last if may_be_put_off(request.made_at, now=now) and last > before else None


def _check(request: PrivacyRequest, due_at: datetime, *, zone: ZoneInfo, now: datetime) -> None:
    latest = latest_day(request, zone=zone, now=now)
    if latest is None:
        raise NotPutOff("It can't be put off any more: whoever asked hears of that within a month.", latest=None)
    day = due_at.astimezone(zone).date()
    if not request.due_at.astimezone(zone).date() < day <= latest:
        raise NotPutOff(f"Name a day after the one on which it is due, {latest} at the latest.", latest=latest)


def _waiting(rt: Runtime, session: Session, id: UUID, *, now: datetime) -> tuple[PrivacyRequest, Contact]:
    """An open wish, locked, that is not being done yet: its last mail says to the person that it is."""
    request, contact = _locked(rt, session, id)
    if not request.may_be_taken_back(now=now):
        raise RequestOver("It is being done: the last mail leaves now. Nothing was changed.")
    return request, contact


def _locked(rt: Runtime, session: Session, id: UUID) -> tuple[PrivacyRequest, Contact]:
    """An open wish, locked."""
    request = privacy_requests.get(session, id)
    if request is None:
        raise NotFound("there is no such wish")
    contact, request = locked(rt, session, request.contact_id).contact, privacy_requests.get(session, id)
    if request is None:
        raise NotFound("there is no such wish")
    if request.done_at is not None:
        raise RequestOver("This was done, refused or taken back before. Nothing was changed.")
    return request, contact


def _tell(
    session: Session, contact: Contact, request: PrivacyRequest, kind: MailKind, *, occasion: str, now: datetime
) -> None:
    wished = pending_changes.get(session, request.id)
    zone = wished.zone if wished else ""
    owed = mails.OwedMail(kind=kind, contact_id=contact.id, occasion=occasion, zone=zone)
    mails.owe(session, contact, owed, now=now)


def _expect(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("Say why: the person reads it.")
