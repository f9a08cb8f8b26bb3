"""The chains of entries and their erasable details. Rows are added and read, never changed."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, case, func, insert, or_, select
from sqlmodel import Session, col

from ..domain.consent import FOLDED, Act, Detail, Entry, How
from ..domain.consent_columns import searched_id
from ..domain.contact_filter import MOVES_NOBODY
from ..domain.entries_in_force import counting
from .contacts import note_change
from .statements import bare_rows_of, run, write
from .tables.ledger import LedgerDetailRow, LedgerEntryRow, LedgerUnsealedRow
from .types import as_kept, kept_date, kept_id, kept_instant, new_kept_id

_BATCH = 2000  # rows in memory at a time while all are read


class KeptDetail(NamedTuple):
    """An entry's personal part as stored: `salt` and `body` are what the commitment covers, the rest are copies for
    filters."""

    salt: bytes
    body: str
    source: str
    given_on: date | None
    optin_id: str


class ChainLink(NamedTuple):
    """An entry with its detail; None where there is none, or it was erased."""

    entry: Entry
    detail: KeptDetail | None

    @property
    def body(self) -> dict[str, Any]:
        """The detail's body by key; empty where there is none."""
        return read_body(self.detail.body) if self.detail is not None else {}


def kept(entry_id: UUID, detail: Detail, *, salt: bytes) -> KeptDetail:
    """A detail as it is to be stored. A consent without an id from elsewhere gets its entry's, in 32 hex digits."""
    return KeptDetail(salt, detail.body, detail.source, detail.given_on, detail.optin_id or entry_id.hex)


def read_body(body: str) -> dict[str, Any]:
    """The body of a detail by key; empty where it was made unreadable.

    Lone surrogates, which could once be stored, are replaced, as they could not be written out. The hash is over `body`
    as stored.
    """
    try:
        read = json.loads(_SURROGATE.sub(_whole, body) if "\\ud" in body else body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def add(session: Session, links: Sequence[ChainLink]) -> None:
    """Add entries at the ends of chains that the caller has locked. They wait to be sealed into the tree."""
    for statement, rows in (
        (_INSERT_ENTRY, [_values(entry) for entry, _ in links]),
        (_INSERT_DETAIL, [{"entry_id": entry.id, **part._asdict()} for entry, part in links if part is not None]),
        (_INSERT_UNSEALED, [{"entry_id": entry.id} for entry, _ in links]),
    ):
        if rows:
            write(session, statement, *rows)
    note_change(session, {each.contact_id: each.at for each, _ in links if each.act not in MOVES_NOBODY})


def entries(session: Session, contacts: Collection[UUID]) -> list[Entry]:
    """The chains of these contacts in order."""
    return [_entry(row) for row in bare_rows_of(session, _CHAINS, {"contacts": [*contacts]})] if contacts else []


class Said(NamedTuple):
    """The entries on which a contact's standing for a purpose depends, in order, and the length of its chain."""

    entries: Sequence[Entry]
    length: int


def said(session: Session, contacts: Collection[UUID], purpose: str) -> dict[UUID, Said]:
    """`Said` for each of these contacts with entries; without the columns that `every_chain` leaves out."""
    found: dict[UUID, Said] = {}
    rows = bare_rows_of(session, _LATEST_FIRST, {"contacts": [*contacts]})
    for contact, chain in groupby(rows, key=_CONTACT):
        said = [*chain]
        found[kept_id(contact)] = Said([*map(_unlinked, counting(said, purpose=purpose))], _NUMBER(said[0]))
    return found


def last_numbers(session: Session, contacts: Collection[UUID]) -> dict[UUID, int]:
    """The length of these contacts' chains; contacts without entries are left out."""
    return {kept_id(id): last for id, last in bare_rows_of(session, _LAST_NUMBERS, {"contacts": [*contacts]})}


def every_chain(session: Session, purposes: Collection[str]) -> Iterator[list[Entry]]:
    """For each contact by id, the entries on which standings for these purposes depend; few rows in memory at a time.

    Without the columns needed only to verify a chain: detail, previous, hash.
    """
    rows = run(session, _SAID, {"purposes": [*purposes], "acts": _FOLDED})
    for _, chain in groupby(map(_unlinked, rows), key=attrgetter("contact_id")):
        yield list(chain)


def contacts_of(session: Session, purposes: Collection[str], *, behind: UUID | None, limit: int) -> list[UUID]:
    """Contacts with entries about one of these purposes, by id, after `behind`."""
    contact = col(LedgerEntryRow.contact_id)
    query = select(contact).where(col(LedgerEntryRow.purpose).in_(purposes)).distinct().order_by(contact).limit(limit)
    return list(session.execute(query if behind is None else query.where(contact > behind)).scalars())


def every_link(session: Session, *, besides: Collection[UUID] = ()) -> Iterator[ChainLink]:
    """The chains of all contacts by id, with details, without the contacts in `besides`; few rows in memory at a
    time."""
    query = _WITH_DETAIL.order_by(*_IN_ORDER).execution_options(yield_per=_BATCH)
    for row in run(session, query, {}):
        if not besides or kept_id(row.contact_id) not in besides:
            yield _link(row)


def unreadable(session: Session) -> dict[UUID, UUID]:
    """Entries with values that no entry of ours has, so that they mean nothing, with their contacts."""
    strange = or_(col(LedgerEntryRow.act).not_in(_ACTS), col(LedgerEntryRow.how).not_in(_HOWS))
    query = select(col(LedgerEntryRow.id), col(LedgerEntryRow.contact_id)).where(strange)
    return {row.id: row.contact_id for row in session.execute(query.order_by(col(LedgerEntryRow.id)))}


def links(session: Session, contact: UUID) -> list[ChainLink]:
    """One contact's chain with its details."""
    return links_of(session, [contact])


def links_of(session: Session, contacts: Collection[UUID]) -> list[ChainLink]:
    """The chains of these contacts with their details, each in its order."""
    of_them = _WITH_DETAIL.where(col(LedgerEntryRow.contact_id).in_(contacts))
    return [_link(row) for row in run(session, of_them.order_by(*_IN_ORDER), {})]


def details(session: Session, entries: Collection[UUID]) -> dict[UUID, KeptDetail]:
    """The stored details of these entries, by id."""
    return {kept_id(row[0]): _detail(*row[1:]) for row in bare_rows_of(session, _DETAILS, {"entries": [*entries]})}


def numbers(links: Iterable[ChainLink]) -> set[str]:
    """The phone numbers in the details of these entries."""
    named = (read_body(each.detail.body).get("phone") for each in links if each.detail is not None)
    return {each for each in named if isinstance(each, str) and each}


def find(session: Session, id: UUID) -> ChainLink | None:
    row = run(session, _WITH_DETAIL.where(col(LedgerEntryRow.id) == id), {}).first()
    return _link(row) if row else None


def of_ids(session: Session, ids: Sequence[UUID]) -> dict[UUID, Entry]:
    """These entries, by id."""
    parts = (ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH))
    found = (_entry(row) for part in parts for row in run(session, _OF_IDS, {"ids": [*part]}))
    return {each.id: each for each in found}


def by_optin_id(session: Session, optin_id: str) -> list[ChainLink]:
    """The consents with this id, oldest first."""
    query = _WITH_DETAIL.where(col(LedgerDetailRow.optin_id) == searched_id(optin_id)).order_by(col(LedgerEntryRow.id))
    return [_link(row) for row in run(session, query, {})]


# In canonical JSON. A surrogate pair is a character; an escaped backslash before it makes it text.
_SURROGATE = re.compile(r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(\\ud[89a-f][0-9a-f]{2})")


def _whole(found: re.Match[str]) -> str:
    return "\\ufffd" if found[1] else found[0]


_COLUMNS = tuple(name for name in Entry._fields if name != "given_on")
_CONTACT, _NUMBER = (itemgetter(_COLUMNS.index(name)) for name in ("contact_id", "number"))
_OWN: Any = [as_kept(getattr(LedgerEntryRow, name)) for name in _COLUMNS]
_DETAIL: Any = [as_kept(getattr(LedgerDetailRow, name)) for name in ("salt", "body", "source", "given_on", "optin_id")]
_IN_ORDER = col(LedgerEntryRow.contact_id), col(LedgerEntryRow.number)
_IS_BESIDE: Any = col(LedgerDetailRow.entry_id) == col(LedgerEntryRow.id)
_GIVEN_ON = select(as_kept(LedgerDetailRow.given_on)).where(_IS_BESIDE).correlate(LedgerEntryRow).scalar_subquery()
# A subquery where it may apply, as a join costs more than the entries themselves.
_GIVEN_IF_RECORDED = as_kept(case((col(LedgerEntryRow.act) == Act.RECORDED.value, _GIVEN_ON)).label("given_on"))
_OF_IDS: Any = select(*_OWN, _GIVEN_IF_RECORDED).where(col(LedgerEntryRow.id).in_(bindparam("ids", expanding=True)))
_CHAINS: Any = (
    select(*_OWN, _GIVEN_IF_RECORDED)
    .where(col(LedgerEntryRow.contact_id).in_(bindparam("contacts", expanding=True)))
    .order_by(*_IN_ORDER)
)
_LAST_NUMBERS: Any = (
    select(as_kept(LedgerEntryRow.contact_id), func.max(col(LedgerEntryRow.number)))
    .where(col(LedgerEntryRow.contact_id).in_(bindparam("contacts", expanding=True)))
    .group_by(col(LedgerEntryRow.contact_id))
)
_UNLINKED: Any = *(each for each in _OWN if each.name not in {"detail", "previous", "hash"}), _GIVEN_IF_RECORDED
_LATEST_FIRST: Any = (
    select(*_UNLINKED)
    .where(col(LedgerEntryRow.contact_id).in_(bindparam("contacts", expanding=True)))
    .order_by(col(LedgerEntryRow.contact_id).desc(), col(LedgerEntryRow.number).desc())
)
_SAID: Any = (
    select(*_UNLINKED)
    .where(
        col(LedgerEntryRow.purpose).in_(bindparam("purposes", expanding=True)),
        col(LedgerEntryRow.act).in_(bindparam("acts", expanding=True)),
    )
    .order_by(*_IN_ORDER)
    .execution_options(yield_per=_BATCH)
)
_WITH_DETAIL: Any = select(*_OWN, *_DETAIL).select_from(LedgerEntryRow).outerjoin(LedgerDetailRow, _IS_BESIDE)
_DETAILS: Any = select(as_kept(LedgerDetailRow.entry_id), *_DETAIL).where(
    col(LedgerDetailRow.entry_id).in_(bindparam("entries", expanding=True))
)
_INSERT_ENTRY, _INSERT_DETAIL, _INSERT_UNSEALED = map(insert, (LedgerEntryRow, LedgerDetailRow, LedgerUnsealedRow))
_ACTS = {act.value: act for act in Act}
_MAKE = tuple.__new__
_FOLDED = sorted(act.value for act in FOLDED)
_HOWS = {how.value: how for how in How}


def _values(entry: Entry) -> dict[str, object]:
    kept = entry._asdict() | {"act": entry.act.value, "how": entry.how.value}
    del kept["given_on"]
    return kept


def _entry(row: Sequence[Any]) -> Entry:
    """The entry of a row with the columns of Entry in order."""
    (id, contact_id, number, purpose, act, by, how, at, implied, until, *rest) = row
    (wording, refers, detail, previous, hash, given_on) = rest
    return Entry(
        new_kept_id(id),
        kept_id(contact_id),
        number,
        purpose,
        _ACTS[act],
        by,
        _HOWS[how],
        kept_instant(at),
        bool(implied),
        kept_instant(until) if until is not None else None,
        wording,
        kept_id(refers) if refers is not None else None,
        detail,
        previous,
        hash,
        kept_date(given_on) if given_on is not None else None,
    )


def _unlinked(row: Sequence[Any]) -> Entry:
    """As `_entry`, without detail, previous and hash. Spelt out: a list reads half a million of them."""
    id, contact_id, number, purpose, act, by, how, at, implied, until, wording, refers, given_on = row
    return _MAKE(
        Entry,
        (
            new_kept_id(id),
            kept_id(contact_id),
            number,
            purpose,
            _ACTS[act],
            by,
            _HOWS[how],
            kept_instant(at),
            bool(implied),
            until and kept_instant(until),
            wording,
            refers and kept_id(refers),
            None,
            b"",
            b"",
            given_on and kept_date(given_on),
        ),
    )


def _link(row: Sequence[Any]) -> ChainLink:
    *own, salt, body, source, given_on, optin_id = row
    return ChainLink(
        _entry((*own, given_on)), _detail(salt, body, source, given_on, optin_id) if salt is not None else None
    )


def _detail(salt: bytes, body: str, source: str, given_on: Any, optin_id: str) -> KeptDetail:
    return KeptDetail(salt, body, source, kept_date(given_on) if given_on is not None else None, optin_id)
