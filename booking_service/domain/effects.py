"""What must follow a decision outside the database, as data. The outbox stores these; worker.py performs them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class MailKind(StrEnum):
    """Every kind of mail. The value is what operators see in logs, settings and the mail log."""

    CONFIRM_BOOKING = "confirm-booking"
    HOLD_REMINDER = "hold-reminder"
    HOLD_ENDED = "hold-ended"
    HOST_HELD = "host-held"  # to the host who wants to hear of each hold
    BOOKED = "booked"
    HOST_BOOKED = "host-booked"
    MOVED = "moved"
    HOST_MOVED = "host-moved"
    CANCELLED = "cancelled"
    HOST_CANCELLED = "host-cancelled"
    UNINVITED = "uninvited"  # to a guest who declined or was removed
    GUEST_DECLINED = "guest-declined"  # to the others, so that nobody waits for the guest
    GUEST_COMES = "guest-comes"  # to the others: the guest comes after all
    TIME_OFFERED = "time-offered"  # to the invitee: the host offers another time
    OFFER_DECLINED = "offer-declined"  # to the host: the invitee keeps the present time
    REMINDER = "reminder"
    CALENDAR_UNREADABLE = "calendar-unreadable"
    CALENDAR_CHANGED = "calendar-changed"  # another event stands over a booking
    MASS_DELETION = "landslide"  # many of our events vanished at once
    MANY_HOLDS = "many-holds"  # unconfirmed holds use half of their budget
    APPROVE_BOOKING = "approve-booking"  # to the host
    SIGN_IN = "sign-in"  # the link and code with which a person signs in
    NEW_BROWSER = "new-browser"  # a person signed in from a new browser
    ACCOUNT_CHANGED = "account-changed"  # a person's ways to sign in, or their rights, changed
    CONFIRM_ADDRESS = "confirm-address"  # the link that confirms a new sign-in address
    INVITED = "invited"  # the link of a person's first sign-in
    ADMIN_NOTICE = "admin-notice"  # to administrators: an effect was given up, or backups stopped
    CONFIRM_CONSENT = "confirm-consent"  # asks whether a tick in a form was theirs
    CONSENT_CONFIRMED = "consent-confirmed"
    CONSENT_ENDED = "consent-ended"
    PREFERENCES_LINK = "preferences-link"  # the link to the preferences page
    CONFIRM_CHANGE = "confirm-change"  # asks to confirm what was requested on that page
    DATA_READY = "data-ready"
    DELETION_DELAYED = "deletion-delayed"  # staff need more time for a deletion, and why
    DELETION_REFUSED = "deletion-refused"
    DELETION_TAKEN_BACK = "deletion-taken-back"
    MESSAGE = "message"  # a message by staff to those who agreed to a purpose
    PURPOSE_NEWS = "purpose-news"  # a purpose was switched on; once to each contact
    PAGE_NEWS = "page-news"  # the preferences page was switched on; once to each contact
    CONSENT_TOLD = "consent-told"  # to a partner or staff named by a rule
    DATA_ERASED = "data-erased"  # the last mail to a contact, sent before the address is erased


class MailRole(StrEnum):
    """To whom a mail goes; the address is looked up when it is sent."""

    INVITEE = "invitee"
    GUEST = "guest"
    HOST = "host"
    PERSON = "person"  # anybody who signs in, host or not
    CONTACT = "contact"
    PARTNER = "partner"  # a partner of the organisation, or staff, named by a rule about consents


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that a state owes.

    `occasion` tells mails of one kind apart (a SEQUENCE, a resend, a reminder); retries share it, and so the
    Message-ID. `guest`: the guest it goes to, or is about.
    """

    kind: MailKind
    to: MailRole
    occasion: str
    guest: str = ""

    @property
    def queue(self) -> str:
        """The mails of a booking to one recipient share a queue and are sent one after the other."""
        return f"{self.to}:{self.guest if self.to is MailRole.GUEST else ''}"


@dataclass(frozen=True, slots=True)
class Occasion:
    """What tells mails of one kind apart: s(equence), g(eneration), r(esends), b(efore: a reminder's seconds)."""

    numbers: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> "Occasion":
        return cls({letter: int(digits) for letter, digits in re.findall(r"([a-z])(\d{1,18})", text)})

    def same(self, letter: str, number: int) -> bool:
        return self.numbers.get(letter, number) == number


@dataclass(frozen=True, slots=True)
class PublishBooking:
    """Make the calendar show the booking as it is when this is performed. Idempotent."""

    booking_id: UUID


@dataclass(frozen=True, slots=True)
class SendMail:
    """Send one mail about a booking, rendered when it is sent; dropped if it is no longer true then."""

    booking_id: UUID
    mail: Mail


Effect = PublishBooking | SendMail
