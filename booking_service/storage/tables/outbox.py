"""The effects that are owed."""

from datetime import datetime

from sqlmodel import Field

from .columns import Row, dialect_index, instant, json_column, maybe_instant


class OutboxRow(Row, table=True):
    """An effect to perform. `key` identifies it for good: adding it again wakes it instead.

    `lane`: effects of one lane are performed one after the other. `version`: rises whenever it is woken, so that
    settling an older version does not end the new one.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        dialect_index("outbox_due", "due_at", where="done_at IS NULL AND dead_at IS NULL"),
        dialect_index("outbox_open", "lane", where="done_at IS NULL", by_beginning="lane"),
        dialect_index("outbox_done", "kind", "done_at", where="done_at IS NOT NULL"),
        dialect_index("ix_outbox_lane", "lane", by_beginning="lane"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    lane: str
    payload: dict[str, str] = json_column()
    due_at: datetime = instant()
    created_at: datetime = instant()
    version: int = 1
    attempts: int = 0
    leased_until: datetime | None = maybe_instant()
    done_at: datetime | None = maybe_instant()
    dead_at: datetime | None = maybe_instant()
    error: str = ""
