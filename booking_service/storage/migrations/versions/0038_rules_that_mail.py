"""What follows from an answer may also be a mail, to a partner or to staff."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("audience", sa.String(), nullable=False, server_default="webhook"))
    op.add_column("follow_up", sa.Column("address", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("follow_up", "address")
    op.drop_column("follow_up", "audience")
