"""When something was last said, or written down, of a contact: lists have them in that order.

A contact that a program of before makes beside this stands at the end of lists until something of it changes.
"""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_LATER = (
    "contact SET changed_at = phone_set_at WHERE phone_set_at > changed_at",
    *(
        f"""contact SET changed_at = (SELECT max({at}) FROM {table} WHERE contact_id = contact.id{of_these})
            WHERE EXISTS (SELECT 1 FROM {table} WHERE contact_id = contact.id{of_these} AND {at} > contact.changed_at)"""
        for table, at, of_these in (
            ("ledger_entry", "at", " AND act NOT IN ('mailed', 'used', 'forgotten')"),
            ("contact_value", "set_at", ""),
        )
    ),
)


def upgrade() -> None:
    never = "1970-01-01 00:00:00.000000"
    op.add_column("contact", sa.Column("changed_at", UtcDateTime(), nullable=False, server_default=never))
    op.execute("UPDATE contact SET changed_at = made_at")
    for each in _LATER:
        op.execute(f"UPDATE {each}")
    op.create_index("contact_by_change", "contact", ["changed_at", "id"])


def downgrade() -> None:
    op.drop_index("contact_by_change", table_name="contact")
    op.drop_column("contact", "changed_at")
