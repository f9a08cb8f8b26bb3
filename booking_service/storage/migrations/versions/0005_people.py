"""People who sign in: one for each host, what they asked for, and where they are signed in."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from booking_service.clock import utc_now
from booking_service.storage.types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    person = op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["host_id"], ["host.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email_key"),
        sa.UniqueConstraint("host_id"),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("onwards", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_sign_in_asked_at", "sign_in", ["asked_at"], unique=False)
    op.create_index("ix_sign_in_person_id", "sign_in", ["person_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("proved_at", UtcDateTime(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_session_person_id", "session", ["person_id"], unique=False)
    op.create_index("ix_session_seen_at", "session", ["seen_at"], unique=False)
    _one_for_each_host(person)


def _one_for_each_host(person: sa.Table) -> None:
    """Of hosts with equal addresses the first by name becomes the person; `check` names the rest."""
    host = sa.table(
        "host",
        *(sa.column(name, sa.String()) for name in ("slug", "name", "email", "zone", "language")),
        sa.column("id", sa.Uuid()),
    )
    rows = op.get_bind().execute(sa.select(host).order_by(host.c.slug)).mappings()
    people: dict[str, dict[str, object]] = {}
    for row in rows:
        key = row["email"].lower()
        made = {name: row[name] for name in ("email", "name", "zone", "language")}
        made |= {"id": uuid4(), "email_key": key, "host_id": row["id"], "created_at": utc_now()}
        people.setdefault(key, made | {"roles": ["host"], "permissions": []})
    if people:
        op.bulk_insert(person, list(people.values()))


def downgrade() -> None:
    op.drop_table("session")
    op.drop_table("sign_in")
    op.drop_table("person")
