"""The number to call of a contact, given, changed or taken away by staff.

A yes to calls stands for the number that it was given with, and so allows nothing for another one (domain/gate.py). Noes reach
whoever has the same number: from a change on those of the new number count, of the old one they do no more.
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
from ...domain.purposes import PurposeKind
from ...runtime import Runtime
from ...storage import contacts, purposes, reveals
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.reveals import NUMBER, Reveal
from . import append, owed_follow_ups
from .contacts import circle_of, locked, mark
from .profile import stopped_by


class NumberProblem(StrEnum):
    TAKEN = "taken"  # another contact is known by it alone
    ONLY_ONE = "only-one"  # the contact is known by its number alone
    CHANGED = "changed"  # somebody else set another one since it was looked at


_SENTENCES = {
    NumberProblem.TAKEN: "Another contact, without a mail address, has this number. Merge them, or leave it there.",
    NumberProblem.ONLY_ONE: "Without its number nothing would be known of who this contact is.",
    NumberProblem.CHANGED: "Somebody else changed the number meanwhile. Nothing was changed.",
}


class NumberRefused(BookingError):
    """A contact can't have this number, or be without one."""

    def __init__(self, why: NumberProblem) -> None:
        super().__init__(_SENTENCES[why])
        self.why = why


@dataclass(frozen=True, slots=True)
class NumberOfContact:
    """Whose number it is, with the stop of all use for which nobody may change it now."""

    contact: Contact
    stopped: Entry | None


def find(rt: Runtime, contact_id: UUID) -> NumberOfContact:
    """Raises NotFound: there is nobody, or nobody any more."""
    with snapshot(rt.engine) as session:
        contact = contacts.get(session, contact_id)
        if contact is None or contact.erased_at is not None:
            raise NotFound("there is no such contact")
        return NumberOfContact(contact, stopped_by(circle_of(rt, session, contact)))


def change(
    rt: Runtime, contact_id: UUID, number: str, *, was: str | None = None, reason: str, by: str, now: datetime
) -> bool:
    """`number`: E.164, "" for none; `was`: the one that was looked at, None where nobody looked. `reason` stands in the access log.
    False: it was so before.

    Raises NotFound, ReasonMissing, NumberRefused, ConsentRefused: all use is stopped, or who has it wished to be erased.
    """
    if not reason.strip():
        raise ReasonMissing("Say why: it goes on record.")
    with transaction(rt.engine) as session:
        known = contacts.get(session, contact_id)
        if known is None:
            raise NotFound("there is no such contact")
        marks = (mark(rt.ring, each) for each in (known.phone, number) if each)
        contacts.one_at_a_time(session, *marks)  # of both, so that two who swap theirs do not wait for one another
        before = locked(rt, session, contact_id)
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
        _count_anew(rt, session, contact_id, [each.id for each in before.by_phone], now=now)
        reveals.add(session, Reveal(id=new_id(now), at=now, contact_id=contact_id, by=by, what=NUMBER, why=reason))
    return True


def _with(rt: Runtime, contact: Contact, number: str, *, at: datetime) -> Contact:
    """What was agreed to while they had none here counts for the first one that they get. `at`: not before what they said last,
    whatever the clock says."""
    had_one = contact.phone or contact.phone_set_at
    return replace(contact, phone=number, phone_mark=mark(rt.ring, number), phone_set_at=at if had_one else None)


def _refuse(session: Session, contact: Contact, number: str) -> None:
    if contact.address:
        return
    if not number:
        raise NumberRefused(NumberProblem.ONLY_ONE)
    if contacts.by_phone(session, number) is not None:
        raise NumberRefused(NumberProblem.TAKEN)


def _count_anew(rt: Runtime, session: Session, contact_id: UUID, left: list[UUID], *, now: datetime) -> None:
    """Write down what stands for the contact among those of its new number, and for those whom it `left`, and have those hear of an end
    who were told of a yes that allows no calls any more. Raises ConsentRefused."""
    circle = locked(rt, session, contact_id)
    calls = [each for each in purposes.every(session) if each.kind is PurposeKind.PHONE]
    for purpose in calls:
        refuse_erased(circle.standing(purpose))
    for each in (circle, *(locked(rt, session, id) for id in left if id != contact_id)):
        append.refresh(session, each)
        for purpose in calls:
            owed_follow_ups.owe_ends_of_calls(session, each, purpose, now=now)
