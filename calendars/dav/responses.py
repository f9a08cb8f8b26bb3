"""What a server answered, and what its status means for a calendar request: the one place where statuses become
`errors`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lxml import etree

from ..errors import (
    Busy,
    CalendarError,
    Forbidden,
    Malformed,
    NoCalendar,
    Precondition,
    Refused,
    TokenRefused,
    TooLarge,
    UidTaken,
    Unavailable,
)
from .multistatus import DAV, Multistatus, read

MAX_PATIENCE_S = 3600.0

# RFC 4791 §5.3.2.1 and RFC 6638 §3.2.4.1. Radicale sends it with 409, Xandikos with 412, Cyrus with 403.
_UID_CONFLICT = frozenset({"no-uid-conflict", "unique-scheduling-object-resource"})

# A response would be larger than the server returns.
_LIMITS = frozenset({"number-of-matches-within-limits"})

# Refusals of an outdated sync token: 403 by the RFC, others in practice.
_STALE_TOKEN = frozenset({400, 403, 409, 412, 507})


@dataclass(frozen=True, slots=True)
class DavResponse:
    """A response, not judged yet. `tree`: the body where it is XML; `body` is empty then."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    tree: etree._Element | None

    named: frozenset[str] = frozenset()  # preconditions of a DAV:error body (RFC 4918 §16), without their namespaces
    media_type: str = ""  # the media type of the body, without parameters

    def error(self) -> CalendarError:
        said = self.body.decode("utf-8", "replace") if self.tree is None else "".join(self.tree.itertext())
        return refusal(self.status, named=self.named, text=said[:2000])

    def multistatus(self) -> Multistatus:
        """Raises TooLarge: a limit of the server kept it from returning everything (RFC 4791 §7.8, RFC 5323 §5.17)."""
        if self.status == 507 or not _LIMITS.isdisjoint(self.named):
            raise TooLarge("the server gives less at once than was asked for")
        if self.status not in (200, 207):
            raise self.error()
        return read(self.tree)

    def prove(self) -> None:
        """Check that the success of a write is one. Raises Malformed, CalendarError: it proves nothing.

        The body is a page of something else (captive portals and gateways answer 200 to anything), or a multistatus
        that denies the write (RFC 4918 §9.6.1).
        """
        if self.tree is None and self.body.strip():
            raise Malformed(f"the server answered {self.status} with a page, which confirms nothing")
        if self.tree is None:
            return
        if not str(self.tree.tag).startswith(DAV):
            raise Malformed(f"the server answered {self.status} with a page, which confirms nothing")
        if self.tree.tag == f"{DAV}multistatus":
            for entry in read(self.tree).entries:
                if entry.status >= 300:
                    raise refusal(entry.status, named=())


def refusal(status: int, *, named: Collection[str], text: str = "") -> CalendarError:
    """The error for a response that is no success. `named`: preconditions of its DAV:error body (RFC 4918 §16)."""
    if _is_uid_conflict(status, named, text):
        return UidTaken("another object of this calendar has this UID")
    match status:
        case 401:
            return Refused("the user name or password is not accepted")
        case 404 | 410:
            return NoCalendar("there is nothing at this address")
        case 409:
            return NoCalendar("the collection is missing, or does not take the object")
        case 412:
            return Precondition("something else stands there than was assumed")
        case 423 | 429:
            return Busy(f"the server asks for patience ({status})")
        case 507:
            return Forbidden("the account's quota is used up")
        case _:
            return _by_class(status)


def token_refusal(status: int, *, named: Collection[str], text: str = "") -> CalendarError:
    """As `refusal`, for sync-collection (RFC 6578 §3.2)."""
    if status in _STALE_TOKEN and (status != 403 or "valid-sync-token" in named):
        return TokenRefused("the sync token is not accepted any more")
    return refusal(status, named=named, text=text)


def patience(after_s: float | None, status: int) -> Busy:
    """Retry-After (RFC 9110 §10.2.3), honoured up to an hour."""
    kept = None if after_s is None else min(max(after_s, 0.0), MAX_PATIENCE_S)
    return Busy(f"the server asks for patience ({status})", after_s=kept)


def _by_class(status: int) -> CalendarError:
    if status == 501:
        return Forbidden("the server does not know such a request")
    if status in (408, 425) or status >= 500:
        return Unavailable(f"the server answered {status}")
    if 400 <= status < 500:
        return Forbidden(f"the server does not allow this ({status})")
    return Malformed(f"the server answered {status}, which confirms nothing")


def _is_uid_conflict(status: int, named: Collection[str], text: str) -> bool:
    """sabre and Nextcloud say it only in a sentence; Nextcloud also about objects in its trash bin."""
    said = status in (400, 409) and "uid already exists" in text.lower()
    return said or (status >= 400 and not _UID_CONFLICT.isdisjoint(named))
