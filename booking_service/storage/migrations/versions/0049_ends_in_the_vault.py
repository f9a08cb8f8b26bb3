"""What is kept of erased people under one mailbox or number goes piece by piece, each at its own time."""

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_COLUMNS = ("mark", "until", "key_id", "sealed")


def upgrade() -> None:
    kept = _emptied()
    made = _made(sa.Column("id", sa.Uuid(), nullable=False), sa.PrimaryKeyConstraint("id"))
    op.create_index("ix_vault_mark", "vault", ["mark"])
    op.bulk_insert(made, [{"id": uuid.uuid4(), **each} for each in kept])


def downgrade() -> None:
    """Of each mark what is kept longest: there was room for one."""
    op.drop_index("ix_vault_mark", table_name="vault")
    longest = {each["mark"]: each for each in sorted(_emptied(), key=lambda each: each["until"])}
    op.bulk_insert(_made(sa.PrimaryKeyConstraint("mark")), list(longest.values()))


def _emptied() -> list[dict[str, Any]]:
    """What the table holds, which is dropped."""
    table = sa.table(
        "vault",
        sa.column("mark", sa.String()),
        sa.column("until", UtcDateTime()),
        sa.column("key_id", sa.String()),
        sa.column("sealed", sa.LargeBinary()),
    )
    rows = op.get_bind().execute(sa.select(table)).all()
    op.drop_index("ix_vault_until", table_name="vault")
    op.drop_table("vault")
    return [dict(zip(_COLUMNS, each, strict=True)) for each in rows]


def _made(*more: sa.schema.SchemaItem) -> sa.Table:
    made = op.create_table(
        "vault",
        *more,
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_vault_until", "vault", ["until"])
    return made
