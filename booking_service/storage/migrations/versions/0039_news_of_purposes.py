"""News of a purpose or of the page: sent as messages are, to whose profile meets a rule, and to nobody twice."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("kind", sa.String(), nullable=False, server_default="message"))
    op.add_column("message", sa.Column("among", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "news_told",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.PrimaryKeyConstraint("contact_id", "purpose"),
    )


def downgrade() -> None:
    op.drop_table("news_told")
    op.execute("DELETE FROM message_line WHERE message_id IN (SELECT id FROM message WHERE kind <> 'message')")
    op.execute("DELETE FROM message WHERE kind <> 'message'")
    op.drop_column("message", "among")
    op.drop_column("message", "kind")
