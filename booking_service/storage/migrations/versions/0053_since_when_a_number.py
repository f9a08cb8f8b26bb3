"""Since when a contact has its number, where it had another one before."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("phone_set_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("contact", "phone_set_at")
