"""Every table. Migrations make them (storage/migrations); a test holds the two against each other on both databases.

All ids are UUIDs of ours, all instants aware UTC. A row of `stretch` is what excludes others from a host's time: its
constraint (PostgreSQL) or trigger (SQLite) is in the first migration, as neither can be said in a portable way.
"""

from . import (
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
    setup,
    statistics,
)

__all__ = [
    "access",
    "audit",
    "booking",
    "calendar",
    "consent",
    "ledger",
    "mail_log",
    "mail_text",
    "operations",
    "outbox",
    "people",
    "picture",
    "setup",
    "statistics",
]
