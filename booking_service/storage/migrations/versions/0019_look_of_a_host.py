"""The colour of a host's pages, and what they begin with."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import HostTextColumn

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("host", sa.Column("accent", sa.String(), nullable=False, server_default=""))
    op.add_column("host", sa.Column("welcome", HostTextColumn(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("host", "welcome")
    op.drop_column("host", "accent")
