"""The key ring: secrets, newest first, and what is derived from them.

A secret is never used itself: each purpose gets a key by HKDF (RFC 5869), so that a mailed token reveals nothing about
a stored password. Old keys stay in the ring, so that what they sealed can be read, and their links work.
"""

import base64
import binascii
import contextlib
import hmac
import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FILE_NAME = "secret.key"
SHORTEST = 32  # characters of a secret; what we make ourselves has 43 (256 bit)
_NONCE_BYTES = 12  # AES-GCM (NIST SP 800-38D §8.2.2): random, 96 bit
_PLACEHOLDERS = ("changeme", "change-me", "change_me", "secret", "password", "example", "default", "your")


class KeyTrouble(Exception):
    """Base class of problems with keys. Messages never contain key material."""


class KeyRefused(KeyTrouble):
    """An unsuitable key: short, guessable, or readable by others on this machine."""


class KeyLost(KeyTrouble):
    """The key of a sealed value is not in the ring, or no longer. The value must be entered again."""


class SealBroken(KeyTrouble):
    """The sealed value was altered, cut short, or belongs to another context."""


@dataclass(frozen=True, slots=True)
class Key:
    """One secret. `id`: derived from it without revealing it; prefix of all it seals."""

    secret: bytes = field(repr=False)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", derive(self, "key id")[:4].hex())


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys, newest first; at least one. `path`: the file they are from, if any.

    That file is searched for keys that `rotate` added since, as their values are also read by processes started before.
    """

    keys: tuple[Key, ...]
    path: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.keys:
            raise KeyRefused("the key ring is empty")

    @property
    def newest(self) -> Key:
        return self.keys[0]

    @property
    def every(self) -> tuple[Key, ...]:
        """The keys, followed by those that `rotate` has put into the file since."""
        return (*self.keys, *self._put_since())

    def by_id(self, key_id: str) -> Key:
        """Raises KeyLost."""
        found = _among(self.keys, key_id) or _among(self._put_since(), key_id)
        if found is None:
            raise KeyLost(f"the key {key_id!r} is not in the key ring")
        return found

    def _put_since(self) -> tuple[Key, ...]:
        if self.path is None:
            return ()
        try:
            file = self.path.stat()
            written = _keys_in(self.path, (file.st_ino, file.st_mtime_ns, file.st_size))
        except (KeyRefused, OSError):
            return ()
        return tuple(key for key in written if key not in self.keys)


def open_ring(data_dir: Path, *, secret_key: str | None = None) -> KeyRing:
    """The ring from the setting `secret_key`, else from the file in `data_dir`.

    The setting holds one key or several separated by blanks, newest first. Without either, the file is created,
    readable by its owner only. Raises KeyRefused.
    """
    if secret_key is not None:
        return ring_of(secret_key, source="secret_key")
    path = data_dir / FILE_NAME
    if not path.exists():
        _make_file(path)
    return _read_file(path)


def rotate(data_dir: Path) -> KeyRing:
    """Put a new key in front of those in the file. Old values stay readable; `reseal` renews them."""
    path = data_dir / FILE_NAME
    lines = path.read_text("ascii").split() if path.exists() else []
    if lines:
        _read_file(path)
    _replace_file(path, [_fresh(), *lines])
    return _read_file(path)


def write_ring(data_dir: Path, words: list[str]) -> None:
    """Create the file from keys kept elsewhere, newest first. Raises KeyRefused; FileExistsError: there is one."""
    path = data_dir / FILE_NAME
    ring_of(" ".join(words), source="the kept key")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = _write_beside(path, words)
    try:
        os.link(written, path)
    finally:
        written.unlink()


def ring_of(text: str, *, source: str) -> KeyRing:
    """Parse secrets separated by blanks or line breaks. `source`: named in a refusal. Raises KeyRefused."""
    for word in text.split():
        _refuse_guessable(word, source)
    return KeyRing(tuple(Key(word.encode()) for word in text.split()))


def derive(key: Key, purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF-SHA256, RFC 5869)."""
    info = b"booking-service/" + purpose.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key.secret)


_derived = lru_cache(maxsize=64)(derive)  # few purposes use it, and deriving takes four times as long as the HMAC


def mac(ring: KeyRing, purpose: str, data: bytes) -> bytes:
    """HMAC-SHA256 under the newest key."""
    return _mac(ring.newest, purpose, data)


def macs(ring: KeyRing, purpose: str, data: bytes) -> tuple[bytes, ...]:
    """The HMAC under every key, to find what another key marked: newest first, then those put into the file since.

    A process that was started before a rotation so recognises what others have marked with the new key.
    """
    return macs_of(ring, purpose)(data)


def macs_of(ring: KeyRing, purpose: str) -> Callable[[bytes], tuple[bytes, ...]]:
    """As `macs`, for many: the keys, and the file of which some may be, are looked at once."""
    derived = [_derived(key, purpose) for key in ring.every]
    return lambda data: tuple([hmac.digest(each, data, sha256) for each in derived])


def seal(ring: KeyRing, plaintext: bytes, *, context: str) -> str:
    """Encrypt for storage (AES-256-GCM) as `key id.nonce+ciphertext`.

    `context`: what and whose it is (a column and a row's id). It is authenticated, so a value copied to another row is
    refused there.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(derive(ring.newest, "seal")).encrypt(nonce, plaintext, context.encode())
    return f"{ring.newest.id}.{_to_text(nonce + sealed)}"


def unseal(ring: KeyRing, sealed: str, *, context: str) -> bytes:
    """Decrypt what `seal` made. Raises KeyLost, SealBroken."""
    key_id, _, body = sealed.partition(".")
    key = ring.by_id(key_id)
    raw = _from_text(body)
    try:
        return AESGCM(derive(key, "seal")).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError) as error:  # ValueError: a truncated nonce
        raise SealBroken(f"the sealed value of {context!r} can't be read") from error


def reseal(ring: KeyRing, sealed: str, *, context: str) -> str:
    """The value under the newest key; unchanged where it is already."""
    if sealed.startswith(f"{ring.newest.id}."):
        return sealed
    return seal(ring, unseal(ring, sealed, context=context), context=context)


def _mac(key: Key, purpose: str, data: bytes) -> bytes:
    return hmac.digest(_derived(key, purpose), data, sha256)


def _read_file(path: Path) -> KeyRing:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)  # of the opened file, not of what the path named before
        if mode & 0o007:
            raise KeyRefused(f"{path} is open to everybody on this machine (mode {mode:04o}): chmod 600 {path}")
        text = file.read()
    if not text.strip():
        raise KeyRefused(
            f"{path} is empty: put its copy back; where nothing was kept with it, remove it, and a key is made"
        )
    try:
        return replace(ring_of(text.decode("ascii"), source=str(path)), path=path)
    except UnicodeDecodeError as error:
        raise KeyRefused(f"{path} is not a key file: it holds more than plain ASCII") from error


def _among(keys: tuple[Key, ...], key_id: str) -> Key | None:
    return next((key for key in keys if key.id == key_id), None)


@lru_cache(maxsize=4)
def _keys_in(path: Path, stamp: tuple[int, ...]) -> tuple[Key, ...]:
    """The keys of the file, read once for each `stamp`, which changes with it."""
    return _read_file(path).keys


def _refuse_guessable(word: str, source: str) -> None:
    if len(word) < SHORTEST:
        raise KeyRefused(f"{source} is too short a secret: {len(word)} characters, it needs {SHORTEST} or more")
    if any(word.lower().startswith(placeholder) for placeholder in _PLACEHOLDERS) or len(set(word)) < SHORTEST // 4:
        raise KeyRefused(f"{source} is a secret that can be guessed; leave it out and one is made")


def _fresh() -> str:
    return secrets.token_urlsafe(32)


def _make_file(path: Path) -> None:
    """Create it completely or not at all, and never over a key that another process created meanwhile."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = _write_beside(path, [_fresh()])
    with contextlib.suppress(FileExistsError):
        os.link(written, path)
    written.unlink()


def _replace_file(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_beside(path, lines).replace(path)


def _write_beside(path: Path, lines: list[str]) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp creates it with mode 0600
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _from_text(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealBroken("the sealed value is not base64url") from error
