"""Until when the host's word leaves a calendar out."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calendar", sa.Column("left_out_until", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("calendar", "left_out_until")
