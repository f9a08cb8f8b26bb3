"""What staff decided about a wish to be erased: why it was put off, or refused."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("privacy_request", sa.Column("delay", sa.String(), nullable=False, server_default=""))
    op.add_column("privacy_request", sa.Column("refusal", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("privacy_request", "refusal")
    op.drop_column("privacy_request", "delay")
