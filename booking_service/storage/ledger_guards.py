"""The triggers that keep the ledger append-only, made by a migration; nothing else makes them."""

from sqlalchemy import text
from sqlmodel import Session

_TABLES = ("wording", "ledger_entry", "ledger_detail", "ledger_leaf", "ledger_head")
_ONLY_HERE = {"sqlite": "no_replace", "postgresql": "no_truncate"}
_STANDING = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'",
}


def missing(session: Session) -> list[str]:
    """The names of guards that are missing or switched off."""
    dialect = session.get_bind().dialect.name
    each = ("no_update", "no_delete", _ONLY_HERE[dialect])
    wanted = [f"{table}_{guard}" for table in _TABLES for guard in each] + ["ledger_entry_follows"]
    standing = set(session.connection().execute(text(_STANDING[dialect])).scalars())
    found = [name for name in wanted if name not in standing]
    if dialect == "sqlite" and not session.connection().exec_driver_sql("PRAGMA recursive_triggers").scalar():
        found.append("recursive_triggers")
    return found
