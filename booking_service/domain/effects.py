"""What must follow a decision outside the database, as data. The outbox stores these; worker.py performs them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class MailKind(StrEnum):
    """Every mail there is. The code is the one operators see in logs, settings and the mail log."""

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
    UNINVITED = "uninvited"  # to a guest who declined or was taken off
    GUEST_DECLINED = "guest-declined"  # to the others, so that nobody waits for the guest
    GUEST_COMES = "guest-comes"  # to the others: they come after all
    TIME_OFFERED = "time-offered"  # to the invitee: another time, in place of theirs
    OFFER_DECLINED = "offer-declined"  # to the host: the invitee keeps the time they have
    REMINDER = "reminder"
    CALENDAR_UNREADABLE = "calendar-unreadable"
    CALENDAR_CHANGED = "calendar-changed"  # another event stands over a booking
    MASS_DELETION = "landslide"  # many of our events vanished at once
    MANY_HOLDS = "many-holds"  # unconfirmed requests take half of what they may
    APPROVE_BOOKING = "approve-booking"  # to the host
    SIGN_IN = "sign-in"  # the link and the code that sign a person in
    NEW_BROWSER = "new-browser"  # somebody signed in where they never had
    ACCOUNT_CHANGED = "account-changed"  # how a person signs in, or what they may do, is not what it was
    CONFIRM_ADDRESS = "confirm-address"  # the link that makes another address the one to sign in with
    INVITED = "invited"  # to sign in for the first time
    ADMIN_NOTICE = "admin-notice"  # something was given up, or backups stopped
    CONFIRM_CONSENT = "confirm-consent"  # the question whether a ticked box was theirs
    CONSENT_CONFIRMED = "consent-confirmed"
    CONSENT_ENDED = "consent-ended"
    PREFERENCES_LINK = "preferences-link"  # to the page with all that is kept of who asked
    CONFIRM_CHANGE = "confirm-change"  # what was asked for on that page waits for the mailbox
    DATA_READY = "data-ready"
    DELETION_DELAYED = "deletion-delayed"  # staff need more time for it, and why
    DELETION_REFUSED = "deletion-refused"
    DELETION_TAKEN_BACK = "deletion-taken-back"
    MESSAGE = "message"  # what staff wrote to whoever agreed to a purpose
    PURPOSE_NEWS = "purpose-news"  # that a purpose was switched on, once each
    PAGE_NEWS = "page-news"  # the same of the preferences page
    CONSENT_TOLD = "consent-told"  # to a partner or staff whom a rule names
    DATA_ERASED = "data-erased"  # the last mail, while the address is still known


class MailRole(StrEnum):
    """To whom a mail goes, so that the address is looked up when it is sent."""

    INVITEE = "invitee"
    GUEST = "guest"
    HOST = "host"
    PERSON = "person"  # who signs in here, host or not
    CONTACT = "contact"
    PARTNER = "partner"  # of the organisation, or its staff: whom a rule about consents names


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that a state owes. `occasion` tells two mails of one kind apart (a SEQUENCE, a resend, a reminder):
    a retry carries the same one, and so the same Message-ID. `guest`: whose address it goes to, or whom it is about."""

    kind: MailKind
    to: MailRole
    occasion: str
    guest: str = ""

    @property
    def queue(self) -> str:
        """Whose mail it is: mails of a booking to one recipient go one after the other."""
        return f"{self.to}:{self.guest if self.to is MailRole.GUEST else ''}"


@dataclass(frozen=True, slots=True)
class Occasion:
    """What tells two mails of one kind apart: s(equence), g(eneration), r(esends), b(efore: seconds of a reminder)."""

    numbers: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> "Occasion":
        return cls({letter: int(digits) for letter, digits in re.findall(r"([a-z])(\d{1,18})", text)})

    def same(self, letter: str, number: int) -> bool:
        return self.numbers.get(letter, number) == number


@dataclass(frozen=True, slots=True)
class PublishBooking:
    """Make the host's calendar show what the booking now is. Safe to perform any number of times."""

    booking_id: UUID


@dataclass(frozen=True, slots=True)
class SendMail:
    """Send one mail about a booking, rendered from the state it then has, or dropped if that moved on."""

    booking_id: UUID
    mail: Mail


Effect = PublishBooking | SendMail
