"""The facts that a mail may tell, gathered before it is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from ..domain.booking import Booking
from ..domain.effects import Mail, MailRole
from ..domain.interval import Interval
from ..domain.localized_text import NO_WORDS, LocalizedText
from ..domain.meeting import MeetingType
from ..domain.people import Host, Organisation
from ..domain.privacy import ErasurePreview, Wish


@dataclass(frozen=True, slots=True)
class NearbyTime:
    """A free time near a lost one, and the address at which it can be booked."""

    time: Interval
    url: str


@dataclass(frozen=True, slots=True)
class OwnText:
    """The text that a host or the organisation wrote for one kind of mail, in one language."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """Everything about a booking for one mail to one recipient, read in one transaction.

    `links`: absolute addresses by purpose: confirm, manage, not_me, stop, act, decline, page, privacy. `free`: an ended
    hold's time is on offer again; None where unknown. `told`: this recipient was told of the booking before, at
    `told_time`. `requested`: an invitation was sent to them, or may have been. `replaced`: a newer mail of this sort
    waits for them. `thread`: the Message-ID of their first mail. `own`: the text in place of the usual one.
    """

    booking: Booking
    host: Host
    meeting: MeetingType
    organisation: Organisation
    uid: str
    links: Mapping[str, str]
    code: str = ""
    sender: str
    reply_to: str | None = None
    nearby: tuple[NearbyTime, ...] = ()
    free: bool | None = None
    confirmed: bool = False
    told: bool = False
    told_time: Interval | None = None
    requested: bool = False
    replaced: bool = False
    thread: str | None = None
    own: OwnText | None = None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HostNoticeFacts:
    """The facts of a notice to a host.

    `calendar`: its name. `failure`: the class of the error (calendars.errors), `since` when. `vanished`: how many of
    our events disappeared at once. `booking`: the one that another event overlaps. `act`: the address at which the host
    decides. `holds`: how many are unconfirmed. `own`: the text in place of the usual one.
    """

    host: Host
    organisation: Organisation
    sender: str
    occasion: str
    holds: int = 0
    calendar: str = ""
    failure: str = ""
    since: datetime | None = None
    vanished: int = 0
    booking: Booking | None = None
    meeting: MeetingType | None = None
    act: str = ""
    own: OwnText | None = None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutConsent:
    """A purpose in a mail to a contact: its name, the text beside its box, and whatever else was shown.

    `asked_at`, `until`: of the question. `stands_since`: of an existing consent (`stands_on` where only its day is
    known); `counts`: the organisation accepts it. `answered_at`: of the answer that the mail is about, and its
    `record`. `ticked`: somebody ticked the box; otherwise the organisation asks. `everything`: about all use of data,
    not one purpose. `implied`: an existing relationship stands for the consent.
    """

    name: str
    box: str
    benefit: str = ""
    more: str = ""
    policy: str = ""
    asked_at: datetime | None = None
    until: datetime | None = None
    stands_since: datetime | None = None
    stands_on: date | None = None
    counts: bool = False
    answered_at: datetime | None = None
    record: str = ""
    ticked: bool = True
    everything: bool = False
    implied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutAnswer:
    """An answer that others are told about.

    `known`: what they may know of the person, by `name`, `address`, `phone`, `optin_id`; empty where it `ended`.
    `reference`: by which they recognise the person again. `page`: the contact's, for staff.
    """

    name: str
    known: Mapping[str, str]
    reference: str
    at: datetime
    ended: bool
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """The facts of a mail to a contact.

    `zone`: in which times are given. `links`: absolute addresses by purpose: answer, out, act, preferences, privacy.
    `reminders`: how many were sent before; `reminders_ahead`: how many may follow. `wish`: what waits for confirmation,
    asked for at `asked_at` (by staff where `passed_on`), until `until`. `ends`: what a no is about. `changes`: the
    label of the changed field, which it `empties`. `foreseen`: the consequences of an erasure. `kept_until`: of
    evidence after the erasure. `coming`: bookings stay until they are over. `merged`: masked addresses and numbers that
    are erased too. `reason`: of the staff's decision. `footer`: the organisation's words above the link to mail
    options. `written`: a message by staff. `answer`: what a partner or staff is told. `own`: the text in place of the
    usual one.
    """

    contact_id: UUID
    address: str
    language: str
    zone: str
    organisation: Organisation
    consents: tuple[AboutConsent, ...] = ()
    links: Mapping[str, str]
    occasion: str
    sender: str
    reply_to: str | None = None
    reminders: int = 0
    reminders_ahead: int = 0
    wish: Wish | None = None
    ends: str = ""
    changes: str = ""
    empties: bool = False
    passed_on: bool = False
    foreseen: ErasurePreview | None = None
    asked_at: datetime | None = None
    until: datetime | None = None
    kept_until: datetime | None = None
    coming: bool = False
    merged: tuple[str, ...] = ()
    reason: str = ""
    footer: LocalizedText = NO_WORDS
    written: OwnText | None = None
    answer: AboutAnswer | None = None
    own: OwnText | None = None
    now: datetime


def recipient(mail: Mail, *, booking: Booking, host: Host) -> str:
    """The address that the mail goes to."""
    match mail.to:
        case MailRole.INVITEE:
            return booking.invitee.email
        case MailRole.GUEST:
            return mail.guest
        case MailRole.HOST:
            return host.email
        case MailRole.PERSON:
            raise LookupError("a mail about a booking goes to its host, not to a person")
        case MailRole.CONTACT | MailRole.PARTNER:
            raise ValueError("a mail about a booking goes to nobody as a contact")
        case _:
            assert_never(mail.to)
