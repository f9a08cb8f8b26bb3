"""Since when nobody is a host any more."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("host", sa.Column("left_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("host", "left_at")
