"""A webhook is told one thing at a time, and rests while it fails."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("follow_up", sa.Column("rests_until", UtcDateTime()))
    op.add_column("follow_up", sa.Column("taken_until", UtcDateTime()))


def downgrade() -> None:
    for column in ("taken_until", "rests_until", "failures"):
        op.drop_column("follow_up", column)
