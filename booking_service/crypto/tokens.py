"""Tokens of mailed links, the six-digit code beside them, and random public ids.

A token is computed whenever a mail is rendered and never stored; the database keeps only its `hash_of`. Raising the
generation (for a corrected mail address) invalidates all earlier tokens of the booking.
"""

import base64
import hmac
import re
import secrets
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from .keys import KeyRing, macs

# 32 bytes are 43 base64url characters, the last of which carries four bits: a second spelling of a token must not be
# valid.
_SHAPE = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_CODE_DIGITS = 6


class LinkPurpose(StrEnum):
    """What a link may do, and the first part of its path (or the part below /preferences). Tokens have one purpose
    only."""

    CONFIRM = "c"
    MANAGE = "m"
    NOT_ME = "x"
    STOP = "s"
    GUEST = "g"
    ACT = "a"
    ONE_TIME = "o"  # after a host's name
    SIGN_IN = "host/sign-in"
    NEW_ADDRESS = "host/address"  # a new sign-in address; works for who is signed in
    SIGN_OUT = "host/stop"  # everywhere, by a person who did not sign in
    PREFERENCES = "page"  # a contact's are below /preferences: the long-lived link to mail options
    EVERYTHING = "full"  # the whole page, by a fresh link
    ANSWER = "yes"
    CHANGE = "change"
    OUT = "out"
    DATA = "data"


def token_for(ring: KeyRing, *, purpose: LinkPurpose, subject: UUID, generation: int) -> str:
    """43 base64url characters, the same for the same arguments and newest key."""
    return candidates(ring, purpose=purpose, subject=subject, generation=generation)[0]


def candidates(ring: KeyRing, *, purpose: LinkPurpose, subject: UUID, generation: int) -> tuple[str, ...]:
    """The token under every key, newest first. A mail sent again after a rotation carries the one whose hash is
    stored."""
    return tuple(_to_text(digest) for digest in macs(ring, "token", _message(purpose.value, subject, generation)))


def hash_of(token: str) -> str:
    """The stored form: SHA-256 in hex. 256 random bits need no salt, and looking up a hash leaks no timing."""
    return sha256(token.encode()).hexdigest()


def well_formed(token: str) -> bool:
    """Whether this can be a token; anything else need not be looked up."""
    return _SHAPE.fullmatch(token) is not None


def code_for(ring: KeyRing, booking_id: UUID, generation: int) -> str:
    """The six digits in the confirmation mail. They are only as strong as the limit on tries."""
    return _codes(ring, booking_id, generation)[0]


def code_matches(ring: KeyRing, booking_id: UUID, generation: int, *, typed: str) -> bool:
    """Whether `typed` is the code under any key."""
    digits = code_digits(typed)
    if not digits.isascii():
        return False
    return any([hmac.compare_digest(digits, code) for code in _codes(ring, booking_id, generation)])


def code_digits(typed: str) -> str:
    """The input without blanks and hyphens."""
    return re.sub(r"[\s-]", "", typed)


def new_session_token() -> str:
    """The token of a session: 256 random bits, of the same shape as a mailed token."""
    return _to_text(secrets.token_bytes(32))


def new_public_id() -> str:
    """128 random bits as 22 base64url characters: names a booking on its waiting page, and proves nothing.

    Never begins with a dash, which a command line would take for an option.
    """
    made = secrets.token_urlsafe(16)
    return made if not made.startswith("-") else new_public_id()


def _codes(ring: KeyRing, booking_id: UUID, generation: int) -> tuple[str, ...]:
    digests = macs(ring, "code", _message("code", booking_id, generation))
    return tuple(f"{int.from_bytes(digest, 'big') % 10**_CODE_DIGITS:0{_CODE_DIGITS}d}" for digest in digests)


def _message(purpose: str, subject: UUID, generation: int) -> bytes:
    """All parts have fixed places, so that different arguments give different bytes."""
    return subject.bytes + generation.to_bytes(8, "big") + purpose.encode()


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
