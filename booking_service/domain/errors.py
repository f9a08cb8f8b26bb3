"""The refusals of this service.

No HTTP status stands here: web/http/errors.py gives each class its page.
"""

from datetime import date, datetime


class BookingError(Exception):
    """Base of every refusal that the person at the other end can act on."""


class UnknownBooking(BookingError):
    """No booking answers to this id or link."""


class UnknownLink(BookingError):
    """No contact answers to this link."""


class BookingErased(BookingError):
    """The details of the booking are erased.

    `again`: names of the host and meeting type, for choosing a new time; None where nothing can be booked any more.
    """

    def __init__(self, message: str, *, again: tuple[str, str] | None) -> None:
        super().__init__(message)
        self.again = again


class UnknownMeeting(BookingError):
    """No host or meeting type of this name takes bookings."""


class OneTimeOnly(UnknownMeeting):
    """The meeting type can be booked by one-time links only, and none led here."""


class SlotTaken(BookingError):
    """The slot was offered, but is no longer free."""


class HeldOtherwise(BookingError):
    """The form made a booking already, and says something else now.

    `public_id`: of that booking. `held`: it can be released on its page.
    """

    def __init__(self, message: str, *, public_id: str, held: bool) -> None:
        super().__init__(message)
        self.public_id, self.held = public_id, held


class HoldExpired(BookingError):
    """The confirmation came after the hold's deadline; the slot may be on offer again."""


class BookingCancelled(BookingError):
    """The booking was cancelled; it can't be confirmed, moved or taken again."""


class CalendarUnverified(BookingError):
    """A calendar of the host can't be read, and a time that is not verified counts as not free."""


class HostPaused(BookingError):
    """The host takes no bookings now. `until`: the host's date on which they do again."""

    def __init__(self, message: str, *, until: date) -> None:
        super().__init__(message)
        self.until = until


class TooLate(BookingError):
    """Too close to the start, or after it, for the invitee to change the booking."""


class TooManyMoves(BookingError):
    """The booking was rescheduled as often as its meeting type allows."""


class KeptTooLong(BookingError):
    """A hold can't be kept that long. `latest`: the latest deadline possible, aware UTC."""

    def __init__(self, message: str, *, latest: datetime) -> None:
        super().__init__(message)
        self.latest = latest


class ConfirmationForced(BookingError):
    """The organisation requires every invitee to confirm by mail, so nobody can do it for them."""


class ReasonMissing(BookingError):
    """A reason on record is required, as somebody decides by their own word or for somebody else."""


class OfferOver(BookingError):
    """The time offered in place of a booking's present one is no longer on offer: withdrawn, replaced or answered."""


class TextChanged(BookingError):
    """The texts that somebody agreed to have changed since they were shown."""


class WrongCode(BookingError):
    """The six digits are not those of the mail."""


class WrongPassword(BookingError):
    """Nobody signs in with this address and this password."""


class WrongSecondFactor(BookingError):
    """Neither a code of the person's app nor an unused recovery code."""


class AddressBlocked(BookingError):
    """The mailbox asked to hear nothing more from this service."""


class AddressUnusable(BookingError):
    """Not possible as an invitee's address: the host's own, or the service's sender; mails would go round in
    circles."""


class NetworkBlocked(BookingError):
    """An administrator blocked the network of this request: no time can be held from there."""


class TooManyRequests(BookingError):
    """A limit is reached. `again_at`: the aware UTC instant of the next possible try."""

    def __init__(self, message: str, *, again_at: datetime) -> None:
        super().__init__(message)
        self.again_at = again_at


class SignInOver(BookingError):
    """The sign-in link or code was used or has expired. `email`: whose it was; "" if unknown."""

    def __init__(self, message: str, *, email: str = "", used_at: datetime | None = None) -> None:
        super().__init__(message)
        self.email, self.used_at = email, used_at


class OneTimeOver(BookingError):
    """The one-time link was used or revoked, or has expired. `host`: its host's name in addresses."""

    def __init__(self, message: str, *, used: bool, host: str) -> None:
        super().__init__(message)
        self.used, self.host = used, host


class LinkOver(BookingError):
    """The link has expired; a new one can be asked for."""


class ContactErased(BookingError):
    """The contact that this link belongs to was erased at the person's wish."""


class NotFound(BookingError):
    """Nothing for this reader at this address: it does not exist, or is somebody else's."""


class ShownBefore(BookingError):
    """The same press was repeated, as by a reload. It already revealed what is hidden, `at` that instant."""

    def __init__(self, message: str, *, at: datetime) -> None:
        super().__init__(message)
        self.at = at


class StorageBusy(Exception):
    """The database is locked, read-only, full or unreachable. Nothing was changed; a retry may succeed."""


class UnknownPurpose(BookingError):
    """No purpose has this name."""


class UnknownHost(Exception):
    """There is no host of this name."""


class AddressUnproven(BookingError):
    """The address of this booking is not proven, so its sensitive answers are not shown."""
