"""Accounts, calendars, what was read of their objects, and busy periods."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from . import setup  # noqa: F401 - what the foreign keys lead to
from .columns import Row, dialect_index, instant, json_column, maybe_instant


class AccountRow(Row, table=True):
    """One account at a CalDAV server. `password`: sealed (keys.seal). `paused_until`: the server asked to wait."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("host_id", "key", name="one_account_per_key"),)

    id: UUID = Field(primary_key=True)
    host_id: UUID = Field(foreign_key="host.id", index=True)
    key: str
    url: str
    username: str
    password: str
    auth: str = "auto"
    paused_until: datetime | None = maybe_instant()


class CalendarRow(Row, table=True):
    """A connected calendar: what it is for, the state of its pull, and its health."""

    __tablename__ = "calendar"
    __table_args__ = (UniqueConstraint("account_id", "url", name="one_calendar_per_address"),)

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    host_id: UUID = Field(foreign_key="host.id", index=True)
    url: str
    name: str
    conflicts: bool = True
    target: bool = False
    capabilities: dict[str, Any] = json_column()
    token: str | None = None
    token_version: int = 0
    window_start: datetime | None = maybe_instant()
    window_end: datetime | None = maybe_instant()
    pulled_at: datetime | None = maybe_instant()
    failing_since: datetime | None = maybe_instant()
    failure: str = ""
    failure_text: str = ""
    told_at: datetime | None = maybe_instant()
    pull_at: datetime | None = maybe_instant(index=True)
    pull_lease_until: datetime | None = maybe_instant()
    doubtful_since: datetime | None = maybe_instant()
    left_out_until: datetime | None = maybe_instant()


class ConnectingRow(Row, table=True):
    """A host's connection of an account: input, progress, findings, choices. One per host.

    `password`: sealed (keys.seal), empty once the account is stored. `state`: storage/account_connections.py: Stage.
    """

    __tablename__ = "connecting"

    id: UUID = Field(primary_key=True)
    host_id: UUID = Field(foreign_key="host.id", unique=True)
    provider: str = ""
    address: str
    username: str
    password: str
    state: str
    started_at: datetime = instant()
    steps: list[dict[str, Any]] = json_column()
    failure: str = ""
    failure_text: str = ""
    account_url: str = ""
    found: list[dict[str, Any]] = json_column()
    choice: dict[str, Any] = json_column()
    target_id: UUID | None = Field(default=None, foreign_key="calendar.id")


class CalendarObjectRow(Row, table=True):
    """What a calendar held at the last pull: enough to notice changes, never a title.

    `ours`: it carries our marks; then `revision`, `starts_at` and `ends_at` are what it said.
    """

    __tablename__ = "calendar_object"
    __table_args__ = (dialect_index("calendar_object_warned", "calendar_id", where="warning <> ''"),)

    calendar_id: UUID = Field(foreign_key="calendar.id", primary_key=True)
    name: str = Field(primary_key=True)
    etag: str | None = None
    uid: str | None = Field(default=None, index=True)
    ours: bool = False
    revision: int | None = None
    starts_at: datetime | None = maybe_instant()
    ends_at: datetime | None = maybe_instant()
    warning: str = ""


class BusyRow(Row, table=True):
    """Time that a calendar blocks (RFC 4791 §7.10), without our own events.

    `uid`: only where another installation of this service wrote it, so that the two can order their holds.
    """

    __tablename__ = "busy"
    __table_args__ = (Index("busy_by_host_and_time", "host_id", "starts_at"),)

    id: int | None = Field(default=None, primary_key=True)
    calendar_id: UUID = Field(foreign_key="calendar.id", index=True)
    host_id: UUID
    name: str
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    uid: str | None = None
