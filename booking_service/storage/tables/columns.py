"""The base of all rows, and helpers for columns and indexes."""

from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field, SQLModel

from ..types import HostTextColumn, UtcDateTime


class Row(SQLModel):
    """A row. SQLModel does not validate table rows, so Pydantic's validators are not built for them at the start."""

    model_config = {"defer_build": True}


def dialect_index(name: str, *columns: str, unique: bool = False, where: str = "", by_beginning: str = "") -> Index:
    """An index with a condition (`where`) or for prefixes (`by_beginning`), which each dialect names differently.

    The dialect's options wait in `info` for comparisons with a database (`metadata`), as SQLAlchemy imports every
    dialect that is named, used or not.
    """
    words: dict[str, object] = {}
    if where:
        words |= {"sqlite_where": text(where), "postgresql_where": text(where)}
    if by_beginning:
        words["postgresql_ops"] = {by_beginning: "varchar_pattern_ops"}
    return Index(name, *columns, unique=unique, info=words)


def instant(*, index: bool = False) -> Any:
    return Field(sa_type=UtcDateTime, index=index)


def maybe_instant(*, index: bool = False) -> Any:
    return Field(default=None, sa_type=UtcDateTime, index=index)


def json_column() -> Any:
    return Field(sa_column=Column(JSON, nullable=False))


def host_text() -> Any:
    return Field(default="", sa_column=Column(HostTextColumn, nullable=False))
