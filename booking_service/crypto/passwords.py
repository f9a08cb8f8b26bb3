"""Password hashes: Argon2id (RFC 9106), each with its salt and cost."""

from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

# 19 MiB, two passes, one lane: the minimum of OWASP's Password Storage Cheat Sheet, so that thirty concurrent sign-ins
# don't exhaust a small machine's memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# The hash of no password, checked where there is none, so that both take the same time.
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$MvbRogdEEoEXTtFIX30bmg$5hfnKovedW0xVoJyyWJVFf9Tlpz/j/CU4lfxnMcz7Ew"


def hash_of_password(password: str) -> str:
    return _HASHER.hash(_octets(password))


def password_matches(kept: str | None, typed: str) -> bool:
    """Whether the password matches. None: there is none, which takes just as long."""
    try:
        _HASHER.verify(kept or NOBODYS, _octets(typed))
    except VerifyMismatchError:
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether it was made with an outdated cost."""
    return _HASHER.check_needs_rehash(kept)


def _octets(password: str) -> bytes:
    """One normal form, whatever keyboard it was typed on (NIST SP 800-63B-4 §3.1.1.2)."""
    return normalize("NFKC", password).encode()
