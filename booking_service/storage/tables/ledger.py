"""The evidence: wordings, chains of entries, erasable details, and the tree. The guards are made by a migration.

Nothing here is ever updated, and only details are ever deleted. `body` and `texts` are text columns, as a JSON column
would return other bytes.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from . import consent  # noqa: F401 - what the foreign keys lead to
from .columns import Row, dialect_index, instant, maybe_instant


def _hash() -> Any:
    """A column of 32 bytes without an index."""
    return Field(sa_column=Column(LargeBinary, nullable=False))


def _maybe_hash() -> Any:
    return Field(default=None, sa_column=Column(LargeBinary, nullable=True))


def _text() -> Any:
    return Field(sa_column=Column(Text, nullable=False))


class LedgerEntryRow(Row, table=True):
    """One link of a contact's chain; domain/consent.py: Entry."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("contact_id", "number", name="one_entry_per_number"),
        dialect_index(
            "ledger_entry_by_question", "purpose", "act", "contact_id", where="act = 'asked' OR act = 'confirmed'"
        ),
    )

    id: UUID = Field(primary_key=True)
    contact_id: UUID = Field(foreign_key="contact.id")
    number: int
    purpose: str
    act: str
    by: str
    how: str
    implied: bool = False
    at: datetime = instant()
    until: datetime | None = maybe_instant()
    wording: bytes | None = _maybe_hash()
    refers: UUID | None = None
    detail: bytes | None = _maybe_hash()
    previous: bytes = _hash()
    hash: bytes = _hash()


class LedgerDetailRow(Row, table=True):
    """The personal part of an entry, and copies of what lists are filtered by."""

    __tablename__ = "ledger_detail"
    __table_args__ = (Index("ledger_detail_by_source", "source", "given_on"),)

    entry_id: UUID = Field(primary_key=True, foreign_key="ledger_entry.id")
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    body: str = _text()
    source: str = ""
    given_on: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    optin_id: str = Field(default="", index=True)


class LedgerUnsealedRow(Row, table=True):
    """An entry that has no place in the tree yet."""

    __tablename__ = "ledger_unsealed"

    entry_id: UUID = Field(primary_key=True)


class LedgerLeafRow(Row, table=True):
    """The place of an entry in the tree; positions count from 0 without gaps."""

    __tablename__ = "ledger_leaf"

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    entry_id: UUID = Field(unique=True)
    leaf: bytes = _hash()


class LedgerHeadRow(Row, table=True):
    """Size and root of the tree when it grew. `frontier`: what is needed to grow it. `anchor`: a time stamp, set
    once."""

    __tablename__ = "ledger_head"

    size: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    root: bytes = _hash()
    frontier: bytes = _hash()
    at: datetime = instant()
    anchor: bytes | None = _maybe_hash()
