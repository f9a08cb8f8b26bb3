"""Deleting what is stored about one contact. The ledger's evidence stays, without its details."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, Update, cast, func
from sqlmodel import Session, col, delete, select, update

from ..domain.booking import Booking
from . import contacts, disclosures, mail_log, messages, news, ticks
from .bookings import mail_lane, to_booking
from .contacts import Contact
from .prefixes import begins_with
from .tables.access import LinkRow
from .tables.booking import BookingRow
from .tables.consent import ContactLinkRow, ImportLineRow, PendingChangeRow, QuestionRow
from .tables.ledger import LedgerDetailRow
from .tables.outbox import OutboxRow


def details(session: Session, entries: Sequence[UUID]) -> int:
    """Delete the personal details of these entries, which a later entry has released. Returns how many."""
    gone = session.exec(delete(LedgerDetailRow).where(col(LedgerDetailRow.entry_id).in_(entries)))
    return gone.rowcount


def work(session: Session, contact: Contact, *, entries: Sequence[UUID], mails: Sequence[str]) -> None:
    """Delete what waits for the contact: questions, requests, mails (in the lanes `mails`), import lines.

    Also which mails and messages they got, and what their links were about; the links themselves stay known as expired.
    """
    session.exec(delete(QuestionRow).where(col(QuestionRow.contact_id) == contact.id))
    session.exec(delete(PendingChangeRow).where(col(PendingChangeRow.contact_id) == contact.id))
    session.exec(delete(OutboxRow).where(col(OutboxRow.lane).in_(mails)))
    ticks.forget_entries(session, entries)
    messages.forget_contact(session, contact.id)
    news.forget_contact(session, contact.id)
    disclosures.forget_contact(session, contact.id)
    mail_log.forget_contact(session, contact.id, address=contact.address)
    session.exec(update(ContactLinkRow).where(col(ContactLinkRow.contact_id) == contact.id).values(about={}))
    session.exec(update(ImportLineRow).where(col(ImportLineRow.entry_id).in_(entries)).values(values={}))


def identity(session: Session, contact: Contact, *, now: datetime) -> Contact:
    """Empty the contact's identity. The marks stay, to recognise the mailbox or number if it is named again."""
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


def guest_of(session: Session, address: str) -> list[Booking]:
    """Bookings of others with this address as a guest."""
    named = cast(func.lower(cast(col(BookingRow.guests), String)), String).contains(address.lower(), autoescape=True)
    found = map(to_booking, session.exec(select(BookingRow).where(named).order_by(col(BookingRow.ends_at))))
    return [each for each in found if address.lower() in map(str.lower, each.guests)]


def guest(session: Session, booking_id: UUID, address: str) -> None:
    """Remove a guest from a booking."""
    row = session.get_one(BookingRow, booking_id)
    row.guests, row.invited = _without(row.guests, address), _without(row.invited, address)
    session.add(row)
    about = func.lower(col(OutboxRow.key)).contains(f":{address.lower()}:", autoescape=True)
    session.exec(delete(OutboxRow).where(begins_with(col(OutboxRow.lane), mail_lane(booking_id)), about))
    session.exec(_links_of(address).where(col(LinkRow.booking_id) == booking_id))


def guest_links(session: Session, address: str, *, but: Sequence[UUID]) -> None:
    """Remove an address from the links mailed to it, except of these bookings."""
    session.exec(_links_of(address).where(col(LinkRow.booking_id).not_in(but)))


def _links_of(address: str) -> Update:
    """By the address in any case, as whoever invited the guest may have typed it."""
    return update(LinkRow).where(func.lower(col(LinkRow.guest)) == address.lower()).values(guest="")


def _without(addresses: Iterable[str], address: str) -> list[str]:
    return [each for each in addresses if each.lower() != address.lower()]
