"""What must follow a decision outside the database, as data. The outbox stores these; worker.py performs them."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from .timeline import Happened


class MailKind(StrEnum):
    """Every mail there is. The code is the one operators see in logs, settings and the mail log."""

    CONFIRM_BOOKING = "confirm-booking"  # M1
    HOLD_REMINDER = "hold-reminder"  # M2
    HOLD_ENDED = "hold-ended"  # M3
    BOOKED = "booked"  # M4
    HOST_BOOKED = "host-booked"  # M6
    MOVED = "moved"  # M7
    HOST_MOVED = "host-moved"
    CANCELLED = "cancelled"  # M8
    HOST_CANCELLED = "host-cancelled"
    UNINVITED = "uninvited"  # to a guest who declined or was taken off
    GUEST_DECLINED = "guest-declined"  # to the others, so that nobody waits for the guest
    REMINDER = "reminder"  # M9
    CALENDAR_UNREADABLE = "calendar-unreadable"  # M12
    CALENDAR_CHANGED = "calendar-changed"  # M14: another event stands over a booking
    MASS_DELETION = "landslide"  # many of our events vanished at once
    APPROVE_BOOKING = "approve-booking"  # to the host


# What must have happened to a booking before a mail of a kind may leave.
# The kinds that are not here are about calendars.
BEFORE = {
    MailKind.CONFIRM_BOOKING: Happened.HELD,
    MailKind.HOLD_REMINDER: Happened.HELD,
    MailKind.HOLD_ENDED: Happened.EXPIRED,
    MailKind.APPROVE_BOOKING: Happened.HELD,
    MailKind.BOOKED: Happened.CONFIRMED,
    MailKind.HOST_BOOKED: Happened.CONFIRMED,
    MailKind.MOVED: Happened.MOVED,
    MailKind.HOST_MOVED: Happened.MOVED,
    MailKind.CANCELLED: Happened.CANCELLED,
    MailKind.HOST_CANCELLED: Happened.CANCELLED,
    MailKind.UNINVITED: Happened.GUEST_DECLINED,
    MailKind.GUEST_DECLINED: Happened.GUEST_DECLINED,
    MailKind.REMINDER: Happened.CONFIRMED,
}


class Role(StrEnum):
    """To whom a mail goes, so that the address is looked up when it is sent."""

    INVITEE = "invitee"
    GUEST = "guest"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that a state owes. `occasion` tells two mails of one kind apart (a SEQUENCE, a resend, a reminder):
    a retry carries the same one, and so the same Message-ID. `guest`: whose address it goes to, or whom it is about."""

    kind: MailKind
    to: Role
    occasion: str
    guest: str = ""

    @property
    def queue(self) -> str:
        """Whose mail it is: mails of a booking to one recipient go one after the other."""
        return f"{self.to}:{self.guest if self.to is Role.GUEST else ''}"


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
