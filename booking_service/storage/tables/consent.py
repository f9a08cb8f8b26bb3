"""Contacts, questions to them, their standings, and work in progress. No evidence: that is in `ledger`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Index, LargeBinary, false
from sqlmodel import Field

from ...domain.text import EXPOSED_AT_MOST
from ..types import UtcDateTime
from . import booking  # noqa: F401 - what the foreign keys lead to
from .columns import Row, dialect_index, instant, json_column, maybe_instant


def _when_made(context: Any) -> datetime:
    """Of a row that is new, which SQLAlchemy is about to insert."""
    made_at: datetime = context.get_current_parameters()["made_at"]
    return made_at


class ContactRow(Row, table=True):
    """One mail address or, without one, one phone number. `address_key`: the address in lower case.

    `mailbox`: the mailbox behind it. The marks are keyed hashes of mailbox and number, which stay when these are
    erased. `phone_set_at`: since when it has this number, or none, after having another. `changed_at`: when something
    was last said or written down of the contact; lists are in this order.
    """

    __tablename__ = "contact"
    __table_args__ = (
        dialect_index("one_contact_per_address", "address_key", unique=True, where="address_key <> ''"),
        dialect_index("one_contact_per_phone", "phone", unique=True, where="address_key = '' AND phone <> ''"),
        Index("contact_by_change", "changed_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    address: str = ""
    address_key: str = ""
    mailbox: str = Field(default="", index=True)
    phone: str = Field(default="", index=True)
    name: str = ""
    language: str = ""
    mailbox_mark: str = Field(default="", index=True)
    phone_mark: str = Field(default="", index=True)
    generation: int = 1
    merged_into: UUID | None = Field(default=None, foreign_key="contact.id", index=True)
    made_at: datetime = instant()
    proven_at: datetime | None = maybe_instant()
    stopped_at: datetime | None = maybe_instant()
    erased_at: datetime | None = maybe_instant()
    phone_set_at: datetime | None = maybe_instant()
    changed_at: datetime = Field(
        sa_type=UtcDateTime, sa_column_kwargs={"default": _when_made, "server_default": "1970-01-01 00:00:00.000000"}
    )


class ProfileFieldRow(Row, table=True):
    """A field of profiles; storage/fields.py: ProfileField."""

    __tablename__ = "profile_field"

    id: UUID = Field(primary_key=True)
    slug: str = Field(unique=True)
    labels: dict[str, str] = json_column()
    kind: str = "text"
    personal: bool = True
    sensitive: bool = False
    shown: int = Field(default=EXPOSED_AT_MOST, sa_column_kwargs={"server_default": str(EXPOSED_AT_MOST)})
    purpose: str = ""
    editable: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class ContactValueRow(Row, table=True):
    """The value of a contact's field, or sealed with only `exposed` readable and searchable.

    `set_at`: when it was given; None where unknown. `answered`: on a booking form. `own_at`: the same instant, where it
    was set on the person's own page (an older program sets `set_at` alone, and so ends that).
    """

    __tablename__ = "contact_value"
    __table_args__ = (Index("contact_value_by_exposed", "field_id", "exposed"),)

    contact_id: UUID = Field(primary_key=True, foreign_key="contact.id")
    field_id: UUID = Field(primary_key=True, foreign_key="profile_field.id")
    value: str = ""
    sealed: str = ""
    exposed: str = ""
    locked: bool = False
    set_at: datetime | None = maybe_instant()
    answered: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    own_at: datetime | None = maybe_instant()


class ContactLinkRow(Row, table=True):
    """A link mailed to a contact, by the hash of its token.

    `about`: its questions, purpose or change, and the time zone of its page. `until`: its end; None for none.
    """

    __tablename__ = "contact_link"

    hash: str = Field(primary_key=True)
    contact_id: UUID = Field(foreign_key="contact.id", index=True)
    purpose: str
    generation: int
    about: dict[str, Any] = json_column()
    until: datetime | None = maybe_instant()


class StandingRow(Row, table=True):
    """What stands now, for lists; written with each entry for all contacts concerned. The gate never reads it.

    `stopped_at`: since when all use is stopped, by the contact or one merged with it.
    """

    __tablename__ = "standing"
    __table_args__ = (
        Index("standing_by_purpose", "purpose", "basis", "contact_id"),
        dialect_index("standing_stopped", "purpose", "contact_id", where="stopped_at IS NOT NULL"),
    )

    contact_id: UUID = Field(primary_key=True, foreign_key="contact.id")
    purpose: str = Field(primary_key=True)
    basis: str
    since: datetime | None = maybe_instant()
    question: str = ""
    until: datetime | None = maybe_instant()
    entry_id: UUID | None = None
    stopped_at: datetime | None = maybe_instant()


class QuestionRow(Row, table=True):
    """A question that waits for its answer, and when its next reminder is due. Deleted with the answer."""

    __tablename__ = "question"

    entry_id: UUID = Field(primary_key=True)
    contact_id: UUID = Field(foreign_key="contact.id", index=True)
    purpose: str
    address: str
    language: str = ""
    booking_id: UUID | None = Field(default=None, foreign_key="booking.id", index=True)
    asked_at: datetime = instant()
    until: datetime = instant(index=True)
    mails: int = 0
    mail_at: datetime | None = maybe_instant(index=True)


class BookingTickRow(Row, table=True):
    """A box ticked on a booking's form. `wording`: the text beside it. `entry_id`: its entry; None while it is not
    counted."""

    __tablename__ = "booking_tick"

    booking_id: UUID = Field(primary_key=True, foreign_key="booking.id")
    purpose: str = Field(primary_key=True)
    wording: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    entry_id: UUID | None = Field(default=None, index=True)


class BookingFieldRow(Row, table=True):
    """An answer of a booking that is to be kept in a profile field; storage/booking_fields.py: NotedField."""

    __tablename__ = "booking_field"

    booking_id: UUID = Field(primary_key=True, foreign_key="booking.id")
    question: str = Field(primary_key=True)
    field: str
    given_at: datetime = instant()
    proven_at: datetime | None = maybe_instant()
    left_out: str = Field(default="", sa_column_kwargs={"server_default": ""})
    left_out_at: datetime | None = maybe_instant()


class PendingChangeRow(Row, table=True):
    """What a mailed link would do, until it is pressed or expires; domain/privacy.py: PendingChange."""

    __tablename__ = "pending_change"

    id: UUID = Field(primary_key=True)
    contact_id: UUID = Field(foreign_key="contact.id", index=True)
    what: str
    payload: dict[str, Any] = json_column()
    made_at: datetime = instant()
    until: datetime = instant(index=True)
    done_at: datetime | None = maybe_instant()
    field_id: UUID | None = Field(default=None, index=True)
    value: str = Field(default="", sa_column_kwargs={"server_default": ""})
    sealed: str = Field(default="", sa_column_kwargs={"server_default": ""})


class PrivacyRequestRow(Row, table=True):
    """A wish to be erased, in the staff's queue until it is done. `mode`: whole, or personal fields only."""

    __tablename__ = "privacy_request"

    id: UUID = Field(primary_key=True)
    contact_id: UUID = Field(foreign_key="contact.id", index=True)
    kind: str
    mode: str = ""
    made_at: datetime = instant()
    due_at: datetime = instant(index=True)
    done_at: datetime | None = maybe_instant()
    done_by: str = ""
    delay: str = Field(default="", sa_column_kwargs={"server_default": ""})
    refusal: str = Field(default="", sa_column_kwargs={"server_default": ""})


class ConsentImportRow(Row, table=True):
    """A file of consents being imported: by whom, which file, and what its columns mean."""

    __tablename__ = "consent_import"

    id: UUID = Field(primary_key=True)
    made_at: datetime = instant()
    made_by: str
    name: str
    file_hash: str
    mapping: dict[str, Any] = json_column()
    state: str


class ImportLineRow(Row, table=True):
    """One line of an import, its verdict, and the entry it made."""

    __tablename__ = "import_line"

    import_id: UUID = Field(primary_key=True, foreign_key="consent_import.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    values: dict[str, str] = json_column()
    verdict: str = ""
    entry_id: UUID | None = None


class AskRunRow(Row, table=True):
    """A run that asks a list of contacts for a purpose. `among`: how the list was chosen, without naming anybody."""

    __tablename__ = "ask_run"

    id: UUID = Field(primary_key=True)
    purpose: str
    made_at: datetime = instant()
    made_by: str
    called: str
    among: dict[str, Any] = json_column()
    reason: str = ""
    state: str
    started_at: datetime | None = maybe_instant()
    ended_at: datetime | None = maybe_instant()


class AskLineRow(Row, table=True):
    """One contact of such a run: its verdict, "" before its turn, and the entry that asks."""

    __tablename__ = "ask_line"
    __table_args__ = (Index("ask_line_by_verdict", "run_id", "verdict"),)

    run_id: UUID = Field(primary_key=True, foreign_key="ask_run.id")
    contact_id: UUID = Field(primary_key=True, foreign_key="contact.id")
    verdict: str = ""
    entry_id: UUID | None = None


class MessageRow(Row, table=True):
    """A message to one contact or to all who agreed to a purpose, or news; domain/messages.py: Message."""

    __tablename__ = "message"

    id: UUID = Field(primary_key=True)
    kind: str = Field(default="message", sa_column_kwargs={"server_default": "message"})
    purpose: str
    contact_id: UUID | None = Field(default=None, foreign_key="contact.id", index=True)
    subject: str
    text: str
    made_at: datetime = instant()
    made_by: str
    called: str
    state: str
    left_out: dict[str, int] = json_column()
    among: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )
    queued_at: datetime | None = maybe_instant()
    ended_at: datetime | None = maybe_instant()


class NewsToldRow(Row, table=True):
    """Who was told of a purpose or (`*`) of the preferences page, by which message, so that nobody is told twice."""

    __tablename__ = "news_told"

    contact_id: UUID = Field(primary_key=True, foreign_key="contact.id")
    purpose: str = Field(primary_key=True)
    message_id: UUID
    at: datetime = instant()


class MessageLineRow(Row, table=True):
    """One recipient of a message, the outcome, and why nothing was sent."""

    __tablename__ = "message_line"
    __table_args__ = (Index("message_line_by_outcome", "message_id", "outcome"),)

    message_id: UUID = Field(primary_key=True, foreign_key="message.id")
    contact_id: UUID = Field(primary_key=True, foreign_key="contact.id", index=True)
    outcome: str = ""
    why: str = ""
    ended_at: datetime | None = maybe_instant()


class GateLogRow(Row, table=True):
    """What the gate let through or refused, and the entry on which that rests. Kept for a year."""

    __tablename__ = "gate_log"
    __table_args__ = (Index("gate_log_by_contact", "contact_id", "at"),)

    id: UUID = Field(primary_key=True)
    at: datetime = instant(index=True)
    contact_id: UUID
    use: str
    purpose: str
    passed: bool
    why: str = ""
    entry_id: UUID | None = None


class RevealRow(Row, table=True):
    """Who saw otherwise hidden data: a field, a proof, the vault. Kept for a year. `press`: of a button on a page."""

    __tablename__ = "reveal"
    __table_args__ = (Index("reveal_by_contact", "contact_id", "at"),)

    id: UUID = Field(primary_key=True)
    at: datetime = instant(index=True)
    contact_id: UUID | None = None
    by: str
    what: str
    why: str = ""
    press: str = Field(default="", sa_column_kwargs={"server_default": ""})


class VaultRow(Row, table=True):
    """Sealed evidence about an erased contact, under the mark of a mailbox or number; it can't be browsed."""

    __tablename__ = "vault"

    id: UUID = Field(primary_key=True)
    mark: str = Field(index=True)
    until: datetime = instant(index=True)
    key_id: str
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class FollowUpRow(Row, table=True):
    """A webhook, partner or member of staff that is told of a yes to a purpose, and of its end; where it names none, a webhook that is
    told of bookings and calendars, those of the host it names or of all. The secrets that sign what it gets are sealed."""

    __tablename__ = "follow_up"

    id: UUID = Field(primary_key=True)
    purpose: str = Field(index=True)
    url: str
    secret: str
    old_secret: str = ""
    old_until: datetime | None = maybe_instant()
    made_at: datetime = instant()
    by: str
    audience: str = Field(default="webhook", sa_column_kwargs={"server_default": "webhook"})
    address: str = Field(default="", sa_column_kwargs={"server_default": ""})
    failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    rests_until: datetime | None = maybe_instant()
    taken_until: datetime | None = maybe_instant()
    failing_since: datetime | None = maybe_instant()
    error: str = Field(default="", sa_column_kwargs={"server_default": ""})
    host_id: UUID | None = Field(default=None, index=True)


class FollowUpToldRow(Row, table=True):
    """Who may have been told of a contact, so that they are told of the end too."""

    __tablename__ = "follow_up_told"

    follow_up_id: UUID = Field(primary_key=True, foreign_key="follow_up.id", ondelete="CASCADE")
    contact_id: UUID = Field(primary_key=True, foreign_key="contact.id", index=True)
    at: datetime = instant()


class DisclosureRow(Row, table=True):
    """What a webhook or partner that was taken away had been told of a contact or booking (`subject_id`).

    `until`: when this is deleted; None with its contact.
    """

    __tablename__ = "disclosure"

    id: UUID = Field(primary_key=True)
    subject_id: UUID = Field(index=True)
    receiver: str
    purpose: str
    at: datetime = instant()
    arrived: bool
    until: datetime | None = maybe_instant(index=True)
