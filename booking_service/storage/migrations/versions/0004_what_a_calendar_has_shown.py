"""What a calendar has shown of our writes, and which of our PUTs an event goes back to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reservation", sa.Column("unshown", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("reservation", sa.Column("run", sa.String(), nullable=True))
    condition = sa.text("unshown > 0")
    op.create_index(
        "reservation_unshown", "reservation", ["calendar_id"], sqlite_where=condition, postgresql_where=condition
    )


def downgrade() -> None:
    op.drop_index("reservation_unshown", "reservation")
    op.drop_column("reservation", "run")
    op.drop_column("reservation", "unshown")
