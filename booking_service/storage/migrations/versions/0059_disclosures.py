"""Whom webhooks and partners that were taken away had been told of."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("arrived", sa.Boolean(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
    )
    op.create_index("ix_disclosure_subject_id", "disclosure", ["subject_id"])
    op.create_index("ix_disclosure_until", "disclosure", ["until"])


def downgrade() -> None:
    op.drop_table("disclosure")
