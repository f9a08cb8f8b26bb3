"""Where a second copy of an event may stand while it is taken to another calendar."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reservation", sa.Column("copy_calendar_id", sa.Uuid(), nullable=True))
    op.add_column("reservation", sa.Column("copy_href", sa.String(), server_default="", nullable=False))
    op.add_column("reservation", sa.Column("copy_etag", sa.String(), nullable=True))


def downgrade() -> None:
    for name in ("copy_etag", "copy_href", "copy_calendar_id"):
        op.drop_column("reservation", name)
