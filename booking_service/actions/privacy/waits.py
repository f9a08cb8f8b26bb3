"""What waits for the press behind a mailed link."""

from datetime import datetime

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose
from ...domain.effects import MailKind
from ...domain.privacy import PendingChange, Wish
from ...runtime import Runtime
from ...storage import pending
from ...storage.contacts import Contact
from ..consent import links, mails


def save(rt: Runtime, session: Session, contact: Contact, change: PendingChange, *, now: datetime) -> None:
    """Have it wait, and mail its link."""
    pending.save(session, change)
    about = {"change": change.id.hex}
    links.remember(rt, session, contact, LinkPurpose.CHANGE, subject=change.id, about=about)
    owed = mails.Owed(kind=MailKind.CONFIRM_CHANGE, contact_id=contact.id, occasion=change.id.hex, zone=change.zone)
    mails.owe(session, contact, owed, now=now)


def drop(session: Session, change: PendingChange, *, now: datetime) -> None:
    """Give it up, with every other mail that asked the same."""
    for each in pending.open_of(session, change.contact_id, now=now):
        if (each.wish, each.purpose) == (change.wish, change.purpose) and (
            each.id == change.id or each.wish in (Wish.NO, Wish.NO_MAILS)
        ):
            pending.drop(session, change.contact_id, id=each.id)
