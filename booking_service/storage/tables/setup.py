"""What is set up: the organisation, hosts, what can be booked, and who changed it when."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, UniqueConstraint, false, text
from sqlmodel import Field

from ...domain.localized_text import HostText
from ...domain.people import HOLD_MARK
from ..types import HostTextColumn
from .columns import Row, host_text, instant, json_column, maybe_instant


class OrganisationRow(Row, table=True):
    """Who runs this service: one row. `consents`: rules for all purposes, see storage/purposes.py.

    `policies`: how long things are kept, and who needs a second factor.
    """

    __tablename__ = "organisation"

    id: int = Field(default=1, primary_key=True)
    name: str
    imprint: HostText = host_text()
    privacy: HostText = host_text()
    contact: str = ""
    accent: str = Field(default="", sa_column_kwargs={"server_default": ""})
    logo: str = Field(default="", sa_column_kwargs={"server_default": ""})
    languages: list[str] = json_column()
    default_language: str = "en"
    doi_forced: bool = False
    consents: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default=text("'{}'"))
    )
    policies: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default=text("'{}'"))
    )


class HostRow(Row, table=True):
    """`offers_version`: rises with everything that changes what is on offer: rules, hours, busy time, bookings."""

    __tablename__ = "host"

    id: UUID = Field(primary_key=True)
    slug: str = Field(unique=True)
    name: str
    email: str
    zone: str
    language: str = "en"
    hours: list[str] = json_column()
    overrides: list[dict[str, Any]] = json_column()
    holidays: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False, server_default=text("'{}'"))
    )
    per_day: int | None = None
    per_week: int | None = None
    listed: bool = True
    active: bool = True
    paused_until: date | None = None
    left_at: datetime | None = maybe_instant()
    offers_version: int = 0
    accent: str = Field(default="", sa_column_kwargs={"server_default": ""})
    welcome: HostText = Field(default="", sa_column=Column(HostTextColumn, nullable=False, server_default=""))
    picture: str = Field(default="", sa_column_kwargs={"server_default": ""})
    hold_mark: str = Field(default=HOLD_MARK, sa_column_kwargs={"server_default": HOLD_MARK})


class MeetingTypeRow(Row, table=True):
    """`rules`: the slot rules. `choices`: whatever else a host decides. storage/meetings.py reads and writes both.

    `deleted`: kept for the bookings made of it.
    """

    __tablename__ = "meeting_type"
    __table_args__ = (UniqueConstraint("host_id", "slug", name="one_meeting_type_per_slug"),)

    id: UUID = Field(primary_key=True)
    host_id: UUID = Field(foreign_key="host.id", index=True)
    slug: str
    title: HostText = host_text()
    position: int = 0
    active: bool = True
    listed: bool = True
    deleted: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    rules: dict[str, Any] = json_column()
    choices: dict[str, Any] = json_column()


class ChangeRow(Row, table=True):
    """A change to what is set up; append-only, without secrets.

    `page`: made on a page, so that a setup file that says otherwise must not silently undo it.
    """

    __tablename__ = "change"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = instant(index=True)
    by: str
    what: str
    before: str | None = None
    after: str | None = None
    page: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    reason: str = Field(default="", sa_column_kwargs={"server_default": ""})
