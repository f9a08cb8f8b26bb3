"""The chains of entries and their erasable details. Rows are added, and read; nothing here changes one."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, insert, or_, select
from sqlmodel import Session, col

from ..domain.consent import Act, Detail, Entry, How
from .tables.ledger import LedgerDetailRow, LedgerEntryRow, LedgerUnsealedRow

_BATCH = 2000  # rows that are in memory at a time while all are read


@dataclass(frozen=True, slots=True)
class KeptDetail:
    """The personal part of an entry as it is kept: what the commitment is over, and copies for filters."""

    salt: bytes
    body: str
    source: str
    given_on: date | None
    optin_id: str


class ChainLink(NamedTuple):
    """An entry with the detail that is kept of it, None where there is none (any more)."""

    entry: Entry
    detail: KeptDetail | None

    @property
    def body(self) -> dict[str, Any]:
        """What its detail says, by its keys; nothing where there is none."""
        return read_body(self.detail.body) if self.detail is not None else {}


def kept(entry_id: UUID, detail: Detail, *, salt: bytes) -> KeptDetail:
    """A detail as it is to be kept. A consent that brought no id from outside has its entry's, in 32 hex digits."""
    return KeptDetail(salt, detail.body, detail.source, detail.given_on, detail.optin_id or entry_id.hex)


def read_body(body: str) -> dict[str, Any]:
    """What a detail says, by its keys; nothing where it was made unreadable."""
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def add(session: Session, entry: Entry, detail: KeptDetail | None) -> None:
    """At the end of its contact's chain, whose lock the caller holds. It waits to be sealed."""
    values = {name: getattr(entry, name) for name in _COLUMNS} | {"act": entry.act.value, "how": entry.how.value}
    session.execute(insert(LedgerEntryRow).values(values))
    if detail is not None:
        session.execute(
            insert(LedgerDetailRow).values(
                entry_id=entry.id,
                salt=detail.salt,
                body=detail.body,
                source=detail.source,
                given_on=detail.given_on,
                optin_id=detail.optin_id,
            )
        )
    session.execute(insert(LedgerUnsealedRow).values(entry_id=entry.id))


def entries(session: Session, contacts: Collection[UUID]) -> list[Entry]:
    """The chains of these contacts, each in its order."""
    of_them = _WITH_DATE.where(col(LedgerEntryRow.contact_id).in_(contacts))
    rows = session.execute(of_them.order_by(col(LedgerEntryRow.contact_id), col(LedgerEntryRow.number)))
    return [_entry(row) for row in rows]


def every_entry(session: Session, purposes: Collection[str] | None = None) -> Iterator[Entry]:
    """The chains of all contacts by their ids, each in its order, few rows in memory at a time."""
    query = _WITH_DATE.order_by(col(LedgerEntryRow.contact_id), col(LedgerEntryRow.number))
    if purposes is not None:
        query = query.where(col(LedgerEntryRow.purpose).in_(purposes))
    for row in session.execute(query.execution_options(yield_per=_BATCH)):
        yield _entry(row)


def every_link(session: Session, *, besides: Collection[UUID] = ()) -> Iterator[ChainLink]:
    """As `every_entry`, with the details. `besides`: contacts that are left out."""
    query = _WITH_DETAIL.order_by(col(LedgerEntryRow.contact_id), col(LedgerEntryRow.number))
    for row in session.execute(query.execution_options(yield_per=_BATCH)):
        if row.contact_id not in besides:
            yield _link(row)


def unreadable(session: Session) -> dict[UUID, UUID]:
    """Entries that say what no entry of ours says, so that nothing can be concluded from them, with their contacts."""
    strange = or_(col(LedgerEntryRow.act).not_in(_ACTS), col(LedgerEntryRow.how).not_in(_HOWS))
    query = select(col(LedgerEntryRow.id), col(LedgerEntryRow.contact_id)).where(strange)
    return {row.id: row.contact_id for row in session.execute(query.order_by(col(LedgerEntryRow.id)))}


def links(session: Session, contact: UUID) -> list[ChainLink]:
    """One contact's chain with its details."""
    return links_of(session, [contact])


def links_of(session: Session, contacts: Collection[UUID]) -> list[ChainLink]:
    """The chains of these contacts with their details, each in its order."""
    of_them = _WITH_DETAIL.where(col(LedgerEntryRow.contact_id).in_(contacts))
    rows = session.execute(of_them.order_by(col(LedgerEntryRow.contact_id), col(LedgerEntryRow.number)))
    return [_link(row) for row in rows]


def details(session: Session, entries: Collection[UUID]) -> dict[UUID, KeptDetail]:
    """What is kept beside these entries, by their ids."""
    rows = session.execute(select(LedgerDetailRow).where(col(LedgerDetailRow.entry_id).in_(entries))).scalars()
    return {row.entry_id: KeptDetail(row.salt, row.body, row.source, row.given_on, row.optin_id) for row in rows}


def find(session: Session, id: UUID) -> ChainLink | None:
    row = session.execute(_WITH_DETAIL.where(col(LedgerEntryRow.id) == id)).first()
    return _link(row) if row else None


def by_optin_id(session: Session, optin_id: str) -> list[ChainLink]:
    """The consents that carry this id, oldest first."""
    query = _WITH_DETAIL.where(col(LedgerDetailRow.optin_id) == optin_id).order_by(col(LedgerEntryRow.id))
    return [_link(row) for row in session.execute(query)]


_COLUMNS = tuple(name for name in Entry.__dataclass_fields__ if name != "given_on")
_OWN: Any = [getattr(LedgerEntryRow, name) for name in _COLUMNS]
_BESIDE: Any = (LedgerDetailRow, col(LedgerDetailRow.entry_id) == col(LedgerEntryRow.id))
_WITH_DATE: Any = select(*_OWN, col(LedgerDetailRow.given_on)).select_from(LedgerEntryRow).outerjoin(*_BESIDE)
_WITH_DETAIL: Any = (
    select(
        *_OWN,
        col(LedgerDetailRow.given_on),
        col(LedgerDetailRow.salt),
        col(LedgerDetailRow.body),
        col(LedgerDetailRow.source),
        col(LedgerDetailRow.optin_id),
    )
    .select_from(LedgerEntryRow)
    .outerjoin(*_BESIDE)
)
_ACTS = {act.value: act for act in Act}
_HOWS = {how.value: how for how in How}


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        contact_id=row.contact_id,
        number=row.number,
        purpose=row.purpose,
        act=_ACTS[row.act],
        by=row.by,
        how=_HOWS[row.how],
        implied=row.implied,
        at=row.at,
        until=row.until,
        wording=row.wording,
        refers=row.refers,
        detail=row.detail,
        previous=row.previous,
        hash=row.hash,
        given_on=row.given_on,
    )


def _link(row: Row[Any]) -> ChainLink:
    if row.salt is None:
        return ChainLink(_entry(row), None)
    return ChainLink(_entry(row), KeptDetail(row.salt, row.body, row.source, row.given_on, row.optin_id))
