"""Less use of one's data: at once, by either door, and always."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import How
from ...domain.consent_moves import Stopped
from ...domain.effects import MailKind
from ...domain.privacy import Wish
from ...domain.purposes import EVERY, PurposeKind
from ...runtime import Runtime
from ...storage import pending, purposes, questions
from ...storage.contacts import Contact
from ...storage.engine import transaction
from ..consent import append, mails, withdrawals
from ..consent.answers import Press, detail_of
from ..consent.contacts import locked
from . import links


def end(rt: Runtime, token: str, purpose: str, *, press: Press, now: datetime) -> None:
    """A no to one purpose. A yes that was asked for waits no longer. Raises UnknownLink, LinkOver, NotFound."""
    with transaction(rt.engine) as session:
        link = links.opened(session, token, now=now)
        links.refuse_reduced(session, link, purpose)
        _forget_wishes(session, link.contact, {purpose}, now=now)
        withdrawals.withdraw(rt, session, link.contact, purpose, how=How.PAGE, press=press, now=now)


def end_mails(rt: Runtime, token: str, *, press: Press, now: datetime) -> None:
    """A no to every purpose that means mails, also to those nobody asked about. One mail tells of all."""
    with transaction(rt.engine) as session:
        link = links.opened(session, token, now=now)
        contact = link.contact
        slugs = [each.slug for each in purposes.every(session) if each.kind is PurposeKind.EMAIL]
        _forget_wishes(session, contact, set(slugs), now=now)
        done = [
            withdrawals.withdraw_quietly(rt, session, contact, slug, how=How.PAGE, press=press, now=now)
            for slug in slugs
        ]
        entries = tuple(each.entry.id for each in done if each.entry is not None)
        if entries:
            _tell(session, contact, entries, now=now)


def stop(rt: Runtime, token: str, *, press: Press, now: datetime) -> None:
    """Nothing is used any more, whatever was agreed to. Only the person lifts that. Raises NotFound by a reduced page."""
    with transaction(rt.engine) as session:
        link = links.opened(session, token, now=now)
        links.refuse_reduced(session, link)
        circle = locked(rt, session, link.contact.id)
        detail = detail_of(circle.contact, press, now=now)
        done = append.change_in(session, circle, EVERY, Stopped(), detail=detail, now=now)
        if done.entry is not None:
            questions.closed_of(session, link.contact.id, None)
            _forget_wishes(session, link.contact, None, now=now)
            _tell(session, link.contact, (done.entry.id,), now=now)


def _tell(session: Session, contact: Contact, entries: tuple[UUID, ...], *, now: datetime) -> None:
    if contact.address:
        owed = mails.Owed(kind=MailKind.CONSENT_ENDED, contact_id=contact.id, occasion=entries[0].hex, entries=entries)
        mails.owe(session, contact, owed, now=now)


def _forget_wishes(session: Session, contact: Contact, slugs: set[str] | None, *, now: datetime) -> None:
    """What was asked for waits no longer once less was said: a yes to these purposes; None: to any."""
    for each in pending.open_of(session, contact.id, now=now):
        if each.wish is Wish.YES and (slugs is None or each.purpose in slugs):
            pending.drop(session, contact.id, id=each.id)
