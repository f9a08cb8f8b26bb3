"""Links that prove who holds a mail, the six-digit code beside them, and random public ids.

A token is made again whenever a mail is rendered and never stored: the database keeps only `hash_of` it. Raising the
generation (a corrected mail address) makes all earlier tokens of the booking worthless.
"""

import base64
import hmac
import re
import secrets
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from .keys import KeyRing, macs

# 32 bytes in base64url are 43 characters, the last of which carries four bits:
# two spellings of a token would be a leak.
_SHAPE = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_CODE_DIGITS = 6


class LinkPurpose(StrEnum):
    """What a link may do, and the first part of its path, or that below /preferences. A token of one purpose is nothing for
    another."""

    CONFIRM = "c"
    MANAGE = "m"
    NOT_ME = "x"
    STOP = "s"
    GUEST = "g"
    ACT = "a"
    ONE_TIME = "o"  # behind the name of a host
    SIGN_IN = "host/sign-in"
    NEW_ADDRESS = "host/address"  # to sign in with, of who is signed in
    SIGN_OUT = "host/stop"  # everywhere, by whoever did not sign in
    PREFERENCES = "page"  # those of a contact lie below /preferences: mail options, long-lived
    EVERYTHING = "full"  # the whole page, freshly mailed
    ANSWER = "yes"
    CHANGE = "change"
    OUT = "out"
    DATA = "data"


def token_for(ring: KeyRing, *, purpose: LinkPurpose, subject: UUID, generation: int) -> str:
    """43 characters of base64url, the same each time for the same arguments and newest key."""
    return candidates(ring, purpose=purpose, subject=subject, generation=generation)[0]


def candidates(ring: KeyRing, *, purpose: LinkPurpose, subject: UUID, generation: int) -> tuple[str, ...]:
    """The token under every key, newest first. A mail sent again after a rotation carries the one whose hash is
    stored."""
    return tuple(_to_text(digest) for digest in macs(ring, "token", _message(purpose.value, subject, generation)))


def hash_of(token: str) -> str:
    """What the database keeps: SHA-256 in hex. 256 random bits need no salt, and a look-up by hash leaks no timing."""
    return sha256(token.encode()).hexdigest()


def well_formed(token: str) -> bool:
    """Whether this can be a token at all. Anything else is not worth a look into the database."""
    return _SHAPE.fullmatch(token) is not None


def code_for(ring: KeyRing, booking_id: UUID, generation: int) -> str:
    """The six digits of the confirmation mail, for typing into the waiting page. Only as good as its limit of tries."""
    return _codes(ring, booking_id, generation)[0]


def code_matches(ring: KeyRing, booking_id: UUID, generation: int, *, typed: str) -> bool:
    """Whether `typed` is the code under any key."""
    digits = code_digits(typed)
    if not digits.isascii():
        return False
    return any([hmac.compare_digest(digits, code) for code in _codes(ring, booking_id, generation)])


def code_digits(typed: str) -> str:
    """What was typed, without the blanks and hyphens that people put in."""
    return re.sub(r"[\s-]", "", typed)


def new_session_token() -> str:
    """What a browser keeps while somebody is signed in: 256 random bits, of the same shape as a mailed token."""
    return _to_text(secrets.token_bytes(32))


def new_public_id() -> str:
    """128 random bits as 22 characters of base64url: names a booking to who waits for it, proves nothing more.

    It begins with no dash: at a command line that would be an option.
    """
    made = secrets.token_urlsafe(16)
    return made if not made.startswith("-") else new_public_id()


def _codes(ring: KeyRing, booking_id: UUID, generation: int) -> tuple[str, ...]:
    digests = macs(ring, "code", _message("code", booking_id, generation))
    return tuple(f"{int.from_bytes(digest, 'big') % 10**_CODE_DIGITS:0{_CODE_DIGITS}d}" for digest in digests)


def _message(purpose: str, subject: UUID, generation: int) -> bytes:
    """Every part has a fixed place, so that no two sets of arguments give the same bytes."""
    return subject.bytes + generation.to_bytes(8, "big") + purpose.encode()


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
