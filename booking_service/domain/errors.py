"""What may be refused, in the words of the field.
No HTTP status lives here: web/http/errors.py maps each class to a page."""

from datetime import date, datetime


class BookingError(Exception):
    """Base of every refusal that the person at the other end can act on."""


class UnknownBooking(BookingError):
    """No booking answers to this id or link."""


class UnknownLink(BookingError):
    """No contact answers to this link."""


class BookingErased(BookingError):
    """What was entered for the booking is erased. `again`: host and meeting type where a new time can be chosen, by
    their names in addresses; None where nothing can be booked any more."""

    def __init__(self, message: str, *, again: tuple[str, str] | None) -> None:
        super().__init__(message)
        self.again = again


class UnknownMeeting(BookingError):
    """No host or meeting type of this name takes bookings."""


class OneTimeOnly(UnknownMeeting):
    """It is booked by one-time links alone, and none led here."""


class SlotTaken(BookingError):
    """The slot was offered, but is no longer free."""


class HeldOtherwise(BookingError):
    """A form made a booking, and says something else now. `public_id`: of that booking; `held`: it can be released by its page."""

    def __init__(self, message: str, *, public_id: str, held: bool) -> None:
        super().__init__(message)
        self.public_id, self.held = public_id, held


class HoldExpired(BookingError):
    """The confirmation came after the hold's deadline; the slot may be on offer again."""


class BookingCancelled(BookingError):
    """The booking was cancelled; it can't be confirmed, moved or taken again."""


class CalendarUnverified(BookingError):
    """A calendar of this host can't be read now, so nothing can be promised. What can't be verified is not free."""


class HostPaused(BookingError):
    """The host takes no bookings at present. `until`: the day, by their clock, on which they do again."""

    def __init__(self, message: str, *, until: date) -> None:
        super().__init__(message)
        self.until = until


class TooLate(BookingError):
    """The booking starts too soon, or has begun, to be changed by its invitee any more."""


class TooManyMoves(BookingError):
    """The booking was rescheduled as often as its meeting type allows."""


class KeptTooLong(BookingError):
    """A hold can't be kept that long. `latest`: the aware UTC instant until which it can."""

    def __init__(self, message: str, *, latest: datetime) -> None:
        super().__init__(message)
        self.latest = latest


class ConfirmationForced(BookingError):
    """The organisation has every invitee confirm by mail, so nobody can do it for them."""


class ReasonMissing(BookingError):
    """What somebody does by their own word, or says for somebody else, wants a reason on record, and there is none."""


class OfferOver(BookingError):
    """The time that was offered in place of a booking's is on offer no more: it was taken back, replaced or answered."""


class TextChanged(BookingError):
    """What somebody said yes to was shown to them with texts that hold no more."""


class WrongCode(BookingError):
    """The six digits are not those of the mail."""


class WrongPassword(BookingError):
    """Nobody signs in with this address and this password."""


class WrongSecondFactor(BookingError):
    """This is no code of the person's app, and no recovery code, or it was used before."""


class AddressBlocked(BookingError):
    """The mailbox asked to hear nothing more from this service."""


class AddressUnusable(BookingError):
    """This address can't be the invitee's: the host's own or the service's sender (the mails would go in a circle)."""


class NetworkBlocked(BookingError):
    """An administrator shut out the network that this comes from: nobody there can hold a time."""


class TooManyRequests(BookingError):
    """A limit was reached. `again_at`: the aware UTC instant from which it may be tried again."""

    def __init__(self, message: str, *, again_at: datetime) -> None:
        super().__init__(message)
        self.again_at = again_at


class SignInOver(BookingError):
    """The sign-in link or code was used, or its time is over. `email`: whose it was, "" where that is not known."""

    def __init__(self, message: str, *, email: str = "", used_at: datetime | None = None) -> None:
        super().__init__(message)
        self.email, self.used_at = email, used_at


class OneTimeOver(BookingError):
    """The one-time link was `used`, taken back, or its time is over. `host`: the name of whose it is."""

    def __init__(self, message: str, *, used: bool, host: str) -> None:
        super().__init__(message)
        self.used, self.host = used, host


class LinkOver(BookingError):
    """The time of this link is over; another one can be asked for."""


class ContactErased(BookingError):
    """What this link belonged to was erased at its person's wish."""


class NotFound(BookingError):
    """There is nothing at this address for who asks, be it that there is nothing or that it is somebody else's."""


class ShownBefore(BookingError):
    """The same press came again, as by a reload; it showed what is hidden `at` that moment."""

    def __init__(self, message: str, *, at: datetime) -> None:
        super().__init__(message)
        self.at = at


class StorageBusy(Exception):
    """The database is locked, read-only, full or away. Nothing was changed; the same request may succeed later."""


class UnknownPurpose(BookingError):
    """No purpose has this name."""


class UnknownHost(Exception):
    """There is no host of this name."""


class AddressUnproven(BookingError):
    """Whoever typed this booking's address did not show that it is theirs, so that what is sensitive of it is not shown."""
