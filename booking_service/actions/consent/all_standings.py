"""The standings of all contacts, folded from the entries in one pass: for messages, and to verify the cache."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Entry, Standing, standing_of
from ...domain.purposes import EVERY, Purpose
from ...runtime import Runtime
from ...storage import contacts, ledger
from .contacts import circle_of, marks

Standings = Mapping[str, Standing]


def standings(rt: Runtime, session: Session, purposes: Sequence[Purpose]) -> Iterator[tuple[UUID, Standings]]:
    """Each contact with its standing for each purpose; contacts alone in their circle first, by id."""
    slugs = {each.slug for each in purposes} | {EVERY}
    return folded(rt, session, ledger.every_chain(session, slugs), purposes)


def folded(
    rt: Runtime, session: Session, chains: Iterable[Sequence[Entry]], purposes: Sequence[Purpose]
) -> Iterator[tuple[UUID, Standings]]:
    """As `standings`, from complete chains that the caller reads anyway, by contact id."""
    together = in_company(rt, session)
    for chain in chains:
        id = _contact(chain[0])
        if id not in together:
            yield id, _of_one(chain, purposes)
    for id in sorted(together):
        yield id, of_circle(rt, session, id, purposes)


def of_circle(rt: Runtime, session: Session, id: UUID, purposes: Sequence[Purpose]) -> Standings:
    """The standings of one contact, with the noes of its circle; empty where there is none."""
    contact = contacts.get(session, id)
    if contact is None:
        return {}
    circle = circle_of(rt, session, contact)
    return {each.slug: circle.standing(each) for each in purposes}


def in_company(rt: Runtime, session: Session) -> set[UUID]:
    """Contacts that are not alone in their circle."""
    found = contacts.in_company(session)
    erased = contacts.marks_of_erased(session) if len(rt.ring.keys) > 1 else {}
    if erased:  # an erased contact keeps the mark of the key of its time
        for id, mailbox, phone in contacts.identifiers(session):
            same = {erased[each] for text in (mailbox, phone) for each in marks(rt.ring, text) if each in erased}
            found |= {id, *same} if same else set()
    return found


def _of_one(chain: Sequence[Entry], purposes: Sequence[Purpose]) -> Standings:
    return {each.slug: standing_of(chain, purpose=each.slug, kind=each.kind, lasts=each.lasts) for each in purposes}


def _contact(entry: Entry) -> UUID:
    return entry.contact_id
