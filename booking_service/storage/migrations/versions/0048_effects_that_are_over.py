"""Effects that are done, by their kind and since when: some are forgotten after a while."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_DONE = sa.text("done_at IS NOT NULL")


def upgrade() -> None:
    op.create_index("outbox_done", "outbox", ["kind", "done_at"], sqlite_where=_DONE, postgresql_where=_DONE)


def downgrade() -> None:
    op.drop_index("outbox_done", "outbox")
