"""By indexes of their own: what is open of the outbox, where what was done stays as long as its booking; lanes by how they begin;
and objects of calendars that could not be read whole."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_OPEN = sa.text("done_at IS NULL")
_WARNED = sa.text("warning <> ''")
_BY_BEGINNING = {"lane": "varchar_pattern_ops"}


def upgrade() -> None:
    op.create_index(
        "outbox_open", "outbox", ["lane"], sqlite_where=_OPEN, postgresql_where=_OPEN, postgresql_ops=_BY_BEGINNING
    )
    op.create_index(
        "calendar_object_warned", "calendar_object", ["calendar_id"], sqlite_where=_WARNED, postgresql_where=_WARNED
    )
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_outbox_lane", "outbox")
        op.create_index("ix_outbox_lane", "outbox", ["lane"], postgresql_ops=_BY_BEGINNING)


def downgrade() -> None:
    op.drop_index("outbox_open", "outbox")
    op.drop_index("calendar_object_warned", "calendar_object")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_outbox_lane", "outbox")
        op.create_index("ix_outbox_lane", "outbox", ["lane"])
