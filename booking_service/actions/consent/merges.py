"""Merging two contacts that are one person, and parting them. Both chains stay as they are.

A merged contact is in no list any more. A no of either counts for both. A yes to mails proves a mailbox and stays with
it; a yes to calls counts where the number is the same.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Act, Detail, How, staff
from ...domain.consent_moves import Draft
from ...domain.errors import BookingError, NotFound, ReasonMissing
from ...domain.purposes import EVERY
from ...runtime import Runtime
from ...storage import contacts
from ...storage.contacts import Contact
from ...storage.engine import transaction
from . import append, owed_follow_ups
from .contacts import Circle, locked, locked_all


class MergeProblem(StrEnum):
    SAME = "same"
    ERASED = "erased"
    MERGED_BEFORE = "merged-before"
    NOT_MERGED = "not-merged"


_SENTENCES = {
    MergeProblem.SAME: "That is the same contact.",
    MergeProblem.ERASED: "Nothing is known of an erased contact that could be merged.",
    MergeProblem.MERGED_BEFORE: "One of the two is already merged into a contact. Separate them first, or merge with that one.",
    MergeProblem.NOT_MERGED: "These two are not merged.",
}


class MergeRefused(BookingError):
    """These contacts can't be merged or parted."""

    def __init__(self, why: MergeProblem) -> None:
        super().__init__(_SENTENCES[why])
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who merges: `staff` is the permanent name in the evidence, `called` and `reason` can be erased."""

    staff: str
    called: str = ""
    reason: str

    @property
    def detail(self) -> Detail:
        return Detail(reason=self.reason, staff=self.called or self.staff)


def merge(rt: Runtime, other_id: UUID, *, into: UUID, by: By, now: datetime) -> None:
    """Merge: from now on a no of either counts for both, and whoever was told of a yes that this ends is told.

    Raises NotFound, MergeRefused, ReasonMissing.
    """
    _expect(by)
    with transaction(rt.engine) as session:
        other, kept = _both(rt, session, other_id, into)
        _refuse(other, kept)
        contacts.save(session, replace(other, merged_into=kept.id))
        grown = _note(rt, session, other_id, into, Act.MERGED, by=by, now=now)
        owed_follow_ups.owe_ends(session, grown, grown.own[-1], now=now)


def part(rt: Runtime, other_id: UUID, *, by: By, now: datetime) -> None:
    """Undo a merge; what was said since stays with the contact that said it.

    Raises NotFound, MergeRefused, ReasonMissing.
    """
    _expect(by)
    with transaction(rt.engine) as session:
        found = contacts.get(session, other_id)
        if found is None or found.merged_into is None:
            raise MergeRefused(MergeProblem.NOT_MERGED)
        other, kept = _both(rt, session, other_id, found.merged_into)
        if other.merged_into != kept.id:
            raise MergeRefused(MergeProblem.NOT_MERGED)
        _note(rt, session, other.id, kept.id, Act.PARTED, by=by, now=now)
        contacts.save(session, replace(other, merged_into=None))
        for each in (other.id, kept.id):
            append.refresh(session, locked(rt, session, each))


def _both(rt: Runtime, session: Session, other_id: UUID, into: UUID) -> tuple[Contact, Contact]:
    """Both contacts, locked with all whose noes count for either, so that none of these is waited for later."""
    circles = locked_all(rt, session, {other_id, into})
    if not circles.keys() >= {other_id, into}:
        raise NotFound("there is no such contact")
    return circles[other_id].contact, circles[into].contact


def _refuse(other: Contact, kept: Contact) -> None:
    if other.id == kept.id:
        raise MergeRefused(MergeProblem.SAME)
    if other.erased_at or kept.erased_at:
        raise MergeRefused(MergeProblem.ERASED)
    if other.merged_into or kept.merged_into:
        raise MergeRefused(MergeProblem.MERGED_BEFORE)


def _note(rt: Runtime, session: Session, other_id: UUID, into: UUID, act: Act, *, by: By, now: datetime) -> Circle:
    """Write an entry into both chains while they are one circle. Returns the circle as the second contact's."""
    draft = Draft(purpose=EVERY, act=act, by=staff(by.staff), how=How.HAND)
    append.append(session, locked(rt, session, other_id), draft, detail=by.detail, now=now)
    return append.append(session, locked(rt, session, into), draft, detail=by.detail, now=now)


def _expect(by: By) -> None:
    if not by.reason.strip():
        raise ReasonMissing("Say why: it goes on record.")
