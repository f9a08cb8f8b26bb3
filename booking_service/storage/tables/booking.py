"""Bookings, their reservations and stretches, and what happened to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, Column, Index, UniqueConstraint, false
from sqlmodel import Field

from . import calendar, setup  # noqa: F401 - what the foreign keys lead to
from .columns import Row, dialect_index, instant, json_column, maybe_instant


class BookingRow(Row, table=True):
    __tablename__ = "booking"
    __table_args__ = (
        Index("booking_by_host_and_time", "host_id", "starts_at"),
        Index("booking_by_host_state_and_time", "host_id", "state", "starts_at"),
        dialect_index("holds_by_deadline", "hold_until", where="state = 'held'"),
        dialect_index("booking_to_erase", "ends_at", where="name <> ''"),
        Index("booking_by_decision", "decided_at", "state"),
        UniqueConstraint("host_id", "form_key", name="one_booking_per_form"),
    )

    id: UUID = Field(primary_key=True)
    public_id: str = Field(unique=True)
    host_id: UUID = Field(foreign_key="host.id")
    meeting_type_id: UUID = Field(foreign_key="meeting_type.id", index=True)
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    state: str
    hold_until: datetime = instant()
    awaits: list[str] = json_column()
    name: str
    email: str
    mailbox: str = Field(index=True)
    language: str
    zone: str
    guests: list[str] = json_column()
    answers: list[list[str]] = json_column()
    sealed: list[list[str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]"))
    created_at: datetime = instant()
    decided_at: datetime = instant()
    revision: int
    sequence: int = 0
    generation: int = 0
    moves: int = 0
    resends: int = 0
    asked: bool = False
    invited: list[str] = json_column()
    owed: list[dict[str, str]] = json_column()
    conflicted: bool = False
    reserves: bool = True
    network: str = ""
    cancelled_by: str | None = None
    cause: str | None = None
    reason: str = ""
    successor_id: UUID | None = None
    reminders: bool = True
    vouched: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    test: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    offered_starts_at: datetime | None = maybe_instant()
    offered_ends_at: datetime | None = maybe_instant()
    form_key: str | None = None


class ReservationRow(Row, table=True):
    """One stretch of one host's time that a booking occupies, and what is known of its event (domain/publishing.py)."""

    __tablename__ = "reservation"
    __table_args__ = (dialect_index("reservation_unshown", "calendar_id", where="unshown > 0"),)

    id: UUID = Field(primary_key=True)
    booking_id: UUID = Field(foreign_key="booking.id", index=True)
    host_id: UUID = Field(foreign_key="host.id")
    calendar_id: UUID | None = Field(default=None, foreign_key="calendar.id", index=True)
    uid: str = Field(unique=True)
    href: str
    revision: int
    times: dict[str, list[str]] = json_column()
    summaries: dict[str, dict[str, str]] = json_column()
    base: int | None = None
    etag: str | None = None
    seen: bool = False
    touched: bool = False
    missing_at: datetime | None = maybe_instant()
    gone_at: datetime | None = maybe_instant()
    mark: int = 0
    settled_mark: int = 0
    verdict: str | None = None
    beside_start: datetime | None = maybe_instant()
    beside_end: datetime | None = maybe_instant()
    requested_at: datetime = instant()
    fence: int = 0
    lane_until: datetime | None = maybe_instant()
    looks: int = 0
    unshown: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    run: str | None = None
    copy_calendar_id: UUID | None = None
    copy_href: str = Field(default="", sa_column_kwargs={"server_default": ""})
    copy_etag: str | None = None


class StretchRow(Row, table=True):
    """Time from which a reservation excludes others, while its booking is live; a hold's until `hold_until`.

    `overridden`: the host's own edit put it over another one, and host's edits win.
    """

    __tablename__ = "stretch"
    __table_args__ = (
        Index("stretch_by_host_and_time", "host_id", "starts_at"),
        dialect_index("stretch_by_release", "host_id", "hold_until", where="hold_until IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    reservation_id: UUID = Field(foreign_key="reservation.id", index=True)
    booking_id: UUID = Field(index=True)
    host_id: UUID
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    hold_until: datetime | None = maybe_instant()
    overridden: bool = False


class TimelineRow(Row, table=True):
    """The timeline of a booking, append-only: what happened, when, by whom."""

    __tablename__ = "history"

    id: int | None = Field(default=None, primary_key=True)
    booking_id: UUID = Field(foreign_key="booking.id", index=True)
    at: datetime = instant()
    what: str
    by: str
    detail: dict[str, str] = json_column()
