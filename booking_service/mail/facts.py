"""What a mail about a booking may say, gathered before it is rendered."""

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
from ..domain.privacy import Foreseen, Wish


@dataclass(frozen=True, slots=True)
class NearbyTime:
    """A free time near a lost one, and the address where it can be taken."""

    time: Interval
    url: str


@dataclass(frozen=True, slots=True)
class OwnText:
    """What somebody wrote for one kind of mail, in one language."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """One look at the database, for one mail to one recipient.

    `links`: absolute addresses by what they are for: confirm, manage, not_me, stop, act, decline, page, privacy.
    `free`: whether the time of an ended hold is still on offer; None where that can't be told. `told`: this recipient
    was told of the booking before, and of `told_time`. `requested`: an invitation went to them, or may have.
    `replaced`: a newer mail of the same sort waits for this recipient. `thread`: the Message-ID of their first mail.
    `own`: what the host or the organisation wrote in place of the usual text.
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
    """`calendar`: its name, `failure`: the class of what went wrong (calendars.errors), `since` when; `vanished`: how
    many of our events went at once; `booking`: what another event lies over; `act`: the address where the host
    decides; `holds`: how many times wait unconfirmed. `own`: what the host or the organisation wrote in place of the usual
    text."""

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
    """A purpose in a mail to a contact: what it is called, the text beside its box and what else was shown, as it was.

    `asked_at`, `until`: of the question; `stands_since`: of the consent that holds already, `stands_on` where only its day is known, and whether that `counts` as permission; `answered_at`: of the answer that
    the mail tells of, and its `record`. `ticked`: somebody ticked its box; else the organisation asks by itself.
    `everything`: it is about no purpose but about every use of the data. `implied`: nobody said yes, the relationship stands
    for it."""

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
    """An answer that others are told of: `known` of the person, by `name`, `address`, `phone`, `optin_id`, and nothing of it
    where it `ended`. `reference`: by which its reader knows them again; `page`: of the contact, for staff."""

    name: str
    known: Mapping[str, str]
    reference: str
    at: datetime
    ended: bool
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """`zone`: on the clock of which times are read. `links`: absolute addresses by what they are for: answer, out, act,
    preferences, privacy. `reminders`: how many went before this one, and `reminders_ahead` may follow. `wish`: what waits to be confirmed, asked for at
    `asked_at`, until `until`, of staff where it is `passed_on`; `ends`: what a no is to; `changes`: what the field is called that is changed, which `empties`; `foreseen`: what comes of it, if it is to be erased. `kept_until`: of evidence, after all else is erased; `coming`: bookings stay until they are
    over; `merged`: what goes along, masked. `reason`: of what staff decided. `footer`: the organisation's own words, above the link to the mail options;
    `own`: in place of the usual text. `written`: what staff wrote; `answer`: what a partner or staff
    is told of."""

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
    foreseen: Foreseen | None = None
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
