"""Who did what: the audit log."""

from datetime import datetime

from sqlmodel import Field

from .columns import Row, instant


class AuditRow(Row, table=True):
    """One act; append-only. `by` and `about`: names at that time, which outlast people. `network`: masked. No
    secrets."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = instant(index=True)
    act: str
    by: str
    about: str = ""
    before: str = ""
    after: str = ""
    reason: str = ""
    agent: str = ""
    network: str = ""
