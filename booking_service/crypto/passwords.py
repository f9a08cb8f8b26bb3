"""Passwords as they are kept: Argon2id (RFC 9106), each with a salt and the cost it was made with."""

from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

# 19 MiB, two passes, one lane: the least that OWASP's Password Storage Cheat Sheet allows, so that thirty people who sign in
# at once don't use up a small machine's memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Of no password that anybody has. Looked at where there is none to look at, so that both take the same time.
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$MvbRogdEEoEXTtFIX30bmg$5hfnKovedW0xVoJyyWJVFf9Tlpz/j/CU4lfxnMcz7Ew"


def hash_of_password(password: str) -> str:
    return _HASHER.hash(_octets(password))


def password_matches(kept: str | None, typed: str) -> bool:
    """Whether this was typed. None: there is no password, which takes as long to find out."""
    try:
        _HASHER.verify(kept or NOBODYS, _octets(typed))
    except VerifyMismatchError:
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether it was made with another cost than new ones are."""
    return _HASHER.check_needs_rehash(kept)


def _octets(password: str) -> bytes:
    """One form of what looks alike, whatever keyboard it was typed on (NIST SP 800-63B-4 §3.1.1.2)."""
    return normalize("NFKC", password).encode()
