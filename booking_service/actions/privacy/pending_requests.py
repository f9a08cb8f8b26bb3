"""Requests that wait for the press behind a mailed link."""

from datetime import datetime

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose
from ...domain.effects import MailKind
from ...domain.errors import ContactErased
from ...domain.privacy import PendingChange, Wish
from ...runtime import Runtime
from ...storage import pending_changes
from ...storage.contacts import Contact
from ..consent import links, mails
from ..consent.contacts import Circle, locked


def save(rt: Runtime, session: Session, contact: Contact, change: PendingChange, *, now: datetime) -> None:
    """Store a request and mail its link."""
    pending_changes.save(session, change)
    about = {"change": change.id.hex}
    links.remember(rt, session, contact, LinkPurpose.CHANGE, subject=change.id, about=about)
    mails.owe(session, contact, mail_of(change), now=now)


def mail_of(change: PendingChange) -> mails.OwedMail:
    """The mail with its link."""
    kind, id = MailKind.CONFIRM_CHANGE, change.id.hex
    return mails.OwedMail(kind=kind, contact_id=change.contact_id, occasion=id, zone=change.zone)


def held(rt: Runtime, session: Session, contact: Contact) -> Circle:
    """The contact's circle, locked until the transaction ends. Raises ContactErased: erased while waiting for the
    lock."""
    circle = locked(rt, session, contact.id)
    if circle.contact.erased_at is not None:
        raise ContactErased(f"contact {contact.id} was erased")
    return circle


def drop(session: Session, change: PendingChange, *, now: datetime) -> None:
    """Withdraw a request, and every other mail that asked the same."""
    for each in pending_changes.open_of(session, change.contact_id, now=now):
        if (each.wish, each.purpose) == (change.wish, change.purpose) and (
            each.id == change.id or each.wish in (Wish.NO, Wish.NO_MAILS)
        ):
            pending_changes.drop(session, change.contact_id, id=each.id)
