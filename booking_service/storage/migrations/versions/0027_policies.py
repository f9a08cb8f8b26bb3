"""What the organisation decides for everybody, and why somebody changed what is set up."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("policies", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("change", sa.Column("reason", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("change", "reason")
    op.drop_column("organisation", "policies")
