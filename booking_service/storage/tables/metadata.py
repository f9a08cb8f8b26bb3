"""All tables at once, for comparisons with a database and searches over all of them."""

from sqlmodel import SQLModel

from . import (  # noqa: F401 - each adds its tables
    access,
    audit,
    booking,
    calendar,
    consent,
    ledger,
    mail_log,
    mail_text,
    operations,
    outbox,
    people,
    picture,
    purpose,
    setup,
    statistics,
)

METADATA = SQLModel.metadata

for _table in METADATA.tables.values():
    for _index in _table.indexes:
        _index.dialect_kwargs.update(_index.info)
