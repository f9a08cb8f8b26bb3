"""Taking out of the database what is kept of one contact. What is evidence of the ledger stays, without its details."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, cast
from sqlmodel import Session, col, delete, select, update

from . import contacts, mail_log, messages
from .contacts import Contact
from .tables.access import ContactLinkRow, LinkRow
from .tables.booking import BookingRow
from .tables.consent import ImportLineRow, PendingChangeRow, QuestionRow
from .tables.ledger import LedgerDetailRow
from .tables.outbox import OutboxRow


def details(session: Session, entries: Sequence[UUID]) -> int:
    """Forget the personal parts of these entries, which a later one has let go of. Returns of how many."""
    gone = session.exec(delete(LedgerDetailRow).where(col(LedgerDetailRow.entry_id).in_(entries)))
    return gone.rowcount


def work(session: Session, contact: Contact, *, entries: Sequence[UUID], mails: str) -> None:
    """Forget what waits: questions, wishes, mails (in the lane `mails`), lines of imports; which mails went to them, and
    what staff wrote to them; and what links were about. The links themselves stay known, as old ones."""
    session.exec(delete(QuestionRow).where(col(QuestionRow.contact_id) == contact.id))
    session.exec(delete(PendingChangeRow).where(col(PendingChangeRow.contact_id) == contact.id))
    session.exec(delete(OutboxRow).where(col(OutboxRow.lane) == mails))
    messages.forget_contact(session, contact.id)
    mail_log.forget_contact(session, contact.id, address=contact.address)
    session.exec(update(ContactLinkRow).where(col(ContactLinkRow.contact_id) == contact.id).values(about={}))
    session.exec(update(ImportLineRow).where(col(ImportLineRow.entry_id).in_(entries)).values(values={}))


def identity(session: Session, contact: Contact, *, now: datetime) -> Contact:
    """Empty who it was; the marks stay, by which whoever names the mailbox or number again is recognised."""
    gone = replace(
        contact,
        address="",
        mailbox="",
        phone="",
        name="",
        language="",
        proven_at=None,
        generation=contact.generation + 1,
        erased_at=now,
    )
    contacts.save(session, gone)
    return gone


def guest(session: Session, address: str, *, now: datetime) -> None:
    """Take somebody off the guests of other people's bookings that are over."""
    named = cast(col(BookingRow.guests), String).contains(address.lower(), autoescape=True)
    over = select(BookingRow).where(BookingRow.ends_at <= now, named)
    for row in session.exec(over):
        row.guests, row.invited = _without(row.guests, address), _without(row.invited, address)
        session.add(row)
    session.exec(update(LinkRow).where(col(LinkRow.guest) == address).values(guest=""))


def _without(addresses: Iterable[str], address: str) -> list[str]:
    return [each for each in addresses if each.lower() != address.lower()]
