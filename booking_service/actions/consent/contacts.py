"""Contacts: finding or creating one, and its circle: the contacts whose noes count for it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...crypto.keys import KeyRing, mac, macs, macs_of
from ...domain.consent import FOLDED, Entry, Standing, precedes, standing_of
from ...domain.people import canonical_mailbox
from ...domain.purposes import EVERY, Purpose, PurposeKind
from ...runtime import Runtime
from ...storage import contacts, ledger, purposes, standings
from ...storage.contacts import Contact, Marks, Ties
from ...storage.ledger import Said

_MARK = "contact"
_NOTHING = Said((), 0)


def mark(ring: KeyRing, identifier: str) -> str:
    """What is kept of an erased mailbox or number: a keyed hash that recognises it. "" for none."""
    return mac(ring, _MARK, identifier.encode()).hex() if identifier else ""


def marks(ring: KeyRing, identifier: str) -> tuple[str, ...]:
    """As `mark`, under every key: an erased contact keeps the mark of the key of its time."""
    return tuple(each.hex() for each in macs(ring, _MARK, identifier.encode())) if identifier else ()


def _marks_of(rt: Runtime) -> Marks:
    """The marks of each text, computed once, as a mailbox is looked at repeatedly."""
    marked = macs_of(rt.ring, _MARK)
    return cache(lambda identifier: tuple([each.hex() for each in marked(identifier.encode())]) if identifier else ())


def find_or_make(
    rt: Runtime,
    session: Session,
    *,
    address: str = "",
    phone: str = "",
    name: str = "",
    language: str = "",
    now: datetime,
) -> Contact:
    """The contact of an address or, without one, of an E.164 number; created where there is none.

    An existing contact keeps its name. Lists show at once which noes of others count for a new one.
    """
    made = unmade(rt, address=address, phone=phone, name=name, language=language, now=now)
    contacts.one_at_a_time(session, made.mailbox_mark or made.phone_mark)
    found = contacts.by_address(session, address) if address else contacts.by_phone(session, phone)
    if found is not None:
        return found
    contacts.save(session, made)
    enter(session, [locked(rt, session, made.id)])
    return made


def unmade(
    rt: Runtime, *, address: str = "", phone: str = "", name: str = "", language: str = "", now: datetime
) -> Contact:
    """A contact that is not stored: the noes of its mailbox and number count for it as for one that is."""
    mailbox = canonical_mailbox(address) if address else ""
    return Contact(
        id=new_id(now),
        address=address,
        mailbox=mailbox,
        phone=phone,
        name=name,
        language=language,
        mailbox_mark=mark(rt.ring, mailbox),
        phone_mark=mark(rt.ring, phone),
        made_at=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A contact, those whose noes count for it, and all their chains.

    `by_mailbox`: merged with it or of the same mailbox, including itself. `by_phone`: merged with it or of the same
    number, for purposes of calls.
    """

    contact: Contact
    by_mailbox: tuple[Contact, ...]
    by_phone: tuple[Contact, ...]
    entries: Mapping[UUID, tuple[Entry, ...]]

    @property
    def in_company(self) -> bool:
        return len(self.by_mailbox) > 1 or len(self.by_phone) > 1

    @property
    def own(self) -> tuple[Entry, ...]:
        return self.entries.get(self.contact.id, ())

    def members(self, kind: PurposeKind) -> tuple[Contact, ...]:
        return self.by_phone if kind is PurposeKind.PHONE else self.by_mailbox

    def of(self, contact: Contact) -> "Circle":
        """The same circle from another member's view."""
        return self if contact is self.contact else replace(self, contact=contact)

    def plus(self, entry: Entry) -> "Circle":
        """The circle with an entry appended to the contact's chain."""
        return replace(self, entries={**self.entries, self.contact.id: (*self.own, entry)})

    def standing(self, purpose: Purpose) -> Standing:
        return self._fold(purpose.slug, purpose.kind, purpose)

    def standing_before(self, purpose: Purpose, entry: Entry) -> Standing:
        """The standing before this entry."""
        entries = {id: tuple(each for each in chain if precedes(each, entry)) for id, chain in self.entries.items()}
        return replace(self, entries=entries).standing(purpose)

    def standing_for_every(self) -> Standing:
        """The standing from entries about all purposes at once."""
        return self._fold(EVERY, PurposeKind.EMAIL, None)

    def own_standing(self, purpose: Purpose | None) -> Standing | None:
        """The standing by its own entries alone, which applies once it is parted from the others; None where it is
        alone.

        `purpose` None: from entries about all purposes at once.
        """
        if not self.in_company:
            return None
        alone = replace(self, by_mailbox=(self.contact,), by_phone=(self.contact,))
        return alone.standing(purpose) if purpose is not None else alone.standing_for_every()

    def agrees(self, purpose: Purpose) -> bool:
        """Whether anybody in the circle agrees, or the contact itself would if it were parted."""
        own = self.own_standing(purpose)
        members = (self.of(each).standing(purpose) for each in self.members(purpose.kind))
        return (own is not None and own.granted) or any(each.granted for each in members)

    def _fold(self, slug: str, kind: PurposeKind, purpose: Purpose | None) -> Standing:
        members = self.members(kind)
        merged = _merged_with_number(self.contact, members) if kind is PurposeKind.PHONE else set()
        own = [entry for id in (self.contact.id, *merged) for entry in self.entries.get(id, ())]
        others = [
            entry
            for each in members
            if each.id != self.contact.id and each.id not in merged
            for entry in self.entries.get(each.id, ())
        ]
        whose, lasts = self.contact.id if merged else None, purpose.lasts if purpose else None
        return standing_of(own, others, purpose=slug, kind=kind, lasts=lasts, of=whose)


def enter(session: Session, circles: Iterable[Circle]) -> None:
    """Write the cached standings of new contacts, whose circles are locked: noes of others count for them already."""
    accompanied = [each for each in circles if each.in_company]
    if accompanied:
        standings.let_in(session, EVERY)
        for purpose in purposes.every(session):
            found = [(each.contact.id, each.standing(purpose)) for each in accompanied]
            standings.write(session, purpose.slug, found)


def circle_of(rt: Runtime, session: Session, contact: Contact) -> Circle:
    """The circle as it is now, for reading. Writers use `locked`."""
    return circles_of(rt, session, [contact])[contact.id]


def circles_of(rt: Runtime, session: Session, wanted: Collection[Contact]) -> dict[UUID, Circle]:
    """The circles of many contacts, by a few statements."""
    return _circles(session, wanted, _ties(rt, session, wanted)) if wanted else {}


class Stand(NamedTuple):
    """A contact's standing for a purpose. `company`: its circle, with itself; none where it was found to be alone.
    `lengths`: of each chain it was folded from. `is_known`: one mentions the purpose."""

    contact: Contact
    standing: Standing
    company: frozenset[UUID]
    lengths: Mapping[UUID, int]
    is_known: bool


def stands_of(rt: Runtime, session: Session, wanted: Collection[Contact], purpose: Purpose) -> dict[UUID, Stand]:
    """The standings of many contacts for a purpose, by a few statements.

    For contacts alone in their circle only the relevant entries are read.
    """
    alone = contacts.alone_among(session, wanted, _marks_of(rt))
    said = ledger.said(session, alone, purpose.slug) if alone else {}
    in_company = circles_of(rt, session, [each for each in wanted if each.id not in alone])
    found = {id: stand_in(circle, purpose) for id, circle in in_company.items()}
    for contact in (each for each in wanted if each.id in alone):
        entries, length = said.get(contact.id, _NOTHING)
        standing = standing_of(entries, purpose=purpose.slug, kind=purpose.kind, lasts=purpose.lasts)
        lengths = {contact.id: length} if length else {}
        found[contact.id] = Stand(contact, standing, frozenset(), lengths, bool(entries))
    return found


def stand_in(circle: Circle, purpose: Purpose) -> Stand:
    """The standing of the contact of a circle."""
    said = (each for chain in circle.entries.values() for each in chain)
    known = any(each.purpose in (purpose.slug, EVERY) and each.act in FOLDED for each in said)
    lengths = {id: chain[-1].number for id, chain in circle.entries.items()}
    company = frozenset(each.id for each in (*circle.by_mailbox, *circle.by_phone))
    return Stand(circle.contact, circle.standing(purpose), company, lengths, known)


def still_stand(rt: Runtime, session: Session, stands: Mapping[UUID, Stand]) -> bool:
    """Whether those in their circles, and all their chains, are as they were when these were read.

    Who is merged, parted or erased has an entry that says so.
    """
    lengths = {id: length for each in stands.values() for id, length in each.lengths.items()}
    members = {*stands}.union(*(each.company for each in stands.values()))
    if ledger.last_numbers(session, members) != lengths:
        return False
    alone = {id for id, each in stands.items() if not each.company}
    others = [each.contact for id, each in stands.items() if id not in alone]
    return contacts.untied(session, alone) == alone and _met(_ties(rt, session, others)) <= members


def locked(rt: Runtime, session: Session, contact_id: UUID) -> Circle:
    """A contact's circle, locked until the transaction ends. Raises LookupError: there is no such contact."""
    found = locked_all(rt, session, [contact_id]).get(contact_id)
    if found is None:
        raise LookupError(f"there is no contact {contact_id}")
    return found


def locked_all(
    rt: Runtime, session: Session, ids: Collection[UUID], new: Collection[Contact] = ()
) -> dict[UUID, Circle]:
    """As `locked` for many contacts, and new ones that are to be created; unknown ids are left out.

    All circles are locked at once, in the order of ids to avoid deadlocks, and then read again. Where others joined a
    circle meanwhile, all locks are released and taken again with theirs.
    """
    read = _read_circles(rt, session, ids, new)
    while contacts.locks(session):
        held, tried = read.members, session.begin_nested()
        contacts.lock(session, held)
        read = _read_circles(rt, session, ids, new)
        if read.members <= held:
            tried.commit()
            break
        tried.rollback()
    return _circles(session, read.wanted, read.ties)


class _ReadCircles(NamedTuple):
    """Contacts with the members of their circles. `members`: all stored ones, including themselves."""

    wanted: Sequence[Contact]
    ties: Ties
    members: frozenset[UUID]


def _read_circles(rt: Runtime, session: Session, ids: Collection[UUID], new: Collection[Contact]) -> _ReadCircles:
    wanted, unmade = [*contacts.of_ids(session, ids).values(), *new], {each.id for each in new}
    ties = _ties(rt, session, wanted)
    return _ReadCircles(wanted, ties, frozenset(_met(ties) - unmade))


def _ties(rt: Runtime, session: Session, wanted: Collection[Contact]) -> Ties:
    """Whose noes count for whom. Most contacts are alone, which one statement finds for all."""
    under_every_key = _marks_of(rt)
    alone = contacts.alone_among(session, wanted, under_every_key)
    return contacts.ties_of(session, wanted, under_every_key, alone=alone)


def _met(ties: Ties) -> set[UUID]:
    return {each.id for of_one in ties for members in of_one.values() for each in members}


def _circles(session: Session, wanted: Collection[Contact], ties: Ties) -> dict[UUID, Circle]:
    chains: dict[UUID, list[Entry]] = defaultdict(list)
    for entry in ledger.entries(session, _met(ties)):
        chains[entry.contact_id].append(entry)
    found = {}
    for contact in wanted:
        by_mailbox, by_phone = ties.by_mailbox[contact.id], ties.by_phone[contact.id]
        entries = {each.id: tuple(chains[each.id]) for each in (*by_mailbox, *by_phone) if each.id in chains}
        found[contact.id] = Circle(contact=contact, by_mailbox=by_mailbox, by_phone=by_phone, entries=entries)
    return found


def _merged_with_number(contact: Contact, members: Iterable[Contact]) -> set[UUID]:
    """Contacts merged into this one, directly or through others, with the same number: their grants for calls count."""
    known = {each.id: each for each in members}
    return {
        each.id
        for each in known.values()
        if each.id != contact.id and each.phone == contact.phone != "" and _leads_to(each, contact, known)
    }


def _leads_to(start: Contact, goal: Contact, known: Mapping[UUID, Contact]) -> bool:
    at: Contact | None = start
    while at is not None and at.merged_into is not None:
        if at.merged_into == goal.id:
            return True
        at = known.get(at.merged_into)
    return False
