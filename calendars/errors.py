"""What a calendar server can refuse, in words that say whether trying again can help.

Every error of the network, of XML and of the caldav library becomes one of these at the adapter;
nothing else leaves it. The cause is chained, its text never shown to an invitee.
"""


class CalendarError(Exception):
    """Base. `retry` says whether the same request may succeed later without anybody's help."""

    retry = False


class Unavailable(CalendarError):
    """No usable answer: refused, timed out, 5xx, cut short. The request may or may not have been carried out."""

    retry = True


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


class Forbidden(CalendarError):
    """403, 507, 413 and the like: this account may not do that here (read-only share, quota, object not accepted)."""


class NoCalendar(CalendarError):
    """The collection itself is gone (404, 410) or is no calendar."""


class AddressRefused(CalendarError):
    """The address leads to a place this service must not call (private network, other scheme or port)."""


class Redirected(CalendarError):
    """The server pointed elsewhere. Only discovery follows; a redirected write counts as not done."""


class CertificateInvalid(CalendarError):
    """TLS failed: expired, wrong name, unknown issuer. There is no fallback to plain text."""


class Precondition(CalendarError):
    """412 and its kin: what stands there is not what the request assumed. Read it, then decide anew."""


class UidTaken(Precondition):
    """Another object of this calendar (or its trash bin) has the UID (RFC 4791 §5.3.2.1 no-uid-conflict)."""


class TokenRefused(CalendarError):
    """The sync token is not accepted any more (RFC 6578 §3.2 valid-sync-token): take a snapshot again."""
