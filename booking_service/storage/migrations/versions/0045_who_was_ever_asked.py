"""Who was ever asked for a purpose, and who confirmed it, is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_QUESTIONS = sa.text("act = 'asked' OR act = 'confirmed'")


def upgrade() -> None:
    op.create_index(
        "ledger_entry_by_question",
        "ledger_entry",
        ["purpose", "act", "contact_id"],
        sqlite_where=_QUESTIONS,
        postgresql_where=_QUESTIONS,
    )


def downgrade() -> None:
    op.drop_index("ledger_entry_by_question", table_name="ledger_entry")
