"""Errors of calendar servers; each says whether a retry can help.

Errors of the network, of XML and of the caldav library become one of these at the adapter, and nothing else leaves it.
The cause is chained; its text is never shown to an invitee.
"""

from collections.abc import Mapping
from dataclasses import dataclass


class CalendarError(Exception):
    """Base class. `retry`: the same request may succeed later without anybody's help."""

    retry = False


class Unavailable(CalendarError):
    """No usable answer: refused, timed out, 5xx, cut short. The request may or may not have been carried out."""

    retry = True


class UnknownName(Unavailable):
    """The server's name has no address: mistyped, given up, or the name service does not answer."""


class Busy(Unavailable):
    """The server asks to wait (429, 503 with Retry-After). `after_s`: for how many seconds, if it said."""

    def __init__(self, message: str, *, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class Malformed(Unavailable):
    """A response outside the protocol: a captive portal's HTML, half a body, nonsense. Never read as "empty"."""


class TooLarge(Unavailable):
    """The response was longer than allowed. Nothing of it was used."""


class Refused(CalendarError):
    """401: the user name or password is not accepted, or no longer."""


class PasswordUnknown(Refused):
    """There is no password to sign in with: the stored one can't be decrypted."""


class Forbidden(CalendarError):
    """403, 413, 507 and the like: not allowed to this account (read-only share, quota, object not accepted)."""


class NoCalendar(CalendarError):
    """The collection itself is gone (404, 410) or is no calendar."""


class NotDav(CalendarError):
    """Something answers at this address, but no calendar server (RFC 4918): a web page, a mail service, a router."""


class UnknownDomain(CalendarError):
    """The domain names no calendar server and has none of its own (RFC 6764)."""


class AddressRefused(CalendarError):
    """The address must not be called by this service (private network, other scheme or port)."""


class Redirected(CalendarError):
    """The server pointed elsewhere. Only discovery follows; a redirected write counts as not done.

    `location`: where it pointed, verbatim, if it said.
    """

    def __init__(self, message: str, *, location: str | None = None) -> None:
        super().__init__(message)
        self.location = location


class CertificateInvalid(CalendarError):
    """Expired, wrong name, unknown issuer. There is no fallback to plain text."""


class NoEncryption(CalendarError):
    """The server speaks no TLS there, or none that is still safe. There is no fallback to plain text."""


class Precondition(CalendarError):
    """412 and the like: the object is not what the request assumed. Read it, then decide again."""


class UidTaken(Precondition):
    """Another object of this calendar (or its trash bin) has the UID (RFC 4791 §5.3.2.1 no-uid-conflict)."""


class TokenRefused(CalendarError):
    """The sync token is no longer accepted (RFC 6578 §3.2 valid-sync-token): take a snapshot again."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened and what to do, for the host or operator. Source texts of translations."""

    sentence: str
    remedy: str


def explain(error: CalendarError) -> Explanation:
    """The explanation of the error's nearest kind."""
    return next(EXPLANATIONS[kind] for kind in type(error).__mro__ if kind in EXPLANATIONS)


def explain_kind(name: str) -> Explanation:
    """The explanation of an error of which only the class name was stored."""
    return _BY_NAME.get(name, EXPLANATIONS[CalendarError])


EXPLANATIONS: Mapping[type, Explanation] = {
    CalendarError: Explanation(
        "The calendar could not be used.",
        "Check the calendar in another program; if it works there, run the calendar check and look at its steps.",
    ),
    Unavailable: Explanation(
        "The calendar server did not answer, or not in time.",
        "Often this passes by itself. If it does not, check that the server runs and can be reached from here.",
    ),
    UnknownName: Explanation(
        "The name of the calendar server is not known.",
        "Check the spelling of its address. If it is right, the name service (DNS) has to know it again.",
    ),
    Busy: Explanation(
        "The calendar server asks us to wait before the next request.",
        "Nothing needs to be done: we wait as long as it asks. If it goes on, raise the account's request limit there.",
    ),
    Malformed: Explanation(
        "The answer was not that of a calendar server.",
        "A login page, a proxy or a fault of the server may be in between: open the address in a browser and see what answers.",
    ),
    TooLarge: Explanation(
        "The answer of the calendar server was larger than we can read.",
        "Choose a smaller calendar, or move old and very large entries out of this one.",
    ),
    Refused: Explanation(
        "The calendar server does not accept the user name or password.",
        "Enter the password again. With two-factor sign-in, make an app password at the provider and use that.",
    ),
    PasswordUnknown: Explanation(
        "The stored password of the calendar account can't be read: it was sealed with a key that is gone.",
        "Enter the password again. Or whoever runs the service can put the secret key back, beside the new one.",
    ),
    Forbidden: Explanation(
        "The calendar server does not allow this account to do that here.",
        "Choose a calendar that this account may write to, or ask its owner for permission. A full quota looks like "
        "this too.",
    ),
    NoCalendar: Explanation(
        "There is no calendar at this address any more.",
        "Connect the calendar again, or choose another. We never create one in its place.",
    ),
    NotDav: Explanation(
        "Something answers at this address, but it is not a calendar server.",
        "Look for the CalDAV address in the settings or help pages of the calendar's provider and enter that.",
    ),
    UnknownDomain: Explanation(
        "We found no calendar server for this domain.",
        "Enter the CalDAV address that the calendar's provider names, beginning with https://.",
    ),
    AddressRefused: Explanation(
        "This address leads to a place that the service is not allowed to call.",
        "Use the server's public https address. Whoever runs the service can allow a private network: calendar.allowed_networks in its settings.",
    ),
    Redirected: Explanation(
        "The calendar server redirects us to another address.",
        "Connect the calendar again, so that its new address is found and checked.",
    ),
    CertificateInvalid: Explanation(
        "The calendar server's certificate is not valid: expired, for another name, or from an unknown issuer.",
        "Whoever runs the calendar server has to renew or correct the certificate. We never continue without encryption.",
    ),
    NoEncryption: Explanation(
        "Nothing at this address speaks TLS, the encryption that https:// stands for, or only an old version of it.",
        "Check the address and its port. We never continue without encryption.",
    ),
    Precondition: Explanation(
        "The entry was changed in the calendar in the meantime.",
        "Nothing needs to be done: we read it again and go on from there.",
    ),
    UidTaken: Explanation(
        "The calendar already has, or keeps in its trash, an entry with this identifier.",
        "Nothing needs to be done if the entry is there. Otherwise empty the calendar's trash bin.",
    ),
    TokenRefused: Explanation(
        "The calendar server no longer knows how far we had read.",
        "Nothing needs to be done: we read the calendar again.",
    ),
}
_BY_NAME = {kind.__name__: explanation for kind, explanation in EXPLANATIONS.items()}
