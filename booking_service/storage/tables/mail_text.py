"""What hosts and the organisation write in place of the usual mails, and which of it is in use."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from .columns import Row, instant


class MailTextRow(Row, table=True):
    """One version of a text in one language; append-only. `owner`: a host's id, or the nil UUID for the
    organisation."""

    __tablename__ = "mail_text"
    __table_args__ = (UniqueConstraint("owner", "kind", "name", "language", "version", name="one_text_per_version"),)

    id: int | None = Field(default=None, primary_key=True)
    owner: UUID
    kind: str
    name: str
    language: str
    version: int
    subject: str
    text: str
    at: datetime = instant()
    by: str


class MailTextChoiceRow(Row, table=True):
    """The text that a kind of mail has, for a host or the organisation. `of`: its owner; an empty name: the usual
    text."""

    __tablename__ = "mail_text_choice"

    owner: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    of: UUID
    name: str
