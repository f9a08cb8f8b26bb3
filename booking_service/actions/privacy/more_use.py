"""More use of one's data, or handing it out: requested on the page, done when the mailbox confirms it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...crypto.tokens import LinkPurpose
from ...domain.consent import How
from ...domain.consent_moves import Resumed, Ticked
from ...domain.effects import MailKind
from ...domain.errors import NotFound, TextChanged, UnknownLink
from ...domain.people import Organisation
from ...domain.privacy import CONFIRMED_WITHIN, DATA_FOR, ErasurePreview, PendingChange, Wish
from ...domain.purposes import EVERY, PurposeKind, Wording
from ...runtime import Runtime
from ...storage import contacts, hosts, pending_changes, privacy_requests, purposes
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.privacy_requests import PrivacyRequest
from ..access import limits
from ..consent import append, erasure_scope, mails, own_fields
from ..consent import links as contact_links
from ..consent.answers import Press, SeenQuestion, answer_in, detail_of, seen_question
from ..consent.contacts import Circle, circle_of, locked
from ..consent.offers import wording_for
from ..consent.own_fields import SeenFieldChange
from ..consent.withdrawals import ended_by, name_of
from ..consent.zones import zone_of
from . import less_use, links, pending_requests, requests


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenChange:
    """A request behind its mailed link. `question`: of a yes, with its texts. `over`: it expired.

    `foreseen`: of an unconfirmed wish to be erased. `request`: the wish in the queue that it made, joined or ended.
    `name`: the purpose of a no; `stands`: what the no would end is in force. `erases`: it empties a field for good.
    `own_field`: of a change of a field.
    """

    change: PendingChange
    contact: Contact
    organisation: Organisation
    question: SeenQuestion | None = None
    foreseen: ErasurePreview | None = None
    over: bool = False
    request: PrivacyRequest | None = None
    name: str = ""
    stands: bool = False
    erases: bool = False
    own_field: SeenFieldChange | None = None


def ask(
    rt: Runtime,
    token: str,
    wish: Wish,
    *,
    purpose: str = "",
    wording: bytes | None = None,
    cancels: bool = False,
    press: Press,
    now: datetime,
) -> None:
    """Ask the mailbox to confirm this. `wording`: of a yes, the texts beside the button.

    A waiting request is not repeated, except that one that also cancels coming bookings replaces it. Raises
    UnknownLink, LinkOver, ContactErased, ConsentRefused, TextChanged, TooManyRequests; NotFound: the reduced page
    allows mails only.
    """
    with transaction(rt.engine) as session:
        link = links.opened(session, token, now=now)
        links.refuse_reduced(session, link, purpose if wish is Wish.YES else "")
        if _needless(session, link.contact, wish, purpose, cancels=cancels, now=now):
            return
        contact = pending_requests.held(rt, session, link.contact).contact
        if not _needless(session, contact, wish, purpose, cancels=cancels, now=now):  # by a concurrent second press
            limits.use(rt, session, "changes_per_link", links.door(link), now=now)
            _ask(rt, session, contact, wish, purpose=purpose, wording=wording, cancels=cancels, press=press, now=now)


def ask_to_keep(rt: Runtime, session: Session, contact: Contact, *, staff: str, now: datetime) -> bool:
    """Ask the mailbox to confirm that a wish to be erased is taken back, as the person told staff.

    False: that is waiting already, or there is nothing to take back. The caller has locked the contact. Raises
    TooManyRequests.
    """
    if _needless(session, contact, Wish.KEEP, "", cancels=False, now=now):
        return False
    limits.use(rt, session, "changes_per_link", f"{contact.id} {LinkPurpose.CHANGE}", now=now)
    change = PendingChange(
        id=new_id(now),
        contact_id=contact.id,
        wish=Wish.KEEP,
        zone=zone_of(session, contact),
        staff=staff,
        made_at=now,
        until=now + CONFIRMED_WITHIN,
    )
    pending_requests.save(rt, session, contact, change, now=now)
    return True


def show(rt: Runtime, token: str, *, language: str, now: datetime) -> SeenChange:
    """What a mailed link would do, or has done. `language`: the reader's, "" for the contact's.

    Raises UnknownLink, ContactErased.
    """
    with snapshot(rt.engine) as session:
        return _seen(rt, session, token, language=language, now=now)


def confirm(rt: Runtime, token: str, *, press: Press, now: datetime) -> None:
    """Do what was requested. A repeated or late press does nothing.

    A change of a field that is no longer possible stays waiting, and its page says why. Raises UnknownLink,
    ContactErased, ConsentRefused.
    """
    with transaction(rt.engine) as session:
        limits.use(rt, session, "confirm_per_network", press.network, now=now)
        change, contact = _opened(session, token, now=now)
        if not change.is_open(now=now):
            return
        circle = pending_requests.held(rt, session, contact)
        change = _still(session, change.id)
        if not change.is_open(now=now):
            return
        if change.wish is Wish.CHANGE and not own_fields.write(rt, session, circle, change, now=now):
            return
        request = _do(rt, session, circle, change, press=press, now=now)
        pending_changes.save(session, change.done(request=request, now=now))
        if circle.contact.proven_at is None:
            kept = contacts.get(session, contact.id) or circle.contact
            contacts.save(session, replace(kept, proven_at=now))


def ask_anew(rt: Runtime, token: str, *, press: Press, now: datetime) -> None:
    """The request expired: mail a new link for it; for a change of a field, the link to the page.

    The new value is not kept that long, so it is asked for anew. Raises UnknownLink, ContactErased, ConsentRefused,
    TooManyRequests.
    """
    with transaction(rt.engine) as session:
        change, contact = _opened(session, token, now=now)
        if change.done_at is not None or change.is_open(now=now):
            return
        if change.wish is Wish.CHANGE:
            limits.use(rt, session, "changes_per_link", f"{contact.id} {LinkPurpose.CHANGE}", now=now)
            links.mail(rt, session, contact, now=now)
            return
        if not _needless(session, contact, change.wish, change.purpose, cancels=change.cancels, now=now):
            contact = pending_requests.held(rt, session, contact).contact
            limits.use(rt, session, "changes_per_link", f"{contact.id} {LinkPurpose.CHANGE}", now=now)
            newest = wording_for(session, change.purpose, press.language) if change.wish is Wish.YES else None
            _ask(
                rt,
                session,
                contact,
                change.wish,
                purpose=change.purpose,
                wording=newest.hash if newest else None,
                cancels=change.cancels,
                press=press,
                now=now,
            )


def drop(rt: Runtime, token: str, id: str, *, now: datetime) -> None:
    """Withdraw a request before it is confirmed. Raises UnknownLink, LinkOver; NotFound: the link shows the reduced
    page."""
    with transaction(rt.engine) as session:
        link = links.opened(session, token, now=now)
        links.refuse_reduced(session, link)
        for each in pending_changes.open_of(session, link.contact.id, now=now):
            if each.id.hex == id:
                pending_requests.drop(session, each, now=now)


def _needless(session: Session, contact: Contact, wish: Wish, purpose: str, *, cancels: bool, now: datetime) -> bool:
    """Whether it waits for its mail or in the queue already, or there is nothing in the queue to take back."""
    waiting = pending_changes.open_of(session, contact.id, now=now)
    if any(each.wish is wish and each.purpose == purpose and each.cancels >= cancels for each in waiting):
        return True
    request = privacy_requests.open_of(session, contact.id)
    match wish:
        case Wish.DELETE if request is not None:
            return not cancels or not erasure_scope.foreseen(session, contact, cancels=True, now=now).cancellable
        case Wish.KEEP:
            return request is None or not request.may_be_taken_back(now=now)
        case _:
            return False


def _ask(
    rt: Runtime,
    session: Session,
    contact: Contact,
    wish: Wish,
    *,
    purpose: str,
    wording: bytes | None,
    cancels: bool,
    press: Press,
    now: datetime,
) -> None:
    change = PendingChange(
        id=new_id(now),
        contact_id=contact.id,
        wish=wish,
        purpose=purpose if wish in (Wish.YES, Wish.NO) else "",
        cancels=cancels and wish is Wish.DELETE,
        zone=zone_of(session, contact),
        made_at=now,
        until=now + CONFIRMED_WITHIN,
    )
    if wish is Wish.YES:
        change = _asked(rt, session, contact, change, wording=wording, press=press, now=now)
    for each in pending_changes.open_of(session, contact.id, now=now):
        if each.wish is wish is Wish.DELETE:
            pending_changes.drop(session, contact.id, id=each.id)
    pending_requests.save(rt, session, contact, change, now=now)


def _asked(
    rt: Runtime,
    session: Session,
    contact: Contact,
    change: PendingChange,
    *,
    wording: bytes | None,
    press: Press,
    now: datetime,
) -> PendingChange:
    """The request with the question that its yes answers: the open one, or one with the texts that were shown."""
    asks = _standing_text(session, change.purpose, wording)
    circle = locked(rt, session, contact.id)
    ticked = Ticked(by_mail=True, lasts=CONFIRMED_WITHIN, wording=asks.hash, how=How.PAGE)
    detail = detail_of(circle.contact, press, snapshot=press.shown, now=now)
    done = append.change_in(session, circle, change.purpose, ticked, detail=detail, now=now)
    question = done.entry or done.after.open_question(now=now)
    return replace(change, question=question.id if question else None)


def _standing_text(session: Session, purpose: str, wording: bytes | None) -> Wording:
    """Raises NotFound; TextChanged: not among the newest texts."""
    newest = purposes.current_wordings(session, purpose)
    if not newest:
        raise NotFound(f"nobody wrote down what {purpose!r} is")
    found = next((each for each in newest.values() if each.hash == wording), None)
    if found is None:
        raise TextChanged(f"what {purpose!r} is has other words now")
    return found


def _opened(session: Session, token: str, *, now: datetime) -> tuple[PendingChange, Contact]:
    link = contact_links.opened(session, token, {LinkPurpose.CHANGE}, now=now)
    return _still(session, UUID(link.about["change"])), link.contact


def _still(session: Session, id: UUID) -> PendingChange:
    change = pending_changes.get(session, id)
    if change is None:
        raise UnknownLink("what this link would do was given up")
    return change


def _seen(rt: Runtime, session: Session, token: str, *, language: str, now: datetime) -> SeenChange:
    change, contact = _opened(session, token, now=now)
    circle = circle_of(rt, session, contact)
    asked = next((each for each in circle.own if each.id == change.question), None)
    asks = change.wish is Wish.DELETE and change.is_open(now=now)
    return SeenChange(
        change=change,
        contact=contact,
        organisation=hosts.organisation(session),
        question=seen_question(session, circle, asked, now=now) if asked else None,
        foreseen=erasure_scope.foreseen(session, contact, cancels=change.cancels, now=now) if asks else None,
        over=change.done_at is None and not change.is_open(now=now),
        request=requests.of_change(session, change),
        name=name_of(session, change.purpose, language or contact.language) if change.wish is Wish.NO else "",
        stands=bool(ended_by(session, circle, change)),
        erases=_erases(session, change),
        own_field=own_fields.seen(rt, session, circle, change, now=now) if change.wish is Wish.CHANGE else None,
    )


def _erases(session: Session, change: PendingChange) -> bool:
    purpose = purposes.find(session, change.purpose) if change.wish is Wish.NO else None
    return purpose is not None and purpose.kind is PurposeKind.FIELD


def _do(
    rt: Runtime, session: Session, circle: Circle, change: PendingChange, *, press: Press, now: datetime
) -> UUID | None:
    """Returns the id of the wish in the queue that it was about, if any."""
    contact = circle.contact
    match change.wish:
        case Wish.YES:
            asked = next((each for each in circle.own if each.id == change.question), None)
            if asked is None:
                raise UnknownLink("what this link answers was asked of nobody here")
            answer_in(rt, session, circle, asked, yes=True, press=press, zone=change.zone, now=now)
        case Wish.RESUME:
            append.change_in(session, circle, EVERY, Resumed(), detail=detail_of(contact, press, now=now), now=now)
        case Wish.DATA:
            until = now + DATA_FOR
            contact_links.remember(rt, session, contact, LinkPurpose.DATA, subject=change.id, until=until)
            owed = mails.OwedMail(
                kind=MailKind.DATA_READY, contact_id=contact.id, occasion=change.id.hex, zone=change.zone
            )
            mails.owe(session, contact, owed, now=now)
        case Wish.DELETE:
            return requests.queue(session, contact, change, now=now)
        case Wish.KEEP:
            return requests.take_back(session, contact, zone=change.zone, now=now)
        case Wish.CHANGE:
            return None  # already written where possible
        case Wish.NO | Wish.NO_MAILS:
            less_use.carry_out(rt, session, contact, change, press=press, now=now)
        case _:
            assert_never(change.wish)
    return None
