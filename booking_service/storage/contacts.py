"""Contacts: people about whose data something was said, and which contacts are the same person."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, func, insert, literal_column, or_, update
from sqlalchemy import select as columns_of
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from . import named_locks
from .statements import bare_rows_of, first_of, past_indexes, rows_of, run, write
from .tables.consent import ContactRow
from .types import as_kept, kept_id, kept_instant, new_kept_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One mail address or, without one, one phone number (E.164).

    `mailbox`: the mailbox behind the address. `mailbox_mark`, `phone_mark`: keyed hashes of both, all that an erased
    contact keeps. `generation`: of its links. `phone_set_at`: since when it has this number, or none, after having
    another.
    """

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
    phone_set_at: datetime | None = None

    @property
    def address_key(self) -> str:
        return self.address.lower()

    @property
    def called(self) -> str:
        """Name, else address or number; "" for an erased contact."""
        return self.name or self.address or self.phone


Marks = Callable[[str], Collection[str]]  # the marks of a mailbox or number under every key in use


def get(session: Session, id: UUID) -> Contact | None:
    row = first_of(session, _OF_ID, id=id)
    return to_contact(row) if row else None


def by_address(session: Session, address: str) -> Contact | None:
    """The contact of an address in any case; an address with a tag is another contact."""
    row = first_of(session, _OF_ADDRESS, key=address.lower())
    return to_contact(row) if row else None


def by_phone(session: Session, phone: str) -> Contact | None:
    """The contact with this number and no address."""
    found = select(ContactRow).where(ContactRow.phone == phone, ContactRow.address_key == "")
    row = session.exec(found).first()
    return to_contact(row) if row and phone else None


def by_addresses(session: Session, keys: Collection[str]) -> dict[str, Contact]:
    """Contacts by lower-case address."""
    wanted = [*(set(keys) - {""})]
    rows = rows_of(session, _OF_ADDRESSES, keys=wanted) if wanted else []
    return {row.address_key: to_contact(row) for row in rows}


def by_phones(session: Session, numbers: Collection[str]) -> dict[str, Contact]:
    """Contacts with one of these numbers and no address, by number."""
    wanted = [*(set(numbers) - {""})]
    rows = rows_of(session, _OF_PHONES, numbers=wanted) if wanted else []
    return {row.phone: to_contact(row) for row in rows}


def save(session: Session, contact: Contact) -> None:
    """Insert or update."""
    values = {name: getattr(contact, name) for name in _COLUMNS}
    session.merge(ContactRow(**values, address_key=contact.address_key))
    session.flush()


def add(session: Session, made: Sequence[Contact]) -> None:
    """Insert new ones."""
    rows = [{name: getattr(each, name) for name in _COLUMNS} | {"address_key": each.address_key} for each in made]
    if rows:
        write(session, _INSERT, *rows)


def note_change(session: Session, when: Mapping[UUID, datetime]) -> None:
    """Note when something was said or written down of these contacts, which the caller has locked.

    A later instant stays.
    """
    if when:
        write(session, _CHANGED, *({"contact": id, "at": at} for id, at in when.items()))


def one_at_a_time(session: Session, *marks: str) -> None:
    """Let nobody else create a contact of these mailboxes or numbers until the transaction ends. Does nothing on
    SQLite."""
    named_locks.alone(session, [f"contact {mark}" for mark in marks])


def lock(session: Session, ids: Iterable[UUID]) -> None:
    """Lock these contacts' chains until the transaction ends, in the order of their ids.

    Rows that only refer to a contact can still be written (PostgreSQL: FOR NO KEY UPDATE).
    """
    if locks(session):
        run(session, _LOCKED, {"ids": [*ids]}).all()


def locks(session: Session) -> bool:
    """Whether transactions run concurrently, so that locks are needed; not on SQLite."""
    return session.get_bind().dialect.name == "postgresql"


def of_ids(session: Session, ids: Collection[UUID]) -> dict[UUID, Contact]:
    rows = bare_rows_of(session, _OF_IDS, {"ids": [*ids]}) if ids else []
    return {each.id: each for each in map(_contact, rows)}


def merged_with(session: Session, contact: Contact) -> list[Contact]:
    """All contacts that are merged with this one, directly or through others, and itself, by id; without erased
    ones."""
    new = [contact]
    found = {contact.id: contact}
    while new:
        into = [each.merged_into for each in new if each.merged_into is not None]
        rows = rows_of(session, _MERGED, ids=[each.id for each in new], into=into)
        new = [each for each in map(to_contact, rows) if each.id not in found]
        found |= {each.id: each for each in new}
    return [found[id] for id in sorted(found) if found[id].erased_at is None]


def merged(session: Session) -> list[list[Contact]]:
    """The groups of merged contacts, including erased ones, each by id."""
    known = select(ContactRow.id, ContactRow.merged_into).where(col(ContactRow.merged_into) > _FIRST)  # by its index
    pairs = [(id, into) for id, into in session.exec(known) if into is not None]
    found = of_ids(session, {id for pair in pairs for id in pair})
    groups = {id(group): group for group in _together(found, _merges_of).values()}
    return [[found[each] for each in sorted(group)] for group in groups.values()]


def _merges_of(contact: Contact) -> set[object]:
    return {contact.id, *({contact.merged_into} if contact.merged_into else ())}


def alone_among(session: Session, wanted: Collection[Contact], marks: Marks) -> set[UUID]:
    """Those that are merged with nobody and share no mailbox or number, also not with erased contacts.

    Contacts that are not stored yet, or whose marks are not under the only key, are left out: they take a longer look.
    """
    return untied(session, [each.id for each in wanted if _under_one_key(each, marks)])


def untied(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Those of these stored contacts that are alone, where their marks are under the only key."""
    rows = bare_rows_of(session, _UNTIED, {"ids": [*ids]}) if ids else []
    return {kept_id(id) for id, merged_into in rows if merged_into is None}


def _under_one_key(contact: Contact, marks: Marks) -> bool:
    return all(
        tuple(marks(own)) == (mark,) if own else not mark
        for own, mark in ((contact.mailbox, contact.mailbox_mark), (contact.phone, contact.phone_mark))
    )


class Ties(NamedTuple):
    """For each contact, those tied to it by merging and mailbox, and by merging and number; itself included, by id.

    Erased contacts are included.
    """

    by_mailbox: Mapping[UUID, tuple[Contact, ...]]
    by_phone: Mapping[UUID, tuple[Contact, ...]]


def ties_of(session: Session, wanted: Collection[Contact], marks: Marks, *, alone: Collection[UUID] = ()) -> Ties:
    """One statement for each step of the longest chain of ties. `alone`: contacts that only an unstored one can be tied
    to."""
    new = [each for each in wanted if each.id not in alone]
    found = {each.id: each for each in new}
    while new:
        rows = rows_of(session, _TIED, **_tied_to(new, marks))
        new = [each for each in map(to_contact, rows) if each.id not in found]
        found |= {each.id: each for each in new}
    return Ties(*(_grouped(wanted, found, column, marks) for column in _COMMON))


def _grouped(
    wanted: Collection[Contact], found: Mapping[UUID, Contact], column: str, marks: Marks
) -> dict[UUID, tuple[Contact, ...]]:
    together = _together(found, lambda each: _in_common(each, column, marks))
    return {
        each.id: tuple(found[id] for id in sorted(together[each.id])) if each.id in together else (each,)
        for each in wanted
    }


def _together(found: Mapping[UUID, Contact], in_common: Callable[[Contact], set[object]]) -> dict[UUID, set[UUID]]:
    """Each contact with all that it is tied to, directly or through others."""
    group_of: dict[object, set[UUID]] = {}
    together: dict[UUID, set[UUID]] = {}
    for contact in found.values():
        met = {id(group): group for tie in in_common(contact) if (group := group_of.get(tie)) is not None}
        joined = set().union({contact.id}, *met.values())
        for member in joined:
            together[member] = joined
            group_of |= dict.fromkeys(in_common(found[member]), joined)
    return together


def _in_common(contact: Contact, column: str, marks: Marks) -> set[object]:
    """What ties two contacts of one circle."""
    own = getattr(contact, column)
    merged = {contact.merged_into} if contact.merged_into else set()
    return {contact.id, *merged, own, getattr(contact, f"{column}_mark"), *(marks(own) if own else ())} - {""}


def _tied_to(known: Sequence[Contact], marks: Marks) -> dict[str, list[object]]:
    """The parameters of `_TIED`, to find the contacts tied to these directly."""
    wanted: dict[str, list[object]] = {
        "ids": [each.id for each in known],
        "into": [*{each.merged_into for each in known if each.merged_into}],
    }
    for column in _COMMON:
        own = {getattr(each, column) for each in known} - {""}
        marked = {getattr(each, f"{column}_mark") for each in known} - {""}
        wanted |= {column: [*own], f"{column}_mark": [*marked.union(*map(marks, own))]}
    return wanted


def in_company(session: Session) -> set[UUID]:
    """Contacts that are merged or share a mailbox or number, as far as rows alone say."""
    merged = session.exec(
        select(ContactRow.id, ContactRow.merged_into).where(col(ContactRow.merged_into).is_not(None))
    ).all()
    found = {id for pair in merged for id in pair if id is not None}
    for column in (ContactRow.mailbox, ContactRow.mailbox_mark, ContactRow.phone, ContactRow.phone_mark):
        shared = select(column).where(column != "").group_by(col(column)).having(func.count() > 1)
        found |= set(session.exec(select(ContactRow.id).where(col(column).in_(shared))))
    return found


def marks_of_erased(session: Session) -> dict[str, UUID]:
    """The marks kept of erased contacts, with their ids."""
    rows = session.exec(select(ContactRow).where(col(ContactRow.erased_at).is_not(None)))
    return {mark: row.id for row in rows for mark in (row.mailbox_mark, row.phone_mark) if mark}


def living(session: Session, *, after: UUID | None, upto: UUID | None = None, limit: int) -> list[Contact]:
    """Contacts neither erased nor merged into another, by id, after `after` and up to `upto`."""
    between = {"after": after or _FIRST, "upto": upto or _LAST}
    return [*map(_contact, bare_rows_of(session, _LIVING, {**between, "limit": limit}))]


def nth_living(session: Session, nth: int) -> list[UUID]:
    """The id of every nth of them, by id."""
    return [kept_id(id) for (id,) in bare_rows_of(session, _NTH_LIVING, {"nth": nth})]


def count_living(session: Session) -> int:
    """The number of contacts neither erased nor merged into another."""
    query = select(func.count()).where(col(ContactRow.merged_into).is_(None), col(ContactRow.erased_at).is_(None))
    return session.exec(query).one()


def known_after(session: Session, *, after: UUID | None, limit: int) -> list[Contact]:
    """Contacts that were not erased, merged ones included, by id, after `after`."""
    return [to_contact(row) for row in rows_of(session, _KNOWN, after=after or _FIRST, limit=limit)]


def remark(session: Session, marked: Sequence[Contact]) -> None:
    """Store the marks of these contacts, unless their mailbox or number has changed, or they were erased, meanwhile."""
    if marked:
        names = ("id", "mailbox", "phone", "mailbox_mark", "phone_mark")
        write(session, _REMARK, *({f"the_{name}": getattr(each, name) for name in names} for each in marked))


def identifiers(session: Session) -> Iterator[tuple[UUID, str, str]]:
    """Every contact's id, mailbox and number, few rows in memory at a time."""
    query = select(ContactRow.id, ContactRow.mailbox, ContactRow.phone).where(col(ContactRow.erased_at).is_(None))
    yield from session.exec(query.execution_options(yield_per=_BATCH))


_BATCH = 5000
_COLUMNS = tuple(Contact.__dataclass_fields__)
_NEW, _PUTS = object.__new__, tuple(Contact.__dict__[name].__set__ for name in _COLUMNS)
_OF_ID = select(ContactRow).where(ContactRow.id == bindparam("id"))
_KEPT: Any = [as_kept(getattr(ContactRow, name)) for name in _COLUMNS]
_OF_IDS: Any = columns_of(*_KEPT).where(col(ContactRow.id).in_(bindparam("ids", expanding=True)))
# Empty addresses are excluded by a literal, as in the partial index's condition.
_WITH_ADDRESS = select(ContactRow).where(ContactRow.address_key != literal_column("''"))
_OF_ADDRESS = _WITH_ADDRESS.where(ContactRow.address_key == bindparam("key"))
_OF_ADDRESSES = _WITH_ADDRESS.where(col(ContactRow.address_key).in_(bindparam("keys", expanding=True)))
_OF_PHONES = select(ContactRow).where(
    col(ContactRow.phone).in_(bindparam("numbers", expanding=True)), ContactRow.address_key == ""
)
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)
_LIVING: Any = (
    columns_of(*_KEPT)
    .where(
        past_indexes(col(ContactRow.merged_into).is_(None)),
        col(ContactRow.erased_at).is_(None),
        col(ContactRow.id) > bindparam("after"),
        col(ContactRow.id) <= bindparam("upto"),
    )
    .order_by(col(ContactRow.id))
    .limit(bindparam("limit"))
)
_NUMBERED = (
    columns_of(as_kept(ContactRow.id), func.row_number().over(order_by=col(ContactRow.id)).label("number"))
    .where(past_indexes(col(ContactRow.merged_into).is_(None)), col(ContactRow.erased_at).is_(None))
    .subquery()
)
_NTH_LIVING: Any = (
    columns_of(_NUMBERED.c.id).where(_NUMBERED.c.number % bindparam("nth") == 0).order_by(_NUMBERED.c.number)
)
_KNOWN = (
    select(ContactRow)
    .where(col(ContactRow.erased_at).is_(None), col(ContactRow.id) > bindparam("after"))
    .order_by(col(ContactRow.id))
    .limit(bindparam("limit"))
)
_REMARK = (
    update(ContactRow)
    .where(
        col(ContactRow.id) == bindparam("the_id"),
        col(ContactRow.mailbox) == bindparam("the_mailbox"),
        col(ContactRow.phone) == bindparam("the_phone"),
        col(ContactRow.erased_at).is_(None),
    )
    .values(mailbox_mark=bindparam("the_mailbox_mark"), phone_mark=bindparam("the_phone_mark"))
)
_INSERT = insert(ContactRow)
_CHANGED = (
    update(ContactRow)
    .where(col(ContactRow.id) == bindparam("contact"), col(ContactRow.changed_at) < bindparam("at"))
    .values(changed_at=bindparam("at"))
)
_LOCKED = (
    select(ContactRow.id)
    .where(col(ContactRow.id).in_(bindparam("ids", expanding=True)))
    .order_by(col(ContactRow.id))
    .with_for_update(key_share=True)
)


_COMMON = "mailbox", "phone"
_TIED = select(ContactRow).where(
    or_(
        col(ContactRow.merged_into).in_(bindparam("ids", expanding=True)),
        col(ContactRow.id).in_(bindparam("into", expanding=True)),
        *(
            getattr(ContactRow, name).in_(bindparam(name, expanding=True))
            for column in _COMMON
            for name in (column, f"{column}_mark")
        ),
    )
)
_MERGED = select(ContactRow).where(
    or_(
        col(ContactRow.merged_into).in_(bindparam("ids", expanding=True)),
        col(ContactRow.id).in_(bindparam("into", expanding=True)),
    )
)
_OTHER = aliased(ContactRow)


def _another(*same: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(1).where(*same, col(_OTHER.id) != col(ContactRow.id))


# `merged_into` is read, not filtered by: SQLite would read all unmerged contacts.
_UNTIED: Any = columns_of(as_kept(ContactRow.id), as_kept(ContactRow.merged_into)).where(
    col(ContactRow.id).in_(bindparam("ids", expanding=True)),
    ~_another(col(_OTHER.merged_into) == col(ContactRow.id)),
    *(
        or_(getattr(ContactRow, name) == "", ~_another(getattr(_OTHER, name) == getattr(ContactRow, name)))
        for column in _COMMON
        for name in (column, f"{column}_mark")
    ),
)


def to_contact(row: ContactRow) -> Contact:
    return Contact(**{name: getattr(row, name) for name in _COLUMNS})


def _contact(row: Sequence[Any]) -> Contact:
    """Of a row with the columns as they are kept. Filled without the constructor, which costs more than the row."""
    id, *texts, generation, merged_into, made_at, proven_at, stopped_at, erased_at, phone_set_at = row
    values = (
        new_kept_id(id),
        *texts,
        generation,
        merged_into and new_kept_id(merged_into),
        kept_instant(made_at),
        proven_at and kept_instant(proven_at),
        stopped_at and kept_instant(stopped_at),
        erased_at and kept_instant(erased_at),
        phone_set_at and kept_instant(phone_set_at),
    )
    read = _NEW(Contact)
    for put, value in zip(_PUTS, values, strict=True):
        put(read, value)
    return read
