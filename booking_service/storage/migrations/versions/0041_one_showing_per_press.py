"""By which press a hidden value was shown, so that sending the same one again shows nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reveal", sa.Column("press", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("reveal", "press")
