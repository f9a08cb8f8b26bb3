"""Two contacts that are one person: merged, and parted again. Nothing moves; histories stay whole, in a chain each.

Whoever is merged into another is in none of the lists any more. A no of either counts for both. A yes to mail proves a mailbox, and
so stays with it; a yes to calls counts where the number is the same.
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
from .contacts import Circle, locked


class MergeProblem(StrEnum):
    SAME = "same"
    ERASED = "erased"
    MERGED_BEFORE = "merged-before"
    NOT_MERGED = "not-merged"


_SENTENCES = {
    MergeProblem.SAME: "That is the same contact.",
    MergeProblem.ERASED: "Of an erased contact nothing is known that could be merged.",
    MergeProblem.MERGED_BEFORE: "One of the two is merged into a contact already. Part them first, or merge with that one.",
    MergeProblem.NOT_MERGED: "These two are not merged.",
}


class MergeRefused(BookingError):
    """Two contacts can't be merged or parted so."""

    def __init__(self, why: MergeProblem) -> None:
        super().__init__(_SENTENCES[why])
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does it, by which the evidence names them for good; what they are called, and why, which can be erased."""

    staff: str
    called: str = ""
    reason: str

    @property
    def detail(self) -> Detail:
        return Detail(reason=self.reason, staff=self.called or self.staff)


def merge(rt: Runtime, other_id: UUID, *, into: UUID, by: By, now: datetime) -> None:
    """From now on a no of either counts for both: whoever was told of a yes that it ends is told so.

    Raises NotFound, MergeRefused, ReasonMissing.
    """
    _expect(by)
    with transaction(rt.engine) as session:
        other, kept = _both(session, other_id, into)
        _refuse(other, kept)
        contacts.save(session, replace(other, merged_into=kept.id))
        grown = _note(rt, session, other_id, into, Act.MERGED, by=by, now=now)
        owed_follow_ups.owe_ends(session, grown, grown.own[-1], now=now)


def part(rt: Runtime, other_id: UUID, *, by: By, now: datetime) -> None:
    """Undo it: what was said since stays with whom it was said to. Raises NotFound, MergeRefused, ReasonMissing."""
    _expect(by)
    with transaction(rt.engine) as session:
        found = contacts.get(session, other_id)
        if found is None or found.merged_into is None:
            raise MergeRefused(MergeProblem.NOT_MERGED)
        other, kept = _both(session, other_id, found.merged_into)
        if other.merged_into != kept.id:
            raise MergeRefused(MergeProblem.NOT_MERGED)
        _note(rt, session, other.id, kept.id, Act.PARTED, by=by, now=now)
        contacts.save(session, replace(other, merged_into=None))
        for each in (other.id, kept.id):
            append.refresh(session, locked(rt, session, each))


def _both(session: Session, other_id: UUID, into: UUID) -> tuple[Contact, Contact]:
    contacts.lock(session, {other_id, into})
    other, kept = contacts.get(session, other_id), contacts.get(session, into)
    if other is None or kept is None:
        raise NotFound("there is no such contact")
    return other, kept


def _refuse(other: Contact, kept: Contact) -> None:
    if other.id == kept.id:
        raise MergeRefused(MergeProblem.SAME)
    if other.erased_at or kept.erased_at:
        raise MergeRefused(MergeProblem.ERASED)
    if other.merged_into or kept.merged_into:
        raise MergeRefused(MergeProblem.MERGED_BEFORE)


def _note(rt: Runtime, session: Session, other_id: UUID, into: UUID, act: Act, *, by: By, now: datetime) -> Circle:
    """An entry in both chains, while the two are of one circle, which is returned as the second of them has it."""
    draft = Draft(purpose=EVERY, act=act, by=staff(by.staff), how=How.HAND)
    append.append(session, locked(rt, session, other_id), draft, detail=by.detail, now=now)
    return append.append(session, locked(rt, session, into), draft, detail=by.detail, now=now)


def _expect(by: By) -> None:
    if not by.reason.strip():
        raise ReasonMissing("Say why: it goes on record.")
