"""Column types that behave the same on SQLite and PostgreSQL."""

import json
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, SafeUUID

from sqlalchemy import ColumnElement, Dialect, type_coerce, types
from sqlalchemy.sql.operators import OperatorType

from ..domain.localized_text import HostText, InLanguages


class UtcDateTime(types.TypeDecorator[datetime]):
    """Aware UTC instants on both databases, as SQLite has no time zones. Refuses naive values."""

    impl = types.DateTime(timezone=True)
    cache_ok = True

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> Any:
        """Subtracting a duration does not make that an instant."""
        return types.Interval() if isinstance(value, timedelta) else self

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"refusing to store the naive datetime {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class HostTextColumn(types.TypeDecorator[HostText]):
    """A text as it is, or several languages as a JSON object; a single text that looks like one is stored under "".

    Texts from before there were languages are read as they stand.
    """

    impl = types.String
    cache_ok = True

    def process_bind_param(self, value: HostText | None, dialect: Dialect) -> str | None:
        if value is None or (isinstance(value, str) and not value.startswith("{")):
            return value
        written = {"": value} if isinstance(value, str) else host_text_to_json(value)
        return json.dumps(written, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> HostText | None:
        if value is None or not value.startswith("{"):
            return value
        try:
            kept = json.loads(value)
        except ValueError:
            return value
        return kept[""] if "" in kept else host_text_from_json(kept)


def host_text_to_json(text: HostText) -> str | dict[str, str]:
    return text if isinstance(text, str) else dict(text.versions)


def host_text_from_json(kept: str | dict[str, str]) -> HostText:
    return kept if isinstance(kept, str) else InLanguages(tuple(kept.items()))


def as_kept(column: Any) -> ColumnElement[Any]:
    """A column as the driver returns it, without its type, which costs several times the row where many are read.

    SQLite's texts are read by `kept_id`, `kept_instant` and `kept_date`.
    """
    return type_coerce(column, types.NullType()).label(column.key)


_WHOLE = len("2030-01-01 00:00:00.000000")


_NEW, _UNKNOWN = UUID.__new__, SafeUUID.unknown
_PUT_INT, _PUT_IS_SAFE = UUID.__dict__["int"].__set__, UUID.__dict__["is_safe"].__set__


@lru_cache(maxsize=4096)  # an id repeats in consecutive rows: a contact's in its whole chain
def kept_id(value: Any) -> UUID:
    return new_kept_id(value)


def new_kept_id(value: Any) -> UUID:
    """As `kept_id` for an id that occurs once; filled without `UUID(value)`, which takes twice as long.

    A million of them are read when a ledger is verified.
    """
    if not isinstance(value, str):
        kept: UUID = value
        return kept
    read = _NEW(UUID)
    _PUT_INT(read, int(value, 16))
    _PUT_IS_SAFE(read, _UNKNOWN)
    return read


def kept_instant(value: Any) -> datetime:
    if not isinstance(value, str):
        read: datetime = value.astimezone(UTC)
        return read
    if len(value) == _WHOLE:  # as we always write it
        return datetime.fromisoformat(f"{value}+00:00")
    read = datetime.fromisoformat(value)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def bare_id(id: UUID | None, dialect: str) -> Any:
    """As the driver takes it, and `kept_id` reads it."""
    return id.hex if id is not None and dialect == "sqlite" else id


@lru_cache(maxsize=64)  # rows written together have one instant
def bare_instant(at: datetime, dialect: str) -> Any:
    """As the driver takes it, and `kept_instant` reads it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if dialect == "sqlite" else at


def kept_date(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
