"""Pictures that people upload: parsed strictly, and put together anew from only what browsers draw.

PNG, JPEG and WebP, each a single still picture. Pixels are decoded of PNG alone, to count them. Everything else (place,
time and author, thumbnails, data after the end) is left out.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from math import ceil

MOST_OCTETS = 1024 * 1024
LONGEST_SIDE = 4000
_NAME = re.compile(r"[0-9a-f]{32}\.(?:png|jpg|webp)")
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"IDAT", b"IEND"})
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # samples per pixel, by colour type (PNG §11.2.2)
_PIECE = 1 << 16
_EXIF, _ICC = b"Exif\0\0", b"ICC_PROFILE\0"
_ORIENTATION = 0x0112  # TIFF tag 274
_SOF = frozenset({0xC0, 0xC1, 0xC2})
_JPEG_KEPT = _SOF | {0xC4, 0xDB, 0xDD, 0xE0, 0xEE}  # tables, restart interval, JFIF, Adobe's colour transform
_JPEG_KNOWN = _JPEG_KEPT | {0xDA, 0xFE, *range(0xE0, 0xF0)}
_WEBP_KEPT = frozenset({b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L"})


class Flaw(StrEnum):
    """Why a file is refused."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    TOO_LONG = "too-long"
    OTHER_KIND = "other-kind"
    BROKEN = "broken"
    MOVING = "moving"


class NotAPicture(Exception):
    """The file can't be shown as a picture."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(_SENTENCES[flaw])
        self.flaw = flaw


_SENTENCES = {
    Flaw.EMPTY: "the file is empty",
    Flaw.TOO_LARGE: f"the picture has more than {MOST_OCTETS // 1024} KB",
    Flaw.TOO_LONG: f"the picture is wider or higher than {LONGEST_SIDE} pixels",
    Flaw.OTHER_KIND: "a picture is a PNG, JPEG or WebP file",
    Flaw.BROKEN: "the picture is damaged",
    Flaw.MOVING: "the picture moves, and has to be a still one",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that browsers draw. `name`: a digest of its content and its type's ending, so its content never
    changes."""

    name: str
    content: bytes

    @property
    def media_type(self) -> str:
        return _TYPES[self.name.rpartition(".")[2]]


def is_picture_name(text: str) -> bool:
    """Whether this is a name that we give to pictures."""
    return _NAME.fullmatch(text) is not None


def read_picture(content: bytes) -> Picture:
    """The picture without anything that doesn't belong to it. Raises NotAPicture."""
    if not content:
        raise NotAPicture(Flaw.EMPTY)
    if len(content) > MOST_OCTETS:
        raise NotAPicture(Flaw.TOO_LARGE)
    if content.startswith(_PNG):
        return _named("png", _png(content))
    if content.startswith(b"\xff\xd8\xff"):
        return _named("jpg", _jpeg(content))
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _named("webp", _webp(content))
    raise NotAPicture(Flaw.OTHER_KIND)


def _named(kind: str, content: bytes) -> Picture:
    return Picture(f"{sha256(content).hexdigest()[:32]}.{kind}", content)


def _refuse_size(width: int, height: int) -> None:
    if not (width and height):
        raise NotAPicture(Flaw.BROKEN)
    if max(width, height) > LONGEST_SIDE:
        raise NotAPicture(Flaw.TOO_LONG)


def _png(content: bytes) -> bytes:
    """Check a PNG (ISO/IEC 15948): checksum of each chunk, number of pixels."""
    kept, pixels, most = [_PNG], zlib.decompressobj(), 0
    seen = -1
    for kind, chunk in _png_chunks(content):
        if (kind == b"IHDR") != (seen < 0):
            raise NotAPicture(Flaw.BROKEN)
        if kind == b"IHDR":
            most, seen = _png_octets(chunk[8:-4]), 0
        elif kind == b"IDAT":
            seen += _inflated(pixels, chunk[8:-4], most - seen)
        elif kind not in _PNG_KEPT and kind[:1].isupper():
            raise NotAPicture(Flaw.BROKEN)  # an unknown chunk that is needed to draw the picture (PNG §5.4)
        if kind in _PNG_KEPT:
            kept.append(chunk)
    if not pixels.eof:
        raise NotAPicture(Flaw.BROKEN)
    return b"".join(kept)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and whole of each chunk, up to the picture's end."""
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        end = at + 12 + int.from_bytes(content[at : at + 4])
        chunk, kind = content[at:end], content[at + 4 : at + 8]
        if len(chunk) < 12 or end > len(content) or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
            raise NotAPicture(Flaw.BROKEN)
        yield kind, chunk
        at = end


def _png_octets(header: bytes) -> int:
    """Maximum size of its unpacked pixels in octets, with a filter byte per line of up to seven passes (Adam7)."""
    if len(header) != 13 or header[9] not in _CHANNELS or header[8] not in (1, 2, 4, 8, 16) or header[12] > 1:
        raise NotAPicture(Flaw.BROKEN)
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    _refuse_size(width, height)
    line = 1 + ceil(width * _CHANNELS[header[9]] * header[8] / 8)
    return height * line + header[12] * 8 * (width + height + 8)


def _inflated(pixels: "zlib._Decompress", packed: bytes, most: int) -> int:
    """How many octets these unpack to, piece by piece. Raises NotAPicture: more than `most`."""
    count = 0
    while packed and not pixels.eof:
        try:
            count += len(pixels.decompress(packed, _PIECE))
        except zlib.error as error:
            raise NotAPicture(Flaw.BROKEN) from error
        packed = pixels.unconsumed_tail
        if count > most:
            raise NotAPicture(Flaw.BROKEN)
    return count


def _jpeg(content: bytes) -> bytes:
    """Check a JPEG (ITU-T T.81 §B.1): baseline, extended or progressive. Of Exif only the orientation is kept."""
    kept, turned, drawn, framed = [b"\xff\xd8"], 1, False, False
    for marker, segment in _jpeg_segments(content):
        body = segment[4:]
        if marker in _SOF:
            if framed or len(body) < 6:
                raise NotAPicture(Flaw.BROKEN)
            _refuse_size(int.from_bytes(body[3:5]), int.from_bytes(body[1:3]))
            framed = True
        elif marker == 0xE1 and body.startswith(_EXIF):
            turned = _turned(body[len(_EXIF) :]) or turned
        if marker == 0xDA:
            drawn = framed
        if marker in _JPEG_KEPT or marker == 0xDA or (marker == 0xE2 and body.startswith(_ICC)):
            kept.append(segment)
    if not drawn:
        raise NotAPicture(Flaw.BROKEN)
    if turned != 1:
        kept.insert(1, _turning(turned))
    return b"".join((*kept, b"\xff\xd9"))


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and whole of each segment, a scan with its data, up to the picture's end."""
    at = 2
    while content[at : at + 2] != b"\xff\xd9":
        marker = content[at + 1] if content[at : at + 1] == b"\xff" and at + 1 < len(content) else 0
        if marker == 0xFF:  # fill bytes, allowed before any marker
            at += 1
            continue
        if marker not in _JPEG_KNOWN:
            raise NotAPicture(Flaw.BROKEN)
        length = int.from_bytes(content[at + 2 : at + 4])
        end = at + 2 + length
        if length < 2 or end > len(content):
            raise NotAPicture(Flaw.BROKEN)
        end = _end_of_scan(content, end) if marker == 0xDA else end
        yield marker, content[at:end]
        at = end


_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _end_of_scan(content: bytes, at: int) -> int:
    found = _AFTER_SCAN.search(content, at)
    if found is None:
        raise NotAPicture(Flaw.BROKEN)
    return found.start()


def _turned(tiff: bytes) -> int:
    """The orientation, 1 (upright) to 8; 0 where it is not given (Exif §4.6.4)."""
    if tiff[:2] not in (b"II", b"MM"):
        return 0

    def number(at: int, octets: int) -> int:
        part = tiff[at : at + octets]
        return int.from_bytes(part[::-1] if tiff.startswith(b"II") else part)

    first = number(4, 4)
    for at in range(first + 2, min(first + 2 + 12 * number(first, 2), len(tiff) - 11), 12):
        if number(at, 2) == _ORIENTATION:
            return value if 1 <= (value := number(at + 8, 2)) <= 8 else 0
    return 0


def _turning(value: int) -> bytes:
    """An Exif segment with this orientation and nothing else."""
    entry = _ORIENTATION.to_bytes(2) + b"\0\x03\0\0\0\x01" + value.to_bytes(2) + b"\0\0"
    body = _EXIF + b"MM\0*\0\0\0\x08" + b"\0\x01" + entry + bytes(4)
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2) + body


def _webp(content: bytes) -> bytes:
    """Check a WebP (RFC 9649 §2): a still picture, lossy or lossless, with or without transparency."""
    kept: list[bytes] = []
    drawn = False
    for kind, body in _webp_chunks(content):
        if kind in (b"ANIM", b"ANMF"):
            raise NotAPicture(Flaw.MOVING)
        if kind not in _WEBP_KEPT:
            continue
        if kind == b"VP8X":
            body = _without_remarks(body)
        elif kind in (b"VP8 ", b"VP8L"):
            _refuse_size(*(_lossy_size(body) if kind == b"VP8 " else _lossless_size(body)))
            drawn = True
        kept.append(kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2))
    if not drawn:
        raise NotAPicture(Flaw.BROKEN)
    inside = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(inside).to_bytes(4, "little") + inside


def _webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, whole = 12, 8 + int.from_bytes(content[4:8], "little")
    if whole > len(content):
        raise NotAPicture(Flaw.BROKEN)
    while at < whole:
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        body = content[at + 8 : at + 8 + length]
        if len(body) < length:
            raise NotAPicture(Flaw.BROKEN)
        yield content[at : at + 4], body
        at += 8 + length + length % 2


def _without_remarks(body: bytes) -> bytes:
    """The extended header without its flags for Exif and XMP."""
    if len(body) != 10:
        raise NotAPicture(Flaw.BROKEN)
    if body[0] & 0x02:
        raise NotAPicture(Flaw.MOVING)
    _refuse_size(1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little"))
    return bytes((body[0] & ~0x0C,)) + body[1:]


def _lossy_size(body: bytes) -> tuple[int, int]:
    """Width and height of a key frame (RFC 6386 §9.1)."""
    if len(body) < 10 or body[3:6] != b"\x9d\x01\x2a":
        raise NotAPicture(Flaw.BROKEN)
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def _lossless_size(body: bytes) -> tuple[int, int]:
    if len(body) < 5 or body[0] != 0x2F:
        raise NotAPicture(Flaw.BROKEN)
    sides = int.from_bytes(body[1:5], "little")
    return 1 + (sides & 0x3FFF), 1 + (sides >> 14 & 0x3FFF)
