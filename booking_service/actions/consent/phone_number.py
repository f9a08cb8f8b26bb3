"""A contact's phone number: set, changed or removed by staff.

A consent to calls is for the number it was given with, and allows nothing for another one (domain/gate.py). Noes count
for everybody with the same number: after a change those of the new number do, those of the old one no longer.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.consent import Entry
from ...domain.consent_moves import ConsentRefused, Why, refuse_erased
from ...domain.errors import BookingError, NotFound, ReasonMissing
from ...domain.purposes import EVERY, PurposeKind
from ...runtime import Runtime
from ...storage import access_log, contacts, purposes, standings
from ...storage.access_log import NUMBER, Reveal
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from . import append, owed_follow_ups
from .contacts import circle_of, circles_of, locked_all, mark
from .profile import stopped_by


class NumberProblem(StrEnum):
    TAKEN = "taken"  # another contact is known by this number alone
    ONLY_ONE = "only-one"  # the contact is known by its number alone
    CHANGED = "changed"  # somebody else changed it since it was looked at


_SENTENCES = {
    NumberProblem.TAKEN: "Another contact, without a mail address, has this number. Merge them, or leave it there.",
    NumberProblem.ONLY_ONE: "Without its number we would not know who this contact is.",
    NumberProblem.CHANGED: "Somebody else changed the number meanwhile. Nothing was changed.",
}


class NumberRefused(BookingError):
    """A contact can't have this number, or can't be without one."""

    def __init__(self, why: NumberProblem) -> None:
        super().__init__(_SENTENCES[why])
        self.why = why


@dataclass(frozen=True, slots=True)
class NumberOfContact:
    """A contact, with the stop of all use during which its number can't be changed."""

    contact: Contact
    stopped: Entry | None


def find(rt: Runtime, contact_id: UUID) -> NumberOfContact:
    """Raises NotFound: no such contact, or no longer."""
    with snapshot(rt.engine) as session:
        contact = contacts.get(session, contact_id)
        if contact is None or contact.erased_at is not None:
            raise NotFound("there is no such contact")
        return NumberOfContact(contact, stopped_by(circle_of(rt, session, contact)))


def change(
    rt: Runtime, contact_id: UUID, number: str, *, was: str | None = None, reason: str, by: str, now: datetime
) -> bool:
    """Change a number. `number`: E.164, "" for none. `was`: the one that was looked at; None: nobody looked.

    `reason` goes into the access log. False: it was so before. Raises NotFound, ReasonMissing, NumberRefused,
    ConsentRefused: all use is stopped, or the number's owner wished to be erased.
    """
    if not reason.strip():
        raise ReasonMissing("Say why: it goes on record.")
    with transaction(rt.engine) as session:
        known = contacts.get(session, contact_id)
        if known is None:
            raise NotFound("there is no such contact")
        marks = (mark(rt.ring, each) for each in (known.phone, number) if each)
        contacts.one_at_a_time(session, *marks)  # both marks at once, to avoid a deadlock between two swaps
        stand_in = replace(known, id=new_id(now), address="", mailbox="", phone=number, merged_into=None)
        before = locked_all(rt, session, [contact_id], [stand_in])[contact_id]  # and all who have the new number
        contact = before.contact
        if contact.erased_at is not None:
            raise NotFound("there is nobody any more")
        if contact.phone == number:
            return False
        if was is not None and was != contact.phone:
            raise NumberRefused(NumberProblem.CHANGED)
        if (stopped := stopped_by(before)) is not None:
            raise ConsentRefused(Why.STOPPED, at=stopped.at)
        _refuse(session, contact, number)
        at = max(now, *(each.at for each in before.own)) if before.own else now
        contacts.save(session, _with(rt, contact, number, at=at))
        contacts.note_change(session, {contact_id: at})
        _count_anew(rt, session, contact_id, {each.id for each in before.by_phone}, now=now)
        access_log.add(session, Reveal(id=new_id(now), at=now, contact_id=contact_id, by=by, what=NUMBER, why=reason))
    return True


def _with(rt: Runtime, contact: Contact, number: str, *, at: datetime) -> Contact:
    """The contact with this number. Consents without any number count for the first one it gets.

    `at`: not before its last statement, whatever the clock says.
    """
    had_one = contact.phone or contact.phone_set_at
    return replace(contact, phone=number, phone_mark=mark(rt.ring, number), phone_set_at=at if had_one else None)


def _refuse(session: Session, contact: Contact, number: str) -> None:
    if contact.address:
        return
    if not number:
        raise NumberRefused(NumberProblem.ONLY_ONE)
    if contacts.by_phone(session, number) is not None:
        raise NumberRefused(NumberProblem.TAKEN)


def _count_anew(rt: Runtime, session: Session, contact_id: UUID, left: set[UUID], *, now: datetime) -> None:
    """Write the cached standings of the contact, of the new number's contacts, and of those it `left`: for calls, as
    numbers count for nothing else. All of them are locked.

    Whoever was told of a yes that allows no calls any more is told of its end. Raises ConsentRefused.
    """
    standings.let_in(session, EVERY)
    calls = [each for each in purposes.every(session) if each.kind is PurposeKind.PHONE]
    circles = circles_of(rt, session, contacts.of_ids(session, {contact_id, *left}).values())
    for purpose in calls:
        refuse_erased(circles[contact_id].standing(purpose))
    for each in (circles[id] for id in sorted(circles)):
        for purpose in calls:
            append.refresh(session, each, purpose=purpose.slug)
            owed_follow_ups.owe_ends_of_calls(session, each, purpose, now=now)
