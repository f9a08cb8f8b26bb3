"""What may be a password: long, and not among those tried first. No rules on kinds of characters (NIST SP
800-63B-4)."""

import re
from collections.abc import Collection
from enum import StrEnum
from unicodedata import normalize

SHORTEST = 15
MOST_OCTETS = 1024
_OWN_SHARE = 4  # letters beside known words; with fewer it is easily guessed
_REPEATED = re.compile(r"(.{1,5}?)\1{2,}")
_WORDS = (
    "correcthorsebatterystaple",
    "administrator",
    "changeme",
    "football",
    "geheim",
    "hallo",
    "iloveyou",
    "ichliebedich",
    "ikhouvanjou",
    "letmein",
    "passwd",
    "passphrase",
    "password",
    "passwort",
    "princess",
    "qwerty",
    "qwertz",
    "secret",
    "sunshine",
    "superman",
    "wachtwoord",
    "welcome",
    "welkom",
    "willkommen",
    "admin",
)
_ROWS = (
    "0123456789" * 4,
    "1234567890" * 4,
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "qwertyuiopasdfghjklzxcvbnm" * 2,
    "qwertzuiopasdfghjklyxcvbnm" * 2,
    "qwertzuiopüasdfghjklöäyxcvbnm" * 2,
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "1q2w3e4r5t6z7u8i9o0p",
)


class PasswordFault(StrEnum):
    """Why something can't be a password."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    GUESSABLE = "guessable"


def fault_of(password: str, *, known: Collection[str]) -> PasswordFault | None:
    """Why it can't be a password; None where it can. `known`: words known of its owner, as the address and
    organisation."""
    typed = normalize("NFKC", password)
    if len(typed.encode(errors="surrogatepass")) > MOST_OCTETS:
        return PasswordFault.TOO_LONG
    if len(typed) < SHORTEST:
        return PasswordFault.TOO_SHORT
    plain = _plain(typed)
    guessable = not plain or _is_row(plain) or _repeats(plain) or _is_made_of(plain, known)
    return PasswordFault.GUESSABLE if guessable else None


def _plain(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())


def _is_row(plain: str) -> bool:
    """Whether it is a row of keys or of the alphabet, in either direction."""
    return any(plain in row or plain[::-1] in row for row in _ROWS)


def _repeats(plain: str) -> bool:
    found = _REPEATED.match(plain)
    return found is not None and len(plain) - found.end() < len(found[1]) + _OWN_SHARE


def _is_made_of(plain: str, known: Collection[str]) -> bool:
    """Whether hardly anything but digits is left without well-known words."""
    words = {*_WORDS, *(_plain(each) for each in known)} | {_plain(each.partition("@")[0]) for each in known}
    rest = plain
    for word in sorted((each for each in words if len(each) >= _OWN_SHARE), key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != plain and sum(not each.isdigit() for each in rest) < _OWN_SHARE
