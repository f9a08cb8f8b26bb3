"""What lists show knows of a stop of all use, also of who is the same person.

What contacts stopped themselves is copied at once, as lists showed that. What each purpose's lists show is written down anew by a
worker, an hour later: by then no process is left that knows no such column.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

from booking_service.clock import utc_now
from booking_service.storage.types import UtcDateTime

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_KIND = "standings"
_REPLACED_WITHIN = timedelta(hours=1)
_STOPPED = sa.text("stopped_at IS NOT NULL")
_OWN_STOPS = """UPDATE standing SET stopped_at = (SELECT contact.stopped_at FROM contact WHERE contact.id = standing.contact_id)
    WHERE contact_id IN (SELECT id FROM contact WHERE stopped_at IS NOT NULL)"""


def upgrade() -> None:
    op.add_column("standing", sa.Column("stopped_at", UtcDateTime(), nullable=True))
    op.create_index(
        "standing_stopped", "standing", ["purpose", "contact_id"], sqlite_where=_STOPPED, postgresql_where=_STOPPED
    )
    op.execute(_OWN_STOPS)
    now = utc_now()
    op.bulk_insert(_outbox(), [_owed(slug, now) for slug in _purposes()])


def downgrade() -> None:
    op.execute(sa.delete(_outbox()).where(sa.column("key").in_([_key(slug) for slug in _purposes()])))
    op.drop_index("standing_stopped", table_name="standing")
    op.drop_column("standing", "stopped_at")


def _purposes() -> Sequence[str]:
    return op.get_bind().execute(sa.text("SELECT slug FROM purpose")).scalars().all()


def _key(slug: str) -> str:
    return f"{_KIND}:{slug}:stops"


def _owed(slug: str, now: datetime) -> dict[str, object]:
    return {
        "key": _key(slug),
        "kind": _KIND,
        "lane": f"{_KIND}:{slug}",
        "payload": {"purpose": slug},
        "due_at": now + _REPLACED_WITHIN,
        "created_at": now,
        "version": 1,
        "attempts": 0,
        "error": "",
    }


def _outbox() -> sa.TableClause:
    return sa.table(
        "outbox",
        *(sa.column(name, sa.String()) for name in ("key", "kind", "lane", "error")),
        *(sa.column(name, UtcDateTime()) for name in ("due_at", "created_at")),
        *(sa.column(name, sa.Integer()) for name in ("version", "attempts")),
        sa.column("payload", sa.JSON()),
    )
