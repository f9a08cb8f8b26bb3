"""Which boxes were ticked on the form of a booking, and the entries that they came to."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "booking_tick",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("wording", sa.LargeBinary(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"]),
        sa.PrimaryKeyConstraint("booking_id", "purpose"),
    )
    op.create_index("ix_booking_tick_entry_id", "booking_tick", ["entry_id"])


def downgrade() -> None:
    op.drop_table("booking_tick")
