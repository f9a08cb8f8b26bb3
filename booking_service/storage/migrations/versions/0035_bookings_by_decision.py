"""What came into its state of late is counted without a look at all that was ever booked."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("booking_by_decision", "booking", ["decided_at", "state"])


def downgrade() -> None:
    op.drop_index("booking_by_decision", "booking")
