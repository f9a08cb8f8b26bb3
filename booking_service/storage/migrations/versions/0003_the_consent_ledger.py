"""Contacts, purposes and the consent ledger, with the guards that keep its evidence as it was written."""

import sqlalchemy as sa
from alembic import op

from booking_service.storage.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("consents", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))

    op.create_table(
        "consent_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("mailbox_mark", sa.String(), nullable=False),
        sa.Column("phone_mark", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("proven_at", UtcDateTime(), nullable=True),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contact_mailbox", "contact", ["mailbox"], unique=False)
    op.create_index("ix_contact_mailbox_mark", "contact", ["mailbox_mark"], unique=False)
    op.create_index("ix_contact_merged_into", "contact", ["merged_into"], unique=False)
    op.create_index("ix_contact_phone", "contact", ["phone"], unique=False)
    op.create_index("ix_contact_phone_mark", "contact", ["phone_mark"], unique=False)
    op.create_index(
        "one_contact_per_address",
        "contact",
        ["address_key"],
        unique=True,
        sqlite_where=sa.text("address_key <> ''"),
        postgresql_where=sa.text("address_key <> ''"),
    )
    op.create_index(
        "one_contact_per_phone",
        "contact",
        ["phone"],
        unique=True,
        sqlite_where=sa.text("address_key = '' AND phone <> ''"),
        postgresql_where=sa.text("address_key = '' AND phone <> ''"),
    )
    op.create_table(
        "gate_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("gate_log_by_contact", "gate_log", ["contact_id", "at"], unique=False)
    op.create_index("ix_gate_log_at", "gate_log", ["at"], unique=False)
    op.create_table(
        "ledger_head",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("anchor", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "ledger_leaf",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("entry_id"),
    )
    op.create_table(
        "ledger_unsealed", sa.Column("entry_id", sa.Uuid(), nullable=False), sa.PrimaryKeyConstraint("entry_id")
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "profile_field",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "purpose",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("doi", sa.String(), nullable=False),
        sa.Column("accepts", sa.String(), nullable=False),
        sa.Column("implied", sa.Boolean(), nullable=True),
        sa.Column("lasts", sa.Integer(), nullable=True),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("reminder_template", sa.String(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "reveal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reveal_at", "reveal", ["at"], unique=False)
    op.create_index("reveal_by_contact", "reveal", ["contact_id", "at"], unique=False)
    op.create_table(
        "vault",
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("mark"),
    )
    op.create_index("ix_vault_until", "vault", ["until"], unique=False)
    op.create_table(
        "wording",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
        sa.UniqueConstraint("purpose", "language", "version", name="one_wording_per_version"),
    )
    op.create_table(
        "contact_value",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("exposed", sa.String(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["profile_field.id"],
        ),
        sa.PrimaryKeyConstraint("contact_id", "field_id"),
    )
    op.create_index("contact_value_by_exposed", "contact_value", ["field_id", "exposed"], unique=False)
    op.create_table(
        "import_line",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["consent_import.id"],
        ),
        sa.PrimaryKeyConstraint("import_id", "number"),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("implied", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("wording", sa.LargeBinary(), nullable=True),
        sa.Column("refers", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.LargeBinary(), nullable=True),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contact_id", "number", name="one_entry_per_number"),
    )
    op.create_table(
        "pending_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_pending_change_contact_id", "pending_change", ["contact_id"], unique=False)
    op.create_index("ix_pending_change_until", "pending_change", ["until"], unique=False)
    op.create_table(
        "privacy_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("done_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_privacy_request_contact_id", "privacy_request", ["contact_id"], unique=False)
    op.create_index("ix_privacy_request_due_at", "privacy_request", ["due_at"], unique=False)
    op.create_table(
        "standing",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("contact_id", "purpose"),
    )
    op.create_index("standing_by_purpose", "standing", ["purpose", "basis", "contact_id"], unique=False)
    op.create_table(
        "ledger_detail",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=True),
        sa.Column("optin_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ledger_entry.id"],
        ),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    op.create_index("ix_ledger_detail_optin_id", "ledger_detail", ["optin_id"], unique=False)
    op.create_index("ledger_detail_by_source", "ledger_detail", ["source", "given_on"], unique=False)
    op.create_table(
        "question",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("mail_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    op.create_index("ix_question_booking_id", "question", ["booking_id"], unique=False)
    op.create_index("ix_question_contact_id", "question", ["contact_id"], unique=False)
    op.create_index("ix_question_mail_at", "question", ["mail_at"], unique=False)
    op.create_index("ix_question_until", "question", ["until"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    raise NotImplementedError("evidence is not thrown away")


# What makes a row the same as one that is there, for INSERT OR REPLACE on SQLite, which passes by the guards of DELETE.
_SAME = {
    "wording": "hash = NEW.hash OR (purpose = NEW.purpose AND language = NEW.language AND version = NEW.version)",
    "ledger_entry": "id = NEW.id OR (contact_id = NEW.contact_id AND number = NEW.number)",
    "ledger_detail": "entry_id = NEW.entry_id",
    "ledger_leaf": "position = NEW.position OR entry_id = NEW.entry_id",
    "ledger_head": "size = NEW.size",
}
_ENTRY_FOLLOWS = (
    "(NEW.number = 1 AND length(NEW.previous) = 0) OR EXISTS (SELECT 1 FROM ledger_entry AS before "
    "WHERE before.contact_id = NEW.contact_id AND before.number = NEW.number - 1 AND before.hash = NEW.previous "
    "AND before.at <= NEW.at)"
)
_DETAIL_IS_LET_GO = (
    "EXISTS (SELECT 1 FROM ledger_entry AS own JOIN ledger_entry AS later ON later.contact_id = own.contact_id "
    "AND later.number > own.number WHERE own.id = OLD.entry_id AND later.act IN ('erased', 'forgotten'))"
)
_ANCHOR_IS_FILLED = (
    "OLD.anchor IS NULL AND NEW.anchor IS NOT NULL AND NEW.size = OLD.size AND NEW.root = OLD.root "
    "AND NEW.frontier = OLD.frontier AND NEW.at = OLD.at"
)
_UPDATES = {"ledger_head": _ANCHOR_IS_FILLED}
_DELETES = {"ledger_detail": _DETAIL_IS_LET_GO}


def _guard_sqlite() -> None:
    for table, same in _SAME.items():
        _sqlite_trigger(table, "no_update", "UPDATE", f"NOT ({_UPDATES.get(table, '0')})")
        _sqlite_trigger(table, "no_delete", "DELETE", f"NOT ({_DELETES.get(table, '0')})")
        _sqlite_trigger(table, "no_replace", "INSERT", f"EXISTS (SELECT 1 FROM {table} WHERE {same})")
    _sqlite_trigger("ledger_entry", "follows", "INSERT", f"NOT ({_ENTRY_FOLLOWS})")


def _sqlite_trigger(table: str, name: str, event: str, refused: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} WHEN {refused} "
        f"BEGIN SELECT RAISE(ABORT, '{table}_{name}'); END"
    )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION USING MESSAGE = TG_NAME, ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in _SAME:
        _postgresql_trigger(table, "no_update", "UPDATE", unless=_UPDATES.get(table))
        _postgresql_trigger(table, "no_delete", "DELETE", let=_DELETES.get(table))
        _postgresql_trigger(table, "no_truncate", "TRUNCATE")
    _postgresql_trigger("ledger_entry", "follows", "INSERT", let=_ENTRY_FOLLOWS)


def _postgresql_trigger(
    table: str, name: str, event: str, *, unless: str | None = None, let: str | None = None
) -> None:
    """`unless` looks at the row alone; `let` asks the table, which only a function can. ALWAYS: also while replicating."""
    function, row = "ledger_refuses", "STATEMENT" if event == "TRUNCATE" else "ROW"
    if let is not None:
        function, kept = f"{table}_{name}", "NEW" if event == "INSERT" else "OLD"
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NOT ({let}) THEN RAISE EXCEPTION USING MESSAGE = TG_NAME, ERRCODE = 'integrity_constraint_violation'; "
            f"END IF; RETURN {kept}; END $$"
        )
    when = f"WHEN (NOT ({unless}))" if unless else ""
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH {row} {when} EXECUTE FUNCTION {function}()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}")
