"""What a calendar server can refuse, in words that say whether trying again can help.

Every error of the network, of XML and of the caldav library becomes one of these at the adapter;
nothing else leaves it. The cause is chained, its text never shown to an invitee.
"""

from collections.abc import Mapping
from dataclasses import dataclass


class CalendarError(Exception):
    """Base. `retry` says whether the same request may succeed later without anybody's help."""

    retry = False


class Unavailable(CalendarError):
    """No usable answer: refused, timed out, 5xx, cut short. The request may or may not have been carried out."""

    retry = True


class UnknownName(Unavailable):
    """The server's name leads to no address: mistyped, given up, or the name service does not answer."""


class Busy(Unavailable):
    """The server asks for patience (429, 503 with Retry-After). `after_s`: seconds to wait, if it said."""

    def __init__(self, message: str, *, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class Malformed(Unavailable):
    """An answer that is not the protocol: a captive portal's HTML, half a body, nonsense. Never read as "empty"."""


class TooLarge(Unavailable):
    """The answer went past the size that is read. Nothing of it was used."""


class Refused(CalendarError):
    """401: the user name or password is not accepted (any more)."""


class PasswordUnknown(Refused):
    """There is no password to sign in with: the stored one can't be read any more."""


class Forbidden(CalendarError):
    """403, 507, 413 and the like: this account may not do that here (read-only share, quota, object not accepted)."""


class NoCalendar(CalendarError):
    """The collection itself is gone (404, 410) or is no calendar."""


class NotDav(CalendarError):
    """Something answers at this address, but no calendar server (RFC 4918): a web page, a mail service, a router."""


class UnknownDomain(CalendarError):
    """The domain names no calendar server and has none of its own (RFC 6764)."""


class AddressRefused(CalendarError):
    """The address leads to a place this service must not call (private network, other scheme or port)."""


class Redirected(CalendarError):
    """The server pointed elsewhere. Only discovery follows; a redirected write counts as not done.

    `location`: where it pointed, verbatim, if it said.
    """

    def __init__(self, message: str, *, location: str | None = None) -> None:
        super().__init__(message)
        self.location = location


class CertificateInvalid(CalendarError):
    """TLS failed: expired, wrong name, unknown issuer. There is no fallback to plain text."""


class Precondition(CalendarError):
    """412 and its kin: what stands there is not what the request assumed. Read it, then decide anew."""


class UidTaken(Precondition):
    """Another object of this calendar (or its trash bin) has the UID (RFC 4791 §5.3.2.1 no-uid-conflict)."""


class TokenRefused(CalendarError):
    """The sync token is not accepted any more (RFC 6578 §3.2 valid-sync-token): take a snapshot again."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """For the host or whoever runs the service: what happened, and what to do about it. Source texts of translations."""

    sentence: str
    remedy: str


def explain(error: CalendarError) -> Explanation:
    """The explanation of the error's nearest kind."""
    return next(EXPLANATIONS[kind] for kind in type(error).__mro__ if kind in EXPLANATIONS)


def explain_kind(name: str) -> Explanation:
    """The explanation of an error of which only its kind was kept, by the name of its class."""
    return _BY_NAME.get(name, EXPLANATIONS[CalendarError])


EXPLANATIONS: Mapping[type, Explanation] = {
    CalendarError: Explanation(
        "The calendar could not be used.",
        "Check the calendar in another program; if it works there, run the calendar check and look at its steps.",
    ),
    Unavailable: Explanation(
        "The calendar server did not answer, or not in time.",
        "Often this passes by itself. If it stays, check that the server runs and can be reached from here.",
    ),
    UnknownName: Explanation(
        "The name of the calendar server is not known.",
        "Check how its address is spelled. If it is right, the name service (DNS) has to know it again.",
    ),
    Busy: Explanation(
        "The calendar server asks us to wait before the next request.",
        "Nothing needs to be done: we wait as long as it asks. If it stays, raise the account's request limit there.",
    ),
    Malformed: Explanation(
        "What answered did not speak as a calendar server does.",
        "A login page, a proxy or a fault of the server may be in between: open the address in a browser and see what answers.",
    ),
    TooLarge: Explanation(
        "The calendar server's answer was larger than we read.",
        "Choose a smaller calendar, or move old and very large entries out of this one.",
    ),
    Refused: Explanation(
        "The calendar server does not accept the user name or password.",
        "Enter the password again. With two-factor sign-in, make an app password at the provider and use that.",
    ),
    PasswordUnknown: Explanation(
        "The stored password of the calendar account can't be read: it was sealed with a key that is gone.",
        "Enter the password again. Or whoever runs the service brings the secret key back, beside the new one.",
    ),
    Forbidden: Explanation(
        "The calendar server does not allow this account to do that here.",
        "Choose a calendar that this account may write to, or ask its owner for the right. A full quota shows as this too.",
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
        "This address leads to a place that the service must not call.",
        "Use the server's public https address. Whoever runs the service can allow a private network: calendar.allowed_networks in its settings.",
    ),
    Redirected: Explanation(
        "The calendar server sends us to another address.",
        "Connect the calendar again, so that its new address is found and checked.",
    ),
    CertificateInvalid: Explanation(
        "The calendar server's certificate is not valid: expired, for another name, or from an unknown issuer.",
        "Whoever runs the calendar server has to renew or correct the certificate. We never go on without encryption.",
    ),
    Precondition: Explanation(
        "The entry was changed in the calendar meanwhile.",
        "Nothing needs to be done: we read it again and go on from what stands there.",
    ),
    UidTaken: Explanation(
        "The calendar already has, or keeps in its trash, an entry with this identifier.",
        "Nothing needs to be done if the entry is there. Otherwise empty the calendar's trash bin.",
    ),
    TokenRefused: Explanation(
        "The calendar server has forgotten up to where we had read.",
        "Nothing needs to be done: the calendar is read anew.",
    ),
}
_BY_NAME = {kind.__name__: explanation for kind, explanation in EXPLANATIONS.items()}
