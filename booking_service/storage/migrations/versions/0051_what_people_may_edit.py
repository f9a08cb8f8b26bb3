"""Which fields people may change on their own page, what they want there until their mailbox has confirmed it, and that they set it."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("profile_field", sa.Column("editable", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("contact_value", sa.Column("own_at", UtcDateTime(), nullable=True))
    op.add_column("pending_change", sa.Column("field_id", sa.Uuid(), nullable=True))
    op.create_index("ix_pending_change_field_id", "pending_change", ["field_id"])
    op.add_column("pending_change", sa.Column("value", sa.String(), nullable=False, server_default=""))
    op.add_column("pending_change", sa.Column("sealed", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("pending_change", "sealed")
    op.drop_column("pending_change", "value")
    op.drop_index("ix_pending_change_field_id", "pending_change")
    op.drop_column("pending_change", "field_id")
    op.drop_column("contact_value", "own_at")
    op.drop_column("profile_field", "editable")
