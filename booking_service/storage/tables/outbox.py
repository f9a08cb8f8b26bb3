"""The effects that are owed."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from .columns import Row, instant, json_column, maybe_instant

_OPEN = text("done_at IS NULL")
_DONE = text("done_at IS NOT NULL")
_BY_BEGINNING = {"lane": "varchar_pattern_ops"}


class OutboxRow(Row, table=True):
    """An effect to perform. `key` names it once for all: adding it again wakes it rather than doubling it.

    `lane`: effects of one lane are performed one after the other. `version` rises whenever it is woken, so that a
    performer that settles an older one does not put the new one to sleep.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "outbox_due",
            "due_at",
            sqlite_where=text("done_at IS NULL AND dead_at IS NULL"),
            postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
        ),
        Index("outbox_open", "lane", sqlite_where=_OPEN, postgresql_where=_OPEN, postgresql_ops=_BY_BEGINNING),
        Index("outbox_done", "kind", "done_at", sqlite_where=_DONE, postgresql_where=_DONE),
        Index("ix_outbox_lane", "lane", postgresql_ops=_BY_BEGINNING),
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
