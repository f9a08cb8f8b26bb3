"""RFC 3161 time stamps of the ledger's head: the request, and what is read of a time-stamp server's response.

The signature is not checked here; whoever relies on it does, with `openssl ts -verify`.
"""

import re
from datetime import UTC, datetime
from hashlib import sha256

REQUEST, ANSWER = "application/timestamp-query", "application/timestamp-reply"
_SHA_256 = bytes.fromhex("0609608648016503040201")  # 2.16.840.1.101.3.4.2.1
_TIME = re.compile(rb"\x18[\x0f-\x20](\d{14})(?:\.\d+)?Z")
_SEQUENCE, _INTEGER, _OCTETS, _TRUE, _NULL = 0x30, 0x02, 0x04, b"\x01\x01\xff", b"\x05\x00"
_LONG = 0x80


class NotStamped(Exception):
    """The response is no time stamp of this content."""


def head_text(size: int, root: bytes) -> bytes:
    """The content that is stamped: SIZE:ROOT as in `consents verify`, without a line end."""
    return f"{size}:{root.hex()}".encode()


def request(content: bytes, *, nonce: int) -> bytes:
    """A TimeStampReq (section 2.4.1) for the SHA-256 of this, asking for the certificate. `nonce`: positive, below
    2^63."""
    imprint = _der(_SEQUENCE, _der(_SEQUENCE, _SHA_256 + _NULL) + _der(_OCTETS, sha256(content).digest()))
    return _der(_SEQUENCE, _der(_INTEGER, b"\x01") + imprint + _integer(nonce) + _TRUE)


def check(answer: bytes, content: bytes, *, nonce: int | None = None) -> datetime:
    """The instant that the response gives for the SHA-256 of this.

    Raises NotStamped: refused (section 2.4.2), for other content, or for another nonce.
    """
    try:
        outer = _inside(answer, _SEQUENCE)
        status = _inside(_inside(outer, _SEQUENCE), _INTEGER)
    except (IndexError, ValueError) as error:
        raise NotStamped("the answer is no time stamp") from error
    if status not in (b"\x00", b"\x01"):
        raise NotStamped(f"the server refused, with status {status.hex()}")
    at = answer.find(_der(_OCTETS, sha256(content).digest()))
    if at < 0 or (nonce is not None and _integer(nonce) not in answer):
        raise NotStamped("the answer stamps something else")
    named = _TIME.search(answer, at)
    if named is None:
        raise NotStamped("the answer names no time")
    return datetime.strptime(named[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < _LONG:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(octets))) + octets + content


def _integer(number: int) -> bytes:
    return _der(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _inside(element: bytes, tag: int) -> bytes:
    """The content of the DER element at the start. Raises ValueError, IndexError: there is no such element."""
    if element[0] != tag:
        raise ValueError("another element")
    length, start = element[1], 2
    if length & _LONG:
        start += length & ~_LONG
        length = int.from_bytes(element[2:start], "big")
    return element[start : start + length]
