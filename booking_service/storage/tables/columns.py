"""Columns that every table shares."""

from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field

from ..types import HostTextColumn, UtcDateTime


def instant(*, index: bool = False) -> Any:
    return Field(sa_type=UtcDateTime, index=index)


def maybe_instant(*, index: bool = False) -> Any:
    return Field(default=None, sa_type=UtcDateTime, index=index)


def json_column() -> Any:
    return Field(sa_column=Column(JSON, nullable=False))


def host_text() -> Any:
    return Field(default="", sa_column=Column(HostTextColumn, nullable=False))
