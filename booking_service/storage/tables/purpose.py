"""Purposes, and the wordings by which people are asked.

Evidence refers to wordings, so none is ever updated or deleted; the guards are made by a migration.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from .columns import Row, instant, json_column


class PurposeRow(Row, table=True):
    """What a consent is for; domain/purposes.py: Purpose. `lasts` counts in days."""

    __tablename__ = "purpose"

    id: UUID = Field(primary_key=True)
    slug: str = Field(unique=True)
    position: int = 0
    kind: str
    field: str = ""
    doi: str = "organisation"
    accepts: str = ""
    implied: bool | None = Field(default=None, sa_column=Column(Boolean, nullable=True))
    lasts: int | None = None
    conditions: list[dict[str, Any]] = json_column()
    template: str = ""
    reminder_template: str = ""
    review_on: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    rules: dict[str, Any] = json_column()
    active: bool = True


class WordingRow(Row, table=True):
    """The texts of a purpose in one language, under the hash of all its columns."""

    __tablename__ = "wording"
    __table_args__ = (UniqueConstraint("purpose", "language", "version", name="one_wording_per_version"),)

    hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    purpose: str
    language: str
    version: int
    texts: str = Field(sa_column=Column(Text, nullable=False))  # a JSON column would return other bytes
    made_at: datetime = instant()
    made_by: str
