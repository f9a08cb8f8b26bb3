"""Another time that the host of a booking offers its invitee."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booking", sa.Column("offered_starts_at", UtcDateTime(), nullable=True))
    op.add_column("booking", sa.Column("offered_ends_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("booking", "offered_ends_at")
    op.drop_column("booking", "offered_starts_at")
