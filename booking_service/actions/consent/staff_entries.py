"""What staff do by hand: record consents given elsewhere, opt people out, and revert their opt-outs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import phonenumbers
from sqlmodel import Session

from ...config.notation import read_mail_address
from ...domain.consent import Detail, How, precedes, standing_of
from ...domain.consent_columns import read
from ...domain.consent_moves import Change, OptedOut, Recorded, Reverted, Withdrawn, agreed
from ...domain.effects import MailKind
from ...domain.errors import BookingError, ReasonMissing
from ...domain.purposes import EVERY, PurposeKind
from ...runtime import Runtime
from ...storage import contacts, purposes, questions
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from . import append, other_phone_numbers
from .answers import tell
from .append import Changed
from .contacts import find_or_make, locked
from .zones import today

_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class UnknownContact(BookingError):
    """No contact has this address or number."""


def identifier(text: str) -> tuple[str, str]:
    """Read a mail address or an international phone number, as (address, E.164 number) with "" for the other one.

    Raises BookingError: neither.
    """
    text = text.strip()
    if not text:
        raise BookingError("write a mail address, or a phone number like +49 30 1234567")
    if "@" in text:
        try:
            return read_mail_address(text), ""
        except ValueError as error:
            raise BookingError(f"{text}: {error}") from error
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as error:
        raise BookingError(f"{text}: write a mail address, or a phone number like +49 30 1234567") from error
    if not phonenumbers.is_possible_number(number):
        raise BookingError(f"{text}: no phone number is like this one")
    return "", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def find(session: Session, who: str) -> Contact:
    """The contact of an address, number or id as typed; erased ones are unknown.

    Raises UnknownContact, BookingError.
    """
    found = contacts.get(session, UUID(who)) if _ID.fullmatch(who) else _of_identifier(session, who)
    if found is None or found.erased_at is not None:
        raise UnknownContact(f"Nothing is known of {who}.")
    return found


def _of_identifier(session: Session, who: str) -> Contact | None:
    address, phone = identifier(who)
    return contacts.by_address(session, address) if address else contacts.by_phone(session, phone)


def id_of(rt: Runtime, who: str) -> UUID:
    """The id of that contact. Raises UnknownContact, BookingError."""
    with snapshot(rt.engine) as session:
        return find(session, who).id


def record(
    rt: Runtime,
    who: str,
    purpose: str,
    *,
    staff: str,
    called: str = "",
    brought: dict[str, str],
    reason: str,
    implied: bool = False,
    how: How = How.HAND,
    now: datetime,
    dry_run: bool = False,
) -> Changed:
    """Record a consent given elsewhere; creates the contact if needed.

    `staff`: permanent name in the evidence. `called`: name that can be erased. `brought`: the columns of
    domain/consent_columns.py. Raises BroughtWrongly, ConsentRefused, UnknownPurpose, ReasonMissing.
    """
    _expect(reason)
    address, phone = identifier(who)
    with _written(rt, dry_run=dry_run) as session:
        given = read(brought, today=today(session, now))
        detail = replace(given, address=address, phone=phone, reason=reason, staff=called or staff)
        contact = find_or_make(rt, session, address=address, phone=phone, name=detail.who, now=now)
        circle, wanted = locked(rt, session, contact.id), purposes.find(session, purpose)
        change: Change = Recorded(staff=staff, how=how, implied=implied)
        if wanted is not None and wanted.kind is PurposeKind.PHONE:
            detail = other_phone_numbers.named(session, circle.contact, detail)
            before = circle.standing(wanted)
            change = other_phone_numbers.replacing_one(session, change, before, circle.contact, wanted, detail, at=now)
        return append.change_in(session, circle, purpose, change, detail=detail, now=now)


def opt_out(
    rt: Runtime,
    who: str,
    purpose: str,
    *,
    staff: str,
    called: str = "",
    theirs: bool,
    reason: str,
    how: How = How.HAND,
    now: datetime,
    dry_run: bool = False,
) -> Changed:
    """End a purpose ("*": all) for somebody. `theirs`: at their request, so that only they can lift it.

    An unknown person becomes a contact, so that the no is kept. A mail tells of a person's own no that ended something.
    Raises UnknownPurpose, ReasonMissing.
    """
    _expect(reason)
    address, phone = identifier(who)
    change: Change = Withdrawn(How.TOLD if how is How.HAND else how) if theirs else OptedOut(staff=staff, how=how)
    with _written(rt, dry_run=dry_run) as session:
        contact = find_or_make(rt, session, address=address, phone=phone, now=now)
        done = _change(rt, session, contact, purpose, change, _said(contact, reason, called or staff), now=now)
        if done.entry is not None:
            questions.closed_of(session, contact.id, None if purpose == EVERY else purpose)
        if done.entry is not None and theirs and done.before.granted and purpose != EVERY:
            tell(rt, session, done.circle.contact, MailKind.CONSENT_ENDED, done.entry.id, purpose, now=now)
        return done


def revert(
    rt: Runtime,
    who: str,
    purpose: str,
    *,
    staff: str,
    called: str = "",
    reason: str,
    now: datetime,
    dry_run: bool = False,
) -> Changed:
    """Revert an opt-out by staff. Raises ConsentRefused, UnknownContact, UnknownPurpose, ReasonMissing."""
    _expect(reason)
    with _written(rt, dry_run=dry_run) as session:
        contact = find(session, who)
        return _change(rt, session, contact, purpose, Reverted(staff), _said(contact, reason, called or staff), now=now)


def had_agreed(reverted: Changed, purpose: str) -> bool:
    """Whether a consent stood before the reverted opt-out; otherwise reverting recorded a new one."""
    no = reverted.before.rests_on
    before = [each for each in reverted.circle.own if no is not None and precedes(each, no)]
    return agreed(standing_of(before, purpose=purpose))


@contextmanager
def _written(rt: Runtime, *, dry_run: bool) -> Iterator[Session]:
    """A transaction; rolled back for a dry run."""
    with snapshot(rt.engine) if dry_run else transaction(rt.engine) as session:
        yield session


def _change(
    rt: Runtime, session: Session, contact: Contact, purpose: str, change: Change, detail: Detail, *, now: datetime
) -> Changed:
    return append.change(rt, session, contact.id, purpose, change, detail=detail, now=now)


def _said(contact: Contact, reason: str, staff: str) -> Detail:
    return Detail(who=contact.name, address=contact.address, phone=contact.phone, reason=reason, staff=staff)


def _expect(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("Say why: it goes on record with the change.")
