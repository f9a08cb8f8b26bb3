"""Proof of work: a puzzle that takes a browser a moment, and whose answer is checked in microseconds.

It is ALTCHA's first version: find the number between 0 and `most` that, appended to the salt, has this SHA-256. Puzzles
are not stored, as the signature proves them ours; the caller must make sure that each answer counts once.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from .keys import KeyRing, mac, macs

MOST = 200_000  # a ten-year-old phone tries as many within three seconds
LIFE = timedelta(minutes=10)
_ANSWER = re.compile(r"(([0-9]{1,12})\.[0-9a-f]{16}\.)([0-9a-f]{64})\.([0-9a-f]{64})\.([0-9]{1,9})")
_PURPOSE = "puzzle"


@dataclass(frozen=True, slots=True)
class Puzzle:
    """`salt`: begins with the second in which it expires, and has less than 48 octets: one SHA-256 block with any
    number."""

    salt: str
    target: str
    signature: str
    most: int = MOST


def new_puzzle(ring: KeyRing, about: str, *, now: datetime) -> Puzzle:
    """A puzzle about one thing, valid for LIFE."""
    salt = f"{int((now + LIFE).timestamp())}.{secrets.token_hex(8)}."
    target = _hash(salt, secrets.randbelow(MOST + 1))
    return Puzzle(salt, target, mac(ring, _PURPOSE, _signed(about, salt, target)).hex())


def solved(ring: KeyRing, about: str, answer: str, *, now: datetime) -> str | None:
    """The salt (the puzzle's id) of a valid answer: `salt target.signature.number`, without the blank.

    None: no answer, not to our puzzle about this, or too late.
    """
    read = _ANSWER.fullmatch(answer)
    if read is None or int(read[2]) <= now.timestamp():
        return None
    salt, target, number = read[1], read[3], int(read[5])
    if _hash(salt, number) != target:
        return None
    ours = macs(ring, _PURPOSE, _signed(about, salt, target))
    return salt if any(hmac.compare_digest(each.hex(), read[4]) for each in ours) else None


def answered(puzzle: Puzzle, number: int) -> str:
    """The answer in the spelling that is sent."""
    return f"{puzzle.salt}{puzzle.target}.{puzzle.signature}.{number}"


def _hash(salt: str, number: int) -> str:
    return sha256(f"{salt}{number}".encode()).hexdigest()


def _signed(about: str, salt: str, target: str) -> bytes:
    return f"{about} {salt} {target} {MOST}".encode()
