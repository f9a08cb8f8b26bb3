"""What staff decide about somebody's wish to be erased: now, later, or not at all. Whoever asked is told why by email."""

from dataclasses import replace
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ...domain.consent import staff as by_staff
from ...domain.effects import MailKind
from ...domain.errors import BookingError, NotFound, ReasonMissing
from ...domain.privacy import Mode, may_be_put_off, put_off_until
from ...runtime import Runtime
from ...storage import outbox, pending, privacy_requests
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.privacy_requests import PrivacyRequest
from ..consent import mails
from ..consent.contacts import locked
from . import more, requests


class RequestOver(BookingError):
    """It was done, refused or taken back before."""


class NoMailbox(BookingError):
    """Whoever wished it has no mail address here, so that nobody can confirm that it is taken back."""


class NotPutOff(BookingError):
    """A wish can't wait until that day. `latest`: the last day that it could; None: it can't be put off any more."""

    def __init__(self, message: str, *, latest: date | None) -> None:
        super().__init__(message)
        self.latest = latest


def find(rt: Runtime, reference: str) -> UUID:
    """The id of an open wish by the reference that its person was given. Raises NotFound."""
    with snapshot(rt.engine) as session:
        for each in privacy_requests.waiting(session):
            if each.reference == reference.strip().upper():
                return each.id
    raise NotFound(f"No open wish to be erased has the reference {reference}.")


def do_now(rt: Runtime, id: UUID, *, mode: Mode, staff: str, now: datetime) -> None:
    """Have it done within seconds, after the last mail; how much, whoever decides first. Raises NotFound, RequestOver."""
    with transaction(rt.engine) as session:
        request, _ = _locked(rt, session, id)
        if request.mode is not mode and request.done_by and not request.may_be_taken_back(now=now):
            raise RequestOver("It was decided before how much is erased, and it is being done. Nothing was changed.")
        privacy_requests.save(
            session, replace(request, mode=mode, due_at=min(now, request.due_at), done_by=by_staff(staff))
        )
        requests.owe(session, request, due_at=now, now=now)


def refuse(rt: Runtime, id: UUID, *, reason: str, staff: str, now: datetime) -> None:
    """Close it without erasing; the person may ask again. Raises NotFound, RequestOver, ReasonMissing."""
    _expect(reason)
    with transaction(rt.engine) as session:
        request, contact = _locked(rt, session, id)
        refused = replace(request, refusal=reason, delay="", done_at=now, done_by=by_staff(staff))
        privacy_requests.save(session, refused)
        outbox.settle_key(session, requests.key(request), again_at=None, error="", now=now)
        _tell(session, contact, refused, MailKind.DELETION_REFUSED, occasion=str(request.id), now=now)


def put_off(rt: Runtime, id: UUID, *, until: date, zone: ZoneInfo, reason: str, staff: str, now: datetime) -> None:
    """Have it done at the end of a later day of `zone`. Raises NotFound, RequestOver, NotPutOff, ReasonMissing."""
    _expect(reason)
    with transaction(rt.engine) as session:
        request, contact = _locked(rt, session, id)
        due_at = datetime.combine(until, time(23, 59), zone).astimezone(now.tzinfo)
        _check(request, due_at, zone=zone, now=now)
        later = replace(request, due_at=due_at, delay=reason, done_by=by_staff(staff))
        privacy_requests.save(session, later)
        outbox.settle_key(session, requests.key(request), again_at=due_at, error="", now=now)
        occasion = f"{request.id}@{due_at.isoformat()}"
        _tell(session, contact, later, MailKind.DELETION_DELAYED, occasion=occasion, now=now)


def ask_to_keep(rt: Runtime, id: UUID, *, staff: str, now: datetime) -> bool:
    """Whoever wished it told staff that they take it back: mail them the link by which they do. Until they press, it stays due.
    False: such a mail waits for them already.

    Raises NotFound, RequestOver, NoMailbox, TooManyRequests.
    """
    with transaction(rt.engine) as session:
        request, contact = _locked(rt, session, id)
        if not request.may_be_taken_back(now=now):
            raise RequestOver("It is being done: the last mail leaves now. Nothing was changed.")
        if not contact.address:
            raise NoMailbox(
                "No mail address of theirs is known, so that nobody can confirm it. Refuse it with a reason."
            )
        return more.ask_to_keep(rt, session, contact, staff=by_staff(staff), now=now)


def latest_day(request: PrivacyRequest, *, zone: ZoneInfo, now: datetime) -> date | None:
    """The last day until which it can be put off; None where it can't."""
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


def _locked(rt: Runtime, session: Session, id: UUID) -> tuple[PrivacyRequest, Contact]:
    """An open wish, nobody else at it."""
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
    wished = pending.get(session, request.id)
    zone = wished.zone if wished else ""
    owed = mails.Owed(kind=kind, contact_id=contact.id, occasion=occasion, zone=zone)
    mails.owe(session, contact, owed, now=now)


def _expect(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("Say why: the person reads it.")
