"""The second factor: its secret, recovery codes, and browsers in which it is asked for."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("credential", sa.Column("totp", sa.String(), nullable=True))
    op.add_column("credential", sa.Column("totp_set_at", UtcDateTime(), nullable=True))
    op.add_column("credential", sa.Column("totp_step", sa.Integer(), nullable=True))
    op.create_table(
        "recovery_code",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_recovery_code_person_id", "recovery_code", ["person_id"])
    op.create_table(
        "second_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_second_step_person_id", "second_step", ["person_id"])
    op.create_index("ix_second_step_ends_at", "second_step", ["ends_at"])


def downgrade() -> None:
    op.drop_table("second_step")
    op.drop_table("recovery_code")
    op.drop_column("credential", "totp_step")
    op.drop_column("credential", "totp_set_at")
    op.drop_column("credential", "totp")
