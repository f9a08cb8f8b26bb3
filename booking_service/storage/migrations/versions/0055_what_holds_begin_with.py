"""What the title of a held time begins with in a host's calendar, as they choose it."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("host", sa.Column("hold_mark", sa.String(), nullable=False, server_default="⏳"))


def downgrade() -> None:
    op.drop_column("host", "hold_mark")
