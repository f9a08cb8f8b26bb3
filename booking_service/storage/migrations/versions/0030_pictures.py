"""Pictures of hosts, and the organisation's logo."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picture",
        sa.Column("owner", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_picture_name", "picture", ["name"])
    op.add_column("host", sa.Column("picture", sa.String(), nullable=False, server_default=""))
    op.add_column("organisation", sa.Column("logo", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("organisation", "logo")
    op.drop_column("host", "picture")
    op.drop_table("picture")
