"""What the tables share: what a row is made of, and columns."""

from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field, SQLModel

from ..types import HostTextColumn, UtcDateTime


class Row(SQLModel):
    """Of a table. SQLModel validates none, so the validators that Pydantic would build of each at the start are left out."""

    model_config = {"defer_build": True}


def dialect_index(name: str, *columns: str, unique: bool = False, where: str = "", by_beginning: str = "") -> Index:
    """An index with what only a dialect has a word for: of the rows `where` that holds, of a column that is looked for
    `by_beginning`. What they call it waits in `info` for who compares tables with a database (`metadata`), as SQLAlchemy
    imports each dialect that is named, also the one that is not used."""
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
