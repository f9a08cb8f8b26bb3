"""How much of a sensitive field of contacts may be seen is said for each field."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("profile_field", sa.Column("shown", sa.Integer(), nullable=False, server_default="4"))


def downgrade() -> None:
    op.drop_column("profile_field", "shown")
