"""Webhooks that are told of bookings and calendars: those of a host, or of all."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("host_id", sa.Uuid(), nullable=True))
    op.create_index("ix_follow_up_host_id", "follow_up", ["host_id"])


def downgrade() -> None:
    """The program before knows no webhook without a purpose: it is told nothing more."""
    op.execute("DELETE FROM follow_up WHERE purpose = ''")
    op.drop_index("ix_follow_up_host_id", table_name="follow_up")
    op.drop_column("follow_up", "host_id")
