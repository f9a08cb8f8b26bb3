"""Lists of a host's bookings in one state, read in the order of time, however many others there are."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("booking_by_host_state_and_time", "booking", ["host_id", "state", "starts_at"])


def downgrade() -> None:
    op.drop_index("booking_by_host_state_and_time", "booking")
