"""Which files are pictures, and what is left of them."""

import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_service.domain.pictures import LONGEST_SIDE, MOST_OCTETS, Flaw, NotAPicture, is_picture_name, read_picture
from tests.pictures import SECRET, chunk, jpeg, png, webp

GOOD = {"png": png(), "jpg": jpeg(), "webp": webp()}


@pytest.mark.parametrize("kind", GOOD)
def test_a_picture_keeps_what_is_drawn_and_loses_what_tells_of_its_maker(kind: str) -> None:
    made = read_picture(GOOD[kind])
    assert is_picture_name(made.name)
    assert made.name.endswith(f".{kind}")
    assert SECRET in GOOD[kind]
    assert SECRET not in made.content
    assert read_picture(made.content) == made


def test_a_jpeg_stays_turned_as_the_camera_was_held() -> None:
    assert b"Exif" not in read_picture(jpeg()).content
    turned = read_picture(jpeg(turned=6)).content
    assert turned.count(b"Exif") == 1
    assert b"\x01\x12\0\x03\0\0\0\x01\0\x06" in turned
    assert read_picture(turned).content == turned
    assert b"\x01\x12\0\x03\0\0\0\x01\0\x08" in read_picture(jpeg(turned=8)).content
    assert b"Exif" not in read_picture(jpeg(turned=9)).content


def test_an_interlaced_png_is_a_picture() -> None:
    header, dot = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 1), zlib.compress(b"\0abc")
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", dot) + chunk(b"IEND", b"")
    assert read_picture(content).content == content


@pytest.mark.parametrize(
    ("content", "flaw"),
    [
        (b"", Flaw.EMPTY),
        (png() + bytes(MOST_OCTETS), Flaw.TOO_LARGE),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", Flaw.OTHER_KIND),
        (b"GIF89a" + bytes(40), Flaw.OTHER_KIND),
        (b"<html>\xff\xd8\xff", Flaw.OTHER_KIND),
        (png(LONGEST_SIDE + 1, 1), Flaw.TOO_LONG),
        (jpeg(LONGEST_SIDE + 1, 1), Flaw.TOO_LONG),
        (webp(1, LONGEST_SIDE + 1), Flaw.TOO_LONG),
        (png(0, 8), Flaw.BROKEN),
        (png(8, 8, rows=9), Flaw.BROKEN),
        (png(8, 8, rows=2_000_000), Flaw.BROKEN),
        (png()[:60], Flaw.BROKEN),
        (png().replace(b"\x0b", b"\x0c", 1).replace(b"Comment", b"comment"), Flaw.BROKEN),
        (png().replace(chunk(b"IEND", b""), b""), Flaw.BROKEN),
        (jpeg()[:80], Flaw.BROKEN),
        (jpeg().replace(b"\xff\xd9", b""), Flaw.BROKEN),
        (webp(moving=True), Flaw.MOVING),
        (webp()[:40], Flaw.BROKEN),
    ],
)
def test_what_is_no_still_picture_of_modest_size_is_refused(content: bytes, flaw: Flaw) -> None:
    with pytest.raises(NotAPicture) as refusal:
        read_picture(content)
    assert refusal.value.flaw is flaw


@pytest.mark.parametrize(
    "content",
    [
        png() + bytes(MOST_OCTETS - len(png())),
        png(LONGEST_SIDE, 1),
        jpeg(LONGEST_SIDE, 1),
        webp(1, LONGEST_SIDE),
    ],
)
def test_a_picture_may_be_as_large_as_is_said(content: bytes) -> None:
    assert read_picture(content).content


@given(st.sampled_from(sorted(GOOD)), st.integers(0, 400), st.binary(max_size=6), st.integers(0, 6))
def test_a_damaged_file_is_refused_or_read_but_never_anything_else(
    kind: str, at: int, instead: bytes, left_out: int
) -> None:
    content = GOOD[kind]
    at %= len(content)
    damaged = content[:at] + instead + content[at + left_out :]
    with suppress(NotAPicture):
        assert len(read_picture(damaged).content) <= len(damaged) + 64
