"""The colour of the organisation, for the button of its mails."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("accent", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("organisation", "accent")
