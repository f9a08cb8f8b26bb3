"""Consents to call another number than the contact's present one: they allow no calls, and can be replaced."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Detail, Standing
from ...domain.consent_moves import Change, Recorded, Ticked
from ...domain.purposes import Purpose, PurposeKind
from ...storage import contacts, ledger
from ...storage.contacts import Contact
from ...storage.ledger import read_body
from .zones import today


def among(session: Session, stands: Iterable[tuple[Contact, Purpose | None, Standing]]) -> frozenset[UUID]:
    """Those of these grants, by entry, that are for another number than the contact's.

    An import can bring one beside a known address, and staff can change a number. A grant that names no number is for
    the one that its giver, possibly a merged contact, had then.
    """
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
    """Whether the standing for calls is about another number than the contact's."""
    return bool(among(session, [(contact, purpose, standing)]))


def named(session: Session, contact: Contact, detail: Detail) -> Detail:
    """The detail of a consent to calls recorded by staff, with its number.

    That is the contact's present one, unless the consent is dated before the contact had it.
    """
    set_at = contact.phone_set_at
    before = set_at is not None and detail.given_on is not None and detail.given_on < today(session, set_at)
    return detail if detail.phone or before else replace(detail, phone=contact.phone)


def replacing_one(
    session: Session,
    change: Change,
    standing: Standing,
    contact: Contact,
    purpose: Purpose,
    detail: Detail,
    *,
    at: datetime,
) -> Change:
    """As `replacing`, of one contact and a purpose for calls."""
    return replacing(change, standing, contact, detail, among(session, [(contact, purpose, standing)]), at=at)


def replacing(
    change: Change, standing: Standing, contact: Contact, detail: Detail, others: Collection[UUID], *, at: datetime
) -> Change:
    """The change, marked as a replacement where the standing is one of `others` and it is for the contact's number."""
    if not isinstance(change, Recorded | Ticked) or standing.rests_on is None or standing.rests_on.id not in others:
        return change
    given_at = datetime.combine(detail.given_on, time(), UTC) if detail.given_on else at
    is_for_its_own = bool(contact.phone) and _is_for(contact, detail.phone, contact, min(given_at, at))
    return replace(change, replaces=is_for_its_own)


def _is_for(contact: Contact, named: str, giver: Contact, since: datetime) -> bool:
    """Whether a consent is for the contact's number: by the number it names, else the one that its giver had then."""
    if named:
        return named == contact.phone
    return giver.phone_set_at is None or since > giver.phone_set_at
