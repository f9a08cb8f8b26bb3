"""Why an answer of a booking form does not stand in the field of the profile that its form named."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booking_field", sa.Column("left_out", sa.String(), nullable=False, server_default=""))
    op.add_column("booking_field", sa.Column("left_out_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("booking_field", "left_out_at")
    op.drop_column("booking_field", "left_out")
