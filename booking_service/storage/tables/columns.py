"""What the tables share: what a row is made of, and columns."""

from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from ..types import HostTextColumn, UtcDateTime


class Row(SQLModel):
    """Of a table. SQLModel validates none, so the validators that Pydantic would build of each at the start are left out."""

    model_config = {"defer_build": True}


def instant(*, index: bool = False) -> Any:
    return Field(sa_type=UtcDateTime, index=index)


def maybe_instant(*, index: bool = False) -> Any:
    return Field(default=None, sa_type=UtcDateTime, index=index)


def json_column() -> Any:
    return Field(sa_column=Column(JSON, nullable=False))


def host_text() -> Any:
    return Field(default="", sa_column=Column(HostTextColumn, nullable=False))
