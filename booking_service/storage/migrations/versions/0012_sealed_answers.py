"""Answers to sensitive questions lie sealed beside the others; those that stand open are sealed by the worker."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MEETINGS = sa.table("meeting_type", sa.column("id", sa.Uuid()), sa.column("choices", sa.JSON()))
_OUTBOX = sa.table(
    "outbox",
    *(sa.column(name, sa.String()) for name in ("key", "kind", "lane", "error")),
    *(sa.column(name, sa.Integer()) for name in ("version", "attempts")),
    sa.column("payload", sa.JSON()),
    sa.column("due_at", sa.DateTime(timezone=True)),
    sa.column("created_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.add_column("booking", sa.Column("sealed", sa.JSON(), nullable=False, server_default="[]"))
    connection, now = op.get_bind(), sa.func.current_timestamp()
    for id, choices in connection.execute(sa.select(_MEETINGS.c.id, _MEETINGS.c.choices)).all():
        if any(each.get("sensitive") for each in choices.get("questions", ())):
            key = f"seal-answers:{id}"
            owed = {"key": key, "kind": "seal-answers", "lane": key, "payload": {"meeting_id": str(id)}}
            rest = {"due_at": now, "created_at": now, "version": 1, "attempts": 0, "error": ""}
            connection.execute(_OUTBOX.insert().values(**owed, **rest))


def downgrade() -> None:
    op.drop_column("booking", "sealed")
