"""Of two yeses to calls the latest counts: the person's own newer one, for the number that they have now.

What lists show of such purposes is written down anew by a worker, an hour later: by then no process is left that reads
entries the other way. The gate reads the entries, and so goes by it at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

from booking_service.clock import utc_now
from booking_service.storage.types import UtcDateTime

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

_KIND = "standings"
_REPLACED_WITHIN = timedelta(hours=1)


def upgrade() -> None:
    now = utc_now()
    op.bulk_insert(_outbox(), [_owed(slug, now) for slug in _purposes()])


def downgrade() -> None:
    op.execute(sa.delete(_outbox()).where(sa.column("key").in_([_key(slug) for slug in _purposes()])))


def _purposes() -> Sequence[str]:
    return op.get_bind().execute(sa.text("SELECT slug FROM purpose WHERE kind = 'phone'")).scalars().all()


def _key(slug: str) -> str:
    return f"{_KIND}:{slug}:calls"


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
