"""Contacts: who has said something about the use of their data, and who they are the same as."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from .tables.consent import ContactRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One mail address or, without one, one phone number (E.164). `mailbox` is the mailbox behind the address, the marks are
    keyed hashes of mailbox and number: all that an erased contact keeps of them. `generation`: of its links."""

    id: UUID
    address: str = ""
    mailbox: str = ""
    phone: str = ""
    name: str = ""
    language: str = ""
    mailbox_mark: str = ""
    phone_mark: str = ""
    generation: int = 1
    merged_into: UUID | None = None
    made_at: datetime
    proven_at: datetime | None = None
    stopped_at: datetime | None = None
    erased_at: datetime | None = None

    @property
    def address_key(self) -> str:
        return self.address.lower()

    @property
    def called(self) -> str:
        """What is known of who it is: the name, else the address or number; "" of who was erased."""
        return self.name or self.address or self.phone


Marks = Callable[[str], Collection[str]]  # of a mailbox or a number, under every key there is


def get(session: Session, id: UUID) -> Contact | None:
    row = session.get(ContactRow, id, populate_existing=True)
    return to_contact(row) if row else None


def by_address(session: Session, address: str) -> Contact | None:
    """The contact of an address, however its case is written; a tag in it makes another."""
    row = session.exec(select(ContactRow).where(ContactRow.address_key == address.lower())).first()
    return to_contact(row) if row and address else None


def by_phone(session: Session, phone: str) -> Contact | None:
    """The contact that has this number and no address."""
    found = select(ContactRow).where(ContactRow.phone == phone, ContactRow.address_key == "")
    row = session.exec(found).first()
    return to_contact(row) if row and phone else None


def by_addresses(session: Session, keys: Collection[str]) -> dict[str, Contact]:
    """The contacts of these addresses in lower case, by them."""
    rows = session.exec(select(ContactRow).where(col(ContactRow.address_key).in_(set(keys) - {""})))
    return {row.address_key: to_contact(row) for row in rows}


def by_phones(session: Session, numbers: Collection[str]) -> dict[str, Contact]:
    """Those that have one of these numbers and no address, by it."""
    found = col(ContactRow.phone).in_(set(numbers) - {""}), ContactRow.address_key == ""
    return {row.phone: to_contact(row) for row in session.exec(select(ContactRow).where(*found))}


def save(session: Session, contact: Contact) -> None:
    """Insert or update."""
    values = {name: getattr(contact, name) for name in _COLUMNS}
    session.merge(ContactRow(**values, address_key=contact.address_key))
    session.flush()


def one_at_a_time(session: Session, mark: str) -> None:
    """Let nobody else make a contact of this mailbox or number until this transaction ends. On SQLite nobody does."""
    if session.get_bind().dialect.name == "postgresql":
        session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(f"contact {mark}", 0)))).one()


def lock(session: Session, ids: Iterable[UUID]) -> None:
    """Let no other transaction write into these contacts' chains until this one ends. Taken in the order of their ids."""
    locked = select(ContactRow.id).where(col(ContactRow.id).in_(ids)).order_by(col(ContactRow.id)).with_for_update()
    session.exec(locked).all()


def of_ids(session: Session, ids: Collection[UUID]) -> dict[UUID, Contact]:
    rows = session.exec(select(ContactRow).where(col(ContactRow.id).in_(ids)))
    return {row.id: to_contact(row) for row in rows}


def of_mailbox(session: Session, contact: Contact, marks: Marks) -> tuple[Contact, ...]:
    """The contact with those merged with it and those of the same mailbox, erased ones too, by id."""
    return of_mailboxes(session, [contact], marks)[contact.id]


def of_number(session: Session, contact: Contact, marks: Marks) -> tuple[Contact, ...]:
    """The contact with those merged with it and those of the same phone number, by id."""
    return of_numbers(session, [contact], marks)[contact.id]


def of_mailboxes(session: Session, wanted: Collection[Contact], marks: Marks) -> dict[UUID, tuple[Contact, ...]]:
    """As `of_mailbox`, of many at once: as many statements as the longest way from one to the next has steps."""
    return _circles(session, wanted, lambda each: each.mailbox, "mailbox", marks)


def of_numbers(session: Session, wanted: Collection[Contact], marks: Marks) -> dict[UUID, tuple[Contact, ...]]:
    """As `of_number`, of many at once."""
    return _circles(session, wanted, lambda each: each.phone, "phone", marks)


def _circles(
    session: Session, wanted: Collection[Contact], key: Callable[[Contact], str], column: str, marks: Marks
) -> dict[UUID, tuple[Contact, ...]]:
    """Whoever is reached from one to the next, until nobody new is."""
    found, new = {each.id: each for each in wanted}, list(wanted)
    while new:
        rows = session.exec(select(ContactRow).where(_like(new, key, column, marks)))
        new = [each for each in map(to_contact, rows) if each.id not in found]
        found |= {each.id: each for each in new}
    together = _together(found, lambda each: _ties(each, key, column, marks))
    return {each.id: tuple(found[id] for id in sorted(together[each.id])) for each in wanted}


def _together(found: Mapping[UUID, Contact], ties: Callable[[Contact], set[object]]) -> dict[UUID, set[UUID]]:
    """Each contact with all that it is tied to, at once or by others."""
    group_of: dict[object, set[UUID]] = {}
    together: dict[UUID, set[UUID]] = {}
    for contact in found.values():
        met = {id(group): group for tie in ties(contact) if (group := group_of.get(tie)) is not None}
        joined = set().union({contact.id}, *met.values())
        for member in joined:
            together[member] = joined
            group_of |= dict.fromkeys(ties(found[member]), joined)
    return together


def _ties(contact: Contact, key: Callable[[Contact], str], column: str, marks: Marks) -> set[object]:
    """What two contacts of one circle have in common."""
    own = key(contact)
    merged = {contact.merged_into} if contact.merged_into else set()
    return {contact.id, *merged, own, getattr(contact, f"{column}_mark"), *(marks(own) if own else ())} - {""}


def _like(known: Iterable[Contact], key: Callable[[Contact], str], column: str, marks: Marks) -> ColumnElement[bool]:
    known = list(known)
    keys = {key(each) for each in known} - {""}
    marked = {getattr(each, f"{column}_mark") for each in known} - {""} | {
        mark for each in keys for mark in marks(each)
    }
    return or_(
        col(ContactRow.merged_into).in_({each.id for each in known}),
        col(ContactRow.id).in_({each.merged_into for each in known if each.merged_into}),
        cast("ColumnElement[bool]", getattr(ContactRow, column).in_(keys)),
        cast("ColumnElement[bool]", getattr(ContactRow, f"{column}_mark").in_(marked)),
    )


def in_company(session: Session) -> set[UUID]:
    """Contacts that are merged with others or share a mailbox or number with them, as far as rows alone say."""
    merged = session.exec(
        select(ContactRow.id, ContactRow.merged_into).where(col(ContactRow.merged_into).is_not(None))
    ).all()
    found = {id for pair in merged for id in pair if id is not None}
    for column in (ContactRow.mailbox, ContactRow.mailbox_mark, ContactRow.phone, ContactRow.phone_mark):
        shared = select(column).where(column != "").group_by(col(column)).having(func.count() > 1)
        found |= set(session.exec(select(ContactRow.id).where(col(column).in_(shared))))
    return found


def marks_of_erased(session: Session) -> dict[str, UUID]:
    """The marks that erased contacts kept, and whose they are."""
    rows = session.exec(select(ContactRow).where(col(ContactRow.erased_at).is_not(None)))
    return {mark: row.id for row in rows for mark in (row.mailbox_mark, row.phone_mark) if mark}


def identifiers(session: Session) -> Iterator[tuple[UUID, str, str]]:
    """Every contact's id, mailbox and phone number, few rows in memory at a time."""
    query = select(ContactRow.id, ContactRow.mailbox, ContactRow.phone).where(col(ContactRow.erased_at).is_(None))
    yield from session.exec(query.execution_options(yield_per=_BATCH))


_BATCH = 5000
_COLUMNS = tuple(Contact.__dataclass_fields__)


def to_contact(row: ContactRow) -> Contact:
    return Contact(**{name: getattr(row, name) for name in _COLUMNS})
