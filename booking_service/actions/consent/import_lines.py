"""Applying some lines of an import in one transaction.

Their contacts are read and locked together, each line is decided in turn on top of the earlier ones, and everything is
written together. Line by line it took twenty times as long.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Entry, Standing
from ...domain.consent_file import FileLine, Meaning, Plan
from ...domain.consent_moves import ConsentRefused, refuse_erased
from ...domain.errors import ContactErased
from ...domain.people import canonical_mailbox
from ...domain.purposes import EVERY, Purpose
from ...runtime import Runtime
from ...storage import contacts, fields, follow_ups, ledger, questions, standings
from ...storage.contacts import Contact
from ...storage.fields import KeptValue
from ...storage.imports import Import, ImportLine
from ...storage.ledger import ChainLink
from . import import_fields, other_phone_numbers, owed_follow_ups, profile
from .append import draft_in, drafted, instant, known_purpose
from .contacts import Circle, enter, locked_all, mark
from .import_check import LineVerdict, ReadLine, change_of, contact_of, judged_on, read_line, stored_as, with_fields
from .import_fields import Columns, Filling


@dataclass(frozen=True, slots=True)
class AppliedLine:
    """The verdict of a line, and the entry it made, or the one that says no."""

    number: int
    verdict: LineVerdict
    entry_id: UUID | None = None


def apply(
    rt: Runtime, session: Session, made: Import, plan: Plan, lines: Sequence[ImportLine], *, now: datetime
) -> list[AppliedLine]:
    """Apply these lines, each judged again. Nothing is stored of refused ones.

    Raises UnknownPurpose; ContactErased: erased while waiting for the lock.
    """
    read = [read_line(FileLine(each.number, each.cells), plan, today=judged_on(session, made)) for each in lines]
    batch = _read_together(rt, session, [each for each in read if not each.faults], now=now)
    if any(circle.in_company for id, circle in batch.circles.items() if id not in batch.there):
        standings.let_in(session, EVERY)  # first, in the order in which purposes are shut
    standings.let_in(session, plan.purpose)
    purpose = known_purpose(session, plan.purpose)
    columns = import_fields.columns_of(session, plan, purpose)
    columns.read(session, batch.there)
    stands = [(each.contact, purpose, each.standing(purpose)) for each in batch.circles.values()]
    batch.others = other_phone_numbers.among(session, stands)
    done = [_applied(batch, each, made, purpose, plan.meaning, columns, now=now) for each in read]
    _write(session, batch, purpose, plan.meaning, now=now)
    if batch.filled:
        values = [each for id, new in batch.filled.items() for each in _kept(rt, batch, columns, id, new, now=now)]
        fields.put_all(session, values)
    return done


@dataclass(slots=True, kw_only=True)
class _Batch:
    """The contacts of some lines as they are after the lines decided so far.

    `meant`: by line number. `chains`: shared with the circles, so that an entry counts in all of them. `there`:
    contacts that exist or are created. `others`: consents to call another number than the contact's.
    """

    meant: Mapping[int, Contact]
    circles: Mapping[UUID, Circle]
    chains: dict[UUID, tuple[Entry, ...]]
    there: set[UUID]
    made: list[Contact] = field(default_factory=list)
    links: list[ChainLink] = field(default_factory=list)
    grown: list[tuple[Circle, Entry, Standing]] = field(default_factory=list)
    filled: dict[UUID, dict[str, str]] = field(default_factory=dict)
    others: Collection[UUID] = ()

    def fill(self, circle: Circle, line: ReadLine, columns: Columns) -> Filling:
        filling = columns.fill(circle.contact.id, circle, line.fields)
        if filling.values:
            self.filled.setdefault(circle.contact.id, {}).update(filling.values)
        return filling


def _kept(
    rt: Runtime, batch: _Batch, columns: Columns, id: UUID, values: Mapping[str, str], *, now: datetime
) -> list[KeptValue]:
    return import_fields.kept(rt, columns, batch.circles[id].contact, values, now=now)


def _read_together(rt: Runtime, session: Session, lines: Sequence[ReadLine], *, now: datetime) -> _Batch:
    mailboxes = {canonical_mailbox(each.address) if each.address else each.phone for each in lines}
    contacts.one_at_a_time(session, *(mark(rt.ring, each) for each in mailboxes))
    by_address = contacts.by_addresses(session, {each.address.lower() for each in lines if each.address})
    by_phone = contacts.by_phones(session, {each.phone for each in lines if not each.address})
    there = {each.id for each in (*by_address.values(), *by_phone.values())}
    meant, new = {}, dict[UUID, Contact]()
    for line in lines:
        contact = meant[line.number] = contact_of(rt, line, by_address, by_phone, now=now)
        if contact.id not in there:
            new[contact.id] = (by_address if line.address else by_phone)[line.address.lower() or line.phone] = contact
    circles = locked_all(rt, session, there, list(new.values()))
    chains = {id: chain for circle in circles.values() for id, chain in circle.entries.items()}
    shared = {id: replace(circle, entries=chains) for id, circle in circles.items()}
    return _Batch(meant=meant, circles=shared, chains=chains, there=there)


def _applied(
    batch: _Batch,
    line: ReadLine,
    made: Import,
    purpose: Purpose,
    meaning: Meaning | None,
    columns: Columns,
    *,
    now: datetime,
) -> AppliedLine:
    if line.faults:
        return AppliedLine(line.number, LineVerdict.WRONG)
    change = change_of(meaning, staff=made.made_by)
    circle = batch.circles[batch.meant[line.number].id]
    known = circle.contact.id in batch.there
    if change is None and known and not line.fields:
        return AppliedLine(line.number, LineVerdict.SAME)
    if circle.contact.erased_at is not None:
        raise ContactErased(f"contact {circle.contact.id} was erased")
    at, before = instant(circle, now), circle.standing(purpose)
    try:
        if not known:
            refuse_erased(before)
        if change is not None:
            change = other_phone_numbers.replacing(change, before, circle.contact, line.detail, batch.others, at=at)
        draft = draft_in(circle, purpose, change, before=before, now=at) if change else None
    except ConsentRefused as refused:
        return AppliedLine(line.number, LineVerdict.ALONE, refused.entry.id if refused.entry else None)
    if not known:
        batch.there.add(circle.contact.id)
        batch.made.append(circle.contact)
    filling = batch.fill(circle, line, columns)
    if draft is None:
        verdict = LineVerdict.SAME if change or known else LineVerdict.NEW
        return AppliedLine(line.number, with_fields(verdict, filling))
    reason, called = f"import {made.name}, line {line.number}", str(made.mapping["called"])
    link = drafted(circle, draft, detail=replace(line.detail, reason=reason, staff=called), now=at)
    batch.chains[circle.contact.id] = (*circle.own, link.entry)
    batch.links.append(link)
    batch.grown.append((circle, link.entry, circle.standing(purpose)))
    verdict = stored_as(circle.contact, purpose, meaning, known=known)
    return AppliedLine(line.number, with_fields(verdict, filling), link.entry.id)


def _write(session: Session, batch: _Batch, purpose: Purpose, meaning: Meaning | None, *, now: datetime) -> None:
    """Write everything in the order of references, then what follows from each entry."""
    contacts.add(session, batch.made)
    ledger.add(session, batch.links)
    enter(session, [batch.circles[each.id] for each in batch.made])
    concerned = stand_after(batch.grown, purpose, unmade=batch.circles.keys() - batch.there)
    standings.write(session, purpose.slug, list(concerned.items()))
    followed = bool(follow_ups.of_purpose(session, purpose.slug))
    for circle, entry, after in batch.grown:
        profile.follow(session, circle.contact, entry)
        if followed:
            owed_follow_ups.owe(session, circle, entry, after, now=now)
        if meaning in (Meaning.OUT_OURS, Meaning.OUT_THEIRS):
            questions.closed_of(session, circle.contact.id, purpose.slug)


def stand_after(
    grown: Iterable[tuple[Circle, Entry, Standing]], purpose: Purpose, *, unmade: Collection[UUID] = ()
) -> dict[UUID, Standing]:
    """The standings of everybody in circles with new entries, by the last write to each; unstored contacts are left
    out."""
    stands = {}
    for circle, _, after in grown:
        members = circle.members(purpose.kind)
        if len(members) == 1:
            stands[circle.contact.id] = after
            continue
        for member in members:
            if member.id not in unmade:
                stands[member.id] = circle.of(member).standing(purpose)
    return stands
