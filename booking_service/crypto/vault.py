"""Sealing with a key that needs the ring and an identifier: without the mailbox or number nothing can be opened."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .keys import KeyRing, SealBroken, derive

_NONCE_BYTES = 12  # AES-GCM (NIST SP 800-38D §8.2.2): random, 96 bit


def seal_under(ring: KeyRing, identifier: str, plaintext: bytes) -> tuple[str, bytes]:
    """The id of the key, and the sealed bytes (AES-256-GCM)."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    key = AESGCM(derive(ring.newest, _purpose(identifier)))
    return ring.newest.id, nonce + key.encrypt(nonce, plaintext, None)


def unseal_under(ring: KeyRing, key_id: str, identifier: str, sealed: bytes) -> bytes:
    """Raises KeyLost; SealBroken: altered, or sealed with another identifier."""
    key = AESGCM(derive(ring.by_id(key_id), _purpose(identifier)))
    try:
        return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("what is kept under this identifier can't be read") from error


def _purpose(identifier: str) -> str:
    return f"vault/{identifier}"
