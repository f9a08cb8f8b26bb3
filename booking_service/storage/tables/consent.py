"""Contacts, what may be asked of them, what holds now, and the work on it. Evidence stands in `ledger`; nothing here is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Index, LargeBinary, false
from sqlmodel import Field

from ...domain.text import EXPOSED_AT_MOST
from . import booking  # noqa: F401 - what the foreign keys lead to
from .columns import Row, dialect_index, instant, json_column, maybe_instant


class ContactRow(Row, table=True):
    """One mail address or, without one, one phone number. `address_key` is the address in lower case, `mailbox` the mailbox
    behind it; the marks are keyed hashes of mailbox and number, which stay when these are erased. `phone_set_at`: since when it has
    this number, or none, where it had another one before."""

    __tablename__ = "contact"
    __table_args__ = (
        dialect_index("one_contact_per_address", "address_key", unique=True, where="address_key <> ''"),
        dialect_index("one_contact_per_phone", "phone", unique=True, where="address_key = '' AND phone <> ''"),
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


class ProfileFieldRow(Row, table=True):
    """A field of contacts' profiles. `personal`: emptied with what identifies a person; `sensitive`: sealed, and never again
    not; `shown`: how many characters at the end of a sealed value may be seen; `purpose`: what allows us to keep it; `editable`:
    people may change it on their own page."""

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
    """What stands in a field of a contact: the value, or sealed with only `exposed` of it to be seen and searched. `set_at`: since
    when it counts, None of before that was written down; `answered`: that they gave it on a booking form; `own_at`: the same instant where they set it on
    their own page (a program that does not know it sets `set_at` alone, by which this is over)."""

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
    """A link that was mailed to a contact, by the hash of its token. `about`: the questions, the purpose or the change that
    it is for, and the time zone its page is read in. `until`: when it ends; None where it does not."""

    __tablename__ = "contact_link"

    hash: str = Field(primary_key=True)
    contact_id: UUID = Field(foreign_key="contact.id", index=True)
    purpose: str
    generation: int
    about: dict[str, Any] = json_column()
    until: datetime | None = maybe_instant()


class StandingRow(Row, table=True):
    """What holds now, for lists: written with each entry for all whom it concerns. The gate never reads it. `stopped_at`: since when
    nothing is used any more, whoever of those merged with the contact said so."""

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
    """A box that was ticked on the form of a booking, with the text beside it. `entry_id`: the entry that it came to, None while
    it is not counted, or can't be."""

    __tablename__ = "booking_tick"

    booking_id: UUID = Field(primary_key=True, foreign_key="booking.id")
    purpose: str = Field(primary_key=True)
    wording: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    entry_id: UUID | None = Field(default=None, index=True)


class BookingFieldRow(Row, table=True):
    """An answer that the form of a booking said is kept in a field of the profile as well. `proven_at`: when whoever reads that
    mailbox confirmed the booking, None until then. `left_out`: why it did not come to stand there when that was looked at,
    `left_out_at`; "" where it did, or nobody looked yet."""

    __tablename__ = "booking_field"

    booking_id: UUID = Field(primary_key=True, foreign_key="booking.id")
    question: str = Field(primary_key=True)
    field: str
    given_at: datetime = instant()
    proven_at: datetime | None = maybe_instant()
    left_out: str = Field(default="", sa_column_kwargs={"server_default": ""})
    left_out_at: datetime | None = maybe_instant()


class PendingChangeRow(Row, table=True):
    """What a mailed link would do, until it is pressed or its time is over. Of a change of a field: which, and what is to stand
    there, sealed where the field is sensitive."""

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
    """A wish to see or to erase one's data, in the staff's queue until it is done. `mode`: whole, or personal fields only."""

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
    """A file of consents on its way in: who brought it, which file, and what its columns mean."""

    __tablename__ = "consent_import"

    id: UUID = Field(primary_key=True)
    made_at: datetime = instant()
    made_by: str
    name: str
    file_hash: str
    mapping: dict[str, Any] = json_column()
    state: str


class ImportLineRow(Row, table=True):
    """One line of it, what would come or came of it, and the entry it made."""

    __tablename__ = "import_line"

    import_id: UUID = Field(primary_key=True, foreign_key="consent_import.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    values: dict[str, str] = json_column()
    verdict: str = ""
    entry_id: UUID | None = None


class AskRunRow(Row, table=True):
    """A list of contacts that staff have asked for a purpose. `among`: how the list came about, without anybody in it."""

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
    """One contact of it; what came of it, "" while its turn has not come; and the entry that asks."""

    __tablename__ = "ask_line"
    __table_args__ = (Index("ask_line_by_verdict", "run_id", "verdict"),)

    run_id: UUID = Field(primary_key=True, foreign_key="ask_run.id")
    contact_id: UUID = Field(primary_key=True, foreign_key="contact.id")
    verdict: str = ""
    entry_id: UUID | None = None


class MessageRow(Row, table=True):
    """What staff write to one contact or to those who agreed to a purpose, or news of a purpose or of the page;
    domain/messages.py: Message."""

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
    """Who was told of a purpose, or (`*`) of the page, by which message, so that nobody is told twice."""

    __tablename__ = "news_told"

    contact_id: UUID = Field(primary_key=True, foreign_key="contact.id")
    purpose: str = Field(primary_key=True)
    message_id: UUID
    at: datetime = instant()


class MessageLineRow(Row, table=True):
    """One contact who is to get it, what came of that, and why nothing was sent."""

    __tablename__ = "message_line"
    __table_args__ = (Index("message_line_by_outcome", "message_id", "outcome"),)

    message_id: UUID = Field(primary_key=True, foreign_key="message.id")
    contact_id: UUID = Field(primary_key=True, foreign_key="contact.id", index=True)
    outcome: str = ""
    why: str = ""
    ended_at: datetime | None = maybe_instant()


class GateLogRow(Row, table=True):
    """What the gate let through or refused, and on which entry that rests. Kept for a year."""

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
    """Who saw what in clear that is otherwise hidden: a field, a proof, the vault. Kept for a year. `press`: of a button on a page."""

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
    """Evidence of an erased contact that has to be kept for one time, under the mark of a mailbox or number: it can't be browsed."""

    __tablename__ = "vault"

    id: UUID = Field(primary_key=True)
    mark: str = Field(index=True)
    until: datetime = instant(index=True)
    key_id: str
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class FollowUpRow(Row, table=True):
    """A webhook, partner or member of staff that is told of a yes to a purpose, and of its end. The secrets that sign what it gets are sealed."""

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


class FollowUpToldRow(Row, table=True):
    """Who may have been told of a contact, so that they are told of the end as well."""

    __tablename__ = "follow_up_told"

    follow_up_id: UUID = Field(primary_key=True, foreign_key="follow_up.id", ondelete="CASCADE")
    contact_id: UUID = Field(primary_key=True, foreign_key="contact.id", index=True)
    at: datetime = instant()
