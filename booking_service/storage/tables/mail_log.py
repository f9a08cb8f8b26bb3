"""Who was sent what: the mail log."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from .columns import Row, instant


class MailLogRow(Row, table=True):
    """One mail and its latest try. `outbox_id`: its effect, by which the next try finds this row.

    `booking_id`, `contact_id`: only so that the row is deleted when the booking or contact is erased.
    """

    __tablename__ = "mail_log"
    __table_args__ = (Index("mail_log_by_time", "at", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = instant()
    kind: str
    address: str
    outcome: str
    answer: str
    tries: int
    message_id: str
    outbox_id: int = Field(index=True)
    booking_id: UUID | None = Field(default=None, index=True)
    contact_id: UUID | None = Field(default=None, index=True)
