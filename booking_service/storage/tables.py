"""Every table. Migrations make them (storage/migrations); a test holds the two against each other on both databases.

All ids are UUIDs of ours, all instants aware UTC. A row of `stretch` is what excludes others from a host's time: its
constraint (PostgreSQL) or trigger (SQLite) is in the first migration, as neither can be said in a portable way.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from .types import UtcDateTime


def _instant(*, index: bool = False) -> Any:
    return Field(sa_type=UtcDateTime, index=index)


def _maybe_instant(*, index: bool = False) -> Any:
    return Field(default=None, sa_type=UtcDateTime, index=index)


def _json() -> Any:
    return Field(sa_column=Column(JSON, nullable=False))


class OrganisationRow(SQLModel, table=True):
    """Who runs this service: one row."""

    __tablename__ = "organisation"

    id: int = Field(default=1, primary_key=True)
    name: str
    imprint: str = ""
    privacy: str = ""
    contact: str = ""
    languages: list[str] = _json()
    default_language: str = "en"
    doi_forced: bool = False


class HostRow(SQLModel, table=True):
    """`offers_version` rises with whatever changes what is on offer: rules, hours, busy time, bookings."""

    __tablename__ = "host"

    id: UUID = Field(primary_key=True)
    slug: str = Field(unique=True)
    name: str
    email: str
    zone: str
    language: str = "en"
    hours: list[str] = _json()
    overrides: list[dict[str, Any]] = _json()
    per_day: int | None = None
    per_week: int | None = None
    listed: bool = True
    active: bool = True
    offers_version: int = 0


class MeetingTypeRow(SQLModel, table=True):
    """`rules` holds the slot rules, `choices` what else a host decides; storage/meetings.py reads and writes both."""

    __tablename__ = "meeting_type"
    __table_args__ = (UniqueConstraint("host_id", "slug", name="one_meeting_type_per_slug"),)

    id: UUID = Field(primary_key=True)
    host_id: UUID = Field(foreign_key="host.id", index=True)
    slug: str
    title: str
    position: int = 0
    active: bool = True
    listed: bool = True
    rules: dict[str, Any] = _json()
    choices: dict[str, Any] = _json()


class AccountRow(SQLModel, table=True):
    """One sign-in at a CalDAV server. `password` is sealed (keys.seal); `paused_until`: the server asked for patience."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("host_id", "key", name="one_account_per_key"),)

    id: UUID = Field(primary_key=True)
    host_id: UUID = Field(foreign_key="host.id", index=True)
    key: str
    url: str
    username: str
    password: str
    auth: str = "auto"
    paused_until: datetime | None = _maybe_instant()


class CalendarRow(SQLModel, table=True):
    """A connected calendar: what it is for, where its pull stands, and how it is."""

    __tablename__ = "calendar"
    __table_args__ = (UniqueConstraint("account_id", "url", name="one_calendar_per_address"),)

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    host_id: UUID = Field(foreign_key="host.id", index=True)
    url: str
    name: str
    conflicts: bool = True
    target: bool = False
    capabilities: dict[str, Any] = _json()
    token: str | None = None
    token_version: int = 0
    window_start: datetime | None = _maybe_instant()
    window_end: datetime | None = _maybe_instant()
    pulled_at: datetime | None = _maybe_instant()
    failing_since: datetime | None = _maybe_instant()
    failure: str = ""
    failure_text: str = ""
    told_at: datetime | None = _maybe_instant()
    pull_at: datetime | None = _maybe_instant(index=True)
    pull_lease_until: datetime | None = _maybe_instant()
    doubtful_since: datetime | None = _maybe_instant()


class CalendarObjectRow(SQLModel, table=True):
    """What a calendar held at the last pull: enough to tell what changed, never a title.

    `ours`: it carries our marks; `revision`, `starts_at` and `ends_at` are then what it said.
    """

    __tablename__ = "calendar_object"

    calendar_id: UUID = Field(foreign_key="calendar.id", primary_key=True)
    name: str = Field(primary_key=True)
    etag: str | None = None
    uid: str | None = Field(default=None, index=True)
    ours: bool = False
    revision: int | None = None
    starts_at: datetime | None = _maybe_instant()
    ends_at: datetime | None = _maybe_instant()
    warning: str = ""


class BusyRow(SQLModel, table=True):
    """Time that a calendar blocks (RFC 4791 §7.10). Our own events are left out; `uid` only where another instance of
    this service wrote it, so that two of them can order their holds."""

    __tablename__ = "busy"
    __table_args__ = (Index("busy_by_host_and_time", "host_id", "starts_at"),)

    id: int | None = Field(default=None, primary_key=True)
    calendar_id: UUID = Field(foreign_key="calendar.id", index=True)
    host_id: UUID
    name: str
    starts_at: datetime = _instant()
    ends_at: datetime = _instant()
    uid: str | None = None


class BookingRow(SQLModel, table=True):
    __tablename__ = "booking"
    __table_args__ = (
        Index("booking_by_host_and_time", "host_id", "starts_at"),
        Index(
            "holds_by_deadline",
            "hold_until",
            sqlite_where=text("state = 'held'"),
            postgresql_where=text("state = 'held'"),
        ),
        Index(
            "booking_to_erase",
            "ends_at",
            sqlite_where=text("name <> ''"),
            postgresql_where=text("name <> ''"),
        ),
        UniqueConstraint("host_id", "form_key", name="one_booking_per_form"),
    )

    id: UUID = Field(primary_key=True)
    public_id: str = Field(unique=True)
    host_id: UUID = Field(foreign_key="host.id")
    meeting_type_id: UUID = Field(foreign_key="meeting_type.id", index=True)
    starts_at: datetime = _instant()
    ends_at: datetime = _instant()
    state: str
    hold_until: datetime = _instant()
    awaits: list[str] = _json()
    name: str
    email: str
    mailbox: str = Field(index=True)
    language: str
    zone: str
    guests: list[str] = _json()
    answers: list[list[str]] = _json()
    created_at: datetime = _instant()
    decided_at: datetime = _instant()
    revision: int
    sequence: int = 0
    generation: int = 0
    moves: int = 0
    resends: int = 0
    asked: bool = False
    invited: list[str] = _json()
    owed: list[dict[str, str]] = _json()
    conflicted: bool = False
    reserves: bool = True
    network: str = ""
    cancelled_by: str | None = None
    cause: str | None = None
    reason: str = ""
    successor_id: UUID | None = None
    reminders: bool = True
    form_key: str | None = None


class ReservationRow(SQLModel, table=True):
    """One stretch of one host's time that a booking occupies, and what is remembered of its event (domain/publishing.py)."""

    __tablename__ = "reservation"

    id: UUID = Field(primary_key=True)
    booking_id: UUID = Field(foreign_key="booking.id", index=True)
    host_id: UUID = Field(foreign_key="host.id")
    calendar_id: UUID | None = Field(default=None, foreign_key="calendar.id", index=True)
    uid: str = Field(unique=True)
    href: str
    revision: int
    times: dict[str, list[str]] = _json()
    summaries: dict[str, dict[str, str]] = _json()
    base: int | None = None
    etag: str | None = None
    seen: bool = False
    touched: bool = False
    missing_at: datetime | None = _maybe_instant()
    gone_at: datetime | None = _maybe_instant()
    mark: int = 0
    settled_mark: int = 0
    verdict: str | None = None
    beside_start: datetime | None = _maybe_instant()
    beside_end: datetime | None = _maybe_instant()
    requested_at: datetime = _instant()
    fence: int = 0
    lane_until: datetime | None = _maybe_instant()
    looks: int = 0


class StretchRow(SQLModel, table=True):
    """Time that a reservation keeps others out of. It exists while its booking is live, a hold's until `hold_until`.

    `overridden`: the host's own edit put it over another one, and the host's edits win.
    """

    __tablename__ = "stretch"
    __table_args__ = (
        Index("stretch_by_host_and_time", "host_id", "starts_at"),
        Index(
            "stretch_by_release", "host_id", "hold_until",
            sqlite_where=text("hold_until IS NOT NULL"), postgresql_where=text("hold_until IS NOT NULL"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    reservation_id: UUID = Field(foreign_key="reservation.id", index=True)
    booking_id: UUID = Field(index=True)
    host_id: UUID
    starts_at: datetime = _instant()
    ends_at: datetime = _instant()
    hold_until: datetime | None = _maybe_instant()
    overridden: bool = False


class HistoryRow(SQLModel, table=True):
    """The timeline of a booking, append-only: what happened, when, by whom."""

    __tablename__ = "history"

    id: int | None = Field(default=None, primary_key=True)
    booking_id: UUID = Field(foreign_key="booking.id", index=True)
    at: datetime = _instant()
    what: str
    by: str
    detail: dict[str, str] = _json()


class LinkRow(SQLModel, table=True):
    """A mailed link, by the hash of its token; the token itself is nowhere."""

    __tablename__ = "link"

    hash: str = Field(primary_key=True)
    booking_id: UUID = Field(foreign_key="booking.id", index=True)
    purpose: str
    generation: int
    guest: str = ""


class OutboxRow(SQLModel, table=True):
    """An effect to perform. `key` names it once for all: adding it again wakes it rather than doubling it.

    `lane`: effects of one lane are performed one after the other. `version` rises whenever it is woken, so that a
    performer that settles an older one does not put the new one to sleep.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "outbox_due", "due_at",
            sqlite_where=text("done_at IS NULL AND dead_at IS NULL"),
            postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    lane: str = Field(index=True)
    payload: dict[str, str] = _json()
    due_at: datetime = _instant()
    created_at: datetime = _instant()
    version: int = 1
    attempts: int = 0
    leased_until: datetime | None = _maybe_instant()
    done_at: datetime | None = _maybe_instant()
    dead_at: datetime | None = _maybe_instant()
    error: str = ""


class ChangeRow(SQLModel, table=True):
    """What was set up differently, when and by whom: append-only. No secret stands here."""

    __tablename__ = "change"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _instant(index=True)
    by: str
    what: str
    before: str | None = None
    after: str | None = None


class BlockRow(SQLModel, table=True):
    """A mailbox that wants to hear nothing more, as a keyed hash: it can be recognised, not read."""

    __tablename__ = "block"

    mailbox: str = Field(primary_key=True)
    at: datetime = _instant()


class AttemptRow(SQLModel, table=True):
    """One use of something that is limited: `rule` and a keyed hash of who. Kept as long as the rule looks back."""

    __tablename__ = "attempt"
    __table_args__ = (Index("attempt_by_rule", "rule", "who", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    rule: str
    who: str
    at: datetime = _instant(index=True)
