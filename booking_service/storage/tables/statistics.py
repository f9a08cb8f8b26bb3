"""Counts of bookings, and how far the timelines have been counted."""

from datetime import date
from uuid import UUID

from sqlmodel import Field

from . import setup  # noqa: F401 - what the foreign keys lead to
from .columns import Row


class StatisticRow(Row, table=True):
    """One count (domain/statistics.py). `on_date`: the host-local date."""

    __tablename__ = "statistic"

    host_id: UUID = Field(primary_key=True, foreign_key="host.id")
    on_date: date = Field(primary_key=True)
    meeting_type_id: UUID = Field(primary_key=True)
    what: str = Field(primary_key=True)
    count: int


class CountedRow(Row, table=True):
    """The only row: the timeline entry up to which everything is counted."""

    __tablename__ = "counted"

    id: int = Field(primary_key=True)
    history_id: int
