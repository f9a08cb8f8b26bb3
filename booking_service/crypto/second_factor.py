"""Authenticator codes (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, as all apps support) and recovery codes."""

import hmac
import re
import secrets
from datetime import datetime
from hashlib import sha256

import pyotp

from .tokens import code_digits

STEP_S = 30
_DRIFT = 1  # steps that a phone's clock may be off (RFC 6238 §5.2)
_RECOVERY_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 characters, none of which can be mistaken for another
_RECOVERY_LENGTH = 24  # 120 bits: enough for a plain hash (NIST SP 800-63B-4 §3.1.2.2)
_GROUP = 4


def new_secret() -> str:
    """160 random bits in base32."""
    return pyotp.random_base32()


def address_of(secret: str, *, account: str, issuer: str) -> str:
    """The content of the QR code: otpauth://totp/…"""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def matching_step(secret: str, typed: str, *, now: datetime) -> int | None:
    """The time step whose code was typed, of the three valid at `now`; None for a wrong code."""
    digits, totp, current = code_digits(typed), pyotp.TOTP(secret, interval=STEP_S), int(now.timestamp()) // STEP_S
    if not digits.isascii():
        return None
    steps = [current + drift for drift in range(-_DRIFT, _DRIFT + 1)]
    right = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), digits)]
    return max(right, default=None)


def new_recovery_code() -> str:
    return grouped("".join(secrets.choice(_RECOVERY_SIGNS) for _ in range(_RECOVERY_LENGTH)), "-")


def hash_of_recovery_code(typed: str) -> str:
    """The stored hash of a recovery code, however its groups were typed."""
    return sha256(re.sub(r"[\s-]", "", typed).lower().encode(errors="surrogatepass")).hexdigest()


def grouped(text: str, between: str = " ") -> str:
    """In groups of four, for reading and typing."""
    return between.join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
