"""Small pictures, put together by hand, with what does not belong to them."""

import struct
import zlib

SECRET = b"GPS 52.5 N 13.4 E"


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def png(width: int = 8, height: int = 8, *, colour: bytes = b"\x0b\x5a\x4a", rows: int | None = None) -> bytes:
    """One of a colour, with a remark and something behind its end. `rows`: so many it really has."""
    lines = (b"\0" + colour * width) * (height if rows is None else rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"tEXt", b"Comment\0" + SECRET), chunk(b"IDAT", zlib.compress(lines)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"") + SECRET


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body


def jpeg(width: int = 8, height: int = 8, *, turned: int = 1) -> bytes:
    """The frame of one; its scan is no real one, as nobody decodes it here."""
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, turned, 0) + struct.pack("<HHII", 0x8825, 4, 1, 0)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 2) + entries + bytes(4) + SECRET
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"
    scan = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56"
    parts = (segment(0xE1, exif), segment(0xFE, SECRET), segment(0xDB, bytes(65)), segment(0xC0, frame), scan)
    return b"\xff\xd8" + b"".join(parts) + b"\xff\xd9" + SECRET


def webp(width: int = 8, height: int = 8, *, moving: bool = False) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    extended = bytes((0x08 | (0x02 if moving else 0), 0, 0, 0)) + sides
    drawn = b"\x2f" + (width - 1 | height - 1 << 14).to_bytes(4, "little") + b"\0"
    inside = b"WEBP" + b"".join(
        kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)
        for kind, body in ((b"VP8X", extended), (b"VP8L", drawn), (b"EXIF", SECRET))
    )
    return b"RIFF" + len(inside).to_bytes(4, "little") + inside + SECRET
