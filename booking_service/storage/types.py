"""Column types that behave alike on SQLite and PostgreSQL."""

import json
from datetime import UTC, datetime

from sqlalchemy import Dialect, types

from ..domain.localized_text import HostText, InLanguages


class UtcDateTime(types.TypeDecorator[datetime]):
    """Aware UTC instants on both engines; SQLite has no zone of its own. Refuses naive values."""

    impl = types.DateTime(timezone=True)
    cache_ok = True

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
    """One text as it is, several languages as a JSON object of them; a text that looks like one is put under "". So are
    texts of before there were languages read as they stand."""

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
