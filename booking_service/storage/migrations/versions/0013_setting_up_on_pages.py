"""What is set up on pages: deleted meeting types stay for their bookings, changes say that a page made them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meeting_type", sa.Column("deleted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("change", sa.Column("page", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("change", "page")
    op.drop_column("meeting_type", "deleted")
