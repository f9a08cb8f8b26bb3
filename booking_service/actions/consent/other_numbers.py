"""Consents to call another number than the contact has: nobody is called by them, and one for its own number takes their place."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Detail, Standing
from ...domain.consent_moves import Change, Recorded
from ...domain.purposes import Purpose, PurposeKind
from ...storage import contacts, ledger
from ...storage.contacts import Contact
from ...storage.ledger import read_body
from .zones import today


def among(session: Session, stands: Iterable[tuple[Contact, Purpose | None, Standing]]) -> frozenset[UUID]:
    """Grants, by their entries, to call another number than the contact has: a list can bring one beside an address that is known
    with its own, and staff can change it. One that names none was given for that which who gave it had then, who may be merged
    with the contact."""
    granted = {
        standing.rests_on.id: (contact, standing.rests_on.contact_id, standing.since or standing.rests_on.at)
        for contact, purpose, standing in stands
        if purpose is not None and purpose.kind is PurposeKind.PHONE and standing.granted and standing.rests_on
    }
    found = ledger.details(session, granted) if granted else {}
    givers = contacts.of_ids(session, {giver for contact, giver, _ in granted.values() if giver != contact.id})
    others = set[UUID]()
    for id, kept in found.items():
        contact, giver, since = granted[id]
        if not _is_for(contact, read_body(kept.body).get("phone", ""), givers.get(giver, contact), since):
            others.add(id)
    return frozenset(others)


def is_one(session: Session, contact: Contact, purpose: Purpose, standing: Standing) -> bool:
    """Whether what stands for calls was said of another number than the contact has."""
    return bool(among(session, [(contact, purpose, standing)]))


def named(session: Session, contact: Contact, detail: Detail) -> Detail:
    """The detail of a consent to call that staff record, with the number that it is for: that of the contact, unless it was given on
    a day before they had it here."""
    set_at = contact.phone_set_at
    before = set_at is not None and detail.given_on is not None and detail.given_on < today(session, set_at)
    return detail if detail.phone or before else replace(detail, phone=contact.phone)


def replacing(
    change: Change, standing: Standing, contact: Contact, detail: Detail, others: Collection[UUID], *, at: datetime
) -> Change:
    """The change as it is where what stands is one of `others`, and this one is for the number that the contact has."""
    if not isinstance(change, Recorded) or standing.rests_on is None or standing.rests_on.id not in others:
        return change
    given_at = datetime.combine(detail.given_on, time(), UTC) if detail.given_on else at
    is_for_its_own = bool(contact.phone) and _is_for(contact, detail.phone, contact, min(given_at, at))
    return replace(change, replaces=is_for_its_own)


def _is_for(contact: Contact, named: str, giver: Contact, since: datetime) -> bool:
    """Whether a consent of `giver` is for the number of the contact: the one that it names, else that which they had then."""
    if named:
        return named == contact.phone
    return giver.phone_set_at is None or since > giver.phone_set_at
