"""The first bytes of a picture tell its size; anything else is no picture."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.pictures import MOST_PIXELS, Picture, picture_of


def png(width: int, height: int) -> bytes:
    head = struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))


def jpeg(width: int, height: int, *, marker: int = 0xC0) -> bytes:
    """A start, an application segment with a thumbnail's frame inside, a filling byte, then the frame itself."""
    thumbnail = b"\xff\xc0\x00\x11\x08\x00\x01\x00\x01"
    app = b"\xff\xe1" + struct.pack(">H", 2 + len(thumbnail)) + thumbnail
    return b"\xff\xd8" + app + b"\xff" + struct.pack(">BBHBHH", 0xFF, marker, 17, 8, height, width) + b"\x03" * 10


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x00\x00\x00"


def webp(kind: bytes, body: bytes) -> bytes:
    return (b"RIFF\x00\x00\x00\x00WEBP" + kind + b"\x00\x00\x00\x00" + body).ljust(40, b"\x00")


def extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", b"\x00" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


def lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width | 0x4000, height))


def lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("made", "suffix"),
    [(png, "png"), (jpeg, "jpg"), (gif, "gif"), (extended, "webp"), (lossy, "webp"), (lossless, "webp")],
)
def test_the_size_is_read_from_the_header(made, suffix: str) -> None:  # type: ignore[no-untyped-def]
    found = picture_of(made(640, 480))
    assert found is not None
    assert (found.suffix, found.width, found.height, found.too_large) == (suffix, 640, 480, False)


@pytest.mark.parametrize("segment", [b"\xff", b"\xff\xd0", b"\xff\xe0\x00\x02"], ids=["filling", "bare", "empty"])
def test_a_jpeg_of_a_million_segments_is_none(segment: bytes) -> None:
    assert picture_of(b"\xff\xd8\xff\xe0\x00\x02" + segment * 100) is None
    frame = jpeg(640, 480)[2:]
    assert picture_of(b"\xff\xd8\xff\xe0\x00\x02" + segment * 100 + frame) is not None
    assert picture_of(b"\xff\xd8\xff\xe0\x00\x02" + segment * 1_000_000 + frame) is None


def test_a_progressive_jpeg_is_one_too() -> None:
    assert picture_of(jpeg(4000, 3000, marker=0xC2)) == Picture("jpg", "image/jpeg", 4000, 3000)


def test_a_table_of_jpeg_is_no_frame() -> None:
    assert picture_of(jpeg(4000, 3000, marker=0xC4)) is None


@pytest.mark.parametrize(("width", "height", "too_large"), [(5000, 4000, False), (5000, 4001, True), (2**31, 1, True)])
def test_more_than_twenty_megapixels_are_too_many(width: int, height: int, too_large: bool) -> None:
    found = picture_of(png(width, height))
    assert found is not None
    assert found.too_large is too_large
    assert MOST_PIXELS == 20_000_000


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"\xff\xd8\xff", png(0, 10), gif(3, 0), b"%PDF-1.7", b"<svg width='9'/>", b"MZ" + b"\x00" * 60,
     b"RIFF\x00\x00\x00\x00WEBPXXXX" + b"\x00" * 30, b"\xff\xd8\xff\xe0\x00\x00" * 3],
)  # fmt: skip
def test_anything_else_is_none(data: bytes) -> None:
    assert picture_of(data) is None


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x00\x00\x00\x00WEBP"]),
    st.binary(max_size=200),
)
def test_no_bytes_break_the_reading(head: bytes, tail: bytes) -> None:
    found = picture_of(head + tail)
    assert found is None or (found.width > 0 and found.height > 0)
