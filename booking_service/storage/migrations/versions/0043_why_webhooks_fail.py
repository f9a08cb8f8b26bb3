"""A webhook that fails says since when and why."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("failing_since", UtcDateTime()))
    op.add_column("follow_up", sa.Column("error", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("follow_up", "error")
    op.drop_column("follow_up", "failing_since")
