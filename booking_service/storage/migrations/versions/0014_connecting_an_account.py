"""How far a host is who connects a calendar account on a page."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connecting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("failure_text", sa.String(), nullable=False),
        sa.Column("account_url", sa.String(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("choice", sa.JSON(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["host_id"], ["host.id"]),
        sa.ForeignKeyConstraint(["target_id"], ["calendar.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("host_id"),
    )


def downgrade() -> None:
    op.drop_table("connecting")
