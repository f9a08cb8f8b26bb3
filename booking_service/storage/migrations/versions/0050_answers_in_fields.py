"""Which answers of a booking are kept in fields of the profile as well, and since when a field says what it says."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact_value", sa.Column("set_at", UtcDateTime(), nullable=True))
    op.add_column("contact_value", sa.Column("answered", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "booking_field",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("proven_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"]),
        sa.PrimaryKeyConstraint("booking_id", "question"),
    )


def downgrade() -> None:
    op.drop_table("booking_field")
    op.drop_column("contact_value", "answered")
    op.drop_column("contact_value", "set_at")
