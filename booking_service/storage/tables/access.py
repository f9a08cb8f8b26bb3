"""Links, mailboxes that want no mail, and attempts counted against limits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from . import booking  # noqa: F401 - what the foreign keys lead to
from .columns import Row, instant, maybe_instant


class LinkRow(Row, table=True):
    """A mailed link, by the hash of its token, which itself is stored nowhere."""

    __tablename__ = "link"

    hash: str = Field(primary_key=True)
    booking_id: UUID = Field(foreign_key="booking.id", index=True)
    purpose: str
    generation: int
    guest: str = ""


class OneTimeRow(Row, table=True):
    """A one-time link, by the hash of its token. `booking_id`: the last booking made by it."""

    __tablename__ = "one_time_link"

    id: UUID = Field(primary_key=True)
    hash: str = Field(unique=True)
    host_id: UUID = Field(foreign_key="host.id", index=True)
    meeting_type_id: UUID = Field(foreign_key="meeting_type.id")
    note: str = ""
    created_at: datetime = instant()
    until: datetime = instant()
    revoked_at: datetime | None = maybe_instant()
    booking_id: UUID | None = Field(default=None, foreign_key="booking.id")


class BlockRow(Row, table=True):
    """A mailbox that wants no more mail, as a keyed hash: it can be recognised, not read."""

    __tablename__ = "block"

    mailbox: str = Field(primary_key=True)
    at: datetime = instant()


class AttemptRow(Row, table=True):
    """One use of something limited. `who`: a keyed hash. Kept as long as the rule looks back."""

    __tablename__ = "attempt"
    __table_args__ = (Index("attempt_by_rule", "rule", "who", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    rule: str
    who: str
    at: datetime = instant(index=True)
