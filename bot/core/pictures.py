"""A picture's format and size in pixels, read from its first bytes. Nothing is decoded.

A picture of a few kilobytes may decompress to gigabytes: its size must be known before it is shown.
Sources: the JPEG, PNG, GIF and WebP specifications.
"""

from __future__ import annotations

from bot.core.records import record

MOST_PIXELS = 20_000_000
PNG, WEBP_HEAD = b"\x89PNG\r\n\x1a\n", 30
# Start-of-frame markers of JPEG: all of C0 to CF but the tables (C4, C8, CC).
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
MOST_SEGMENTS = 10_000  # looked at; a forged picture of 16 MB has millions, and nobody else is served meanwhile
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


@record(frozen=True, slots=True)
class Picture:
    """`suffix` is the file name's ending; width and height in pixels."""

    suffix: str
    mime: str
    width: int
    height: int

    @property
    def too_large(self) -> bool:
        return self.width * self.height > MOST_PIXELS


def picture_of(data: bytes) -> Picture | None:
    """The format and size of a picture, None for anything else: another format, a broken or empty header."""
    for look in (_png, _gif, _webp, _jpeg):
        found = look(data)
        if found is not None:
            return found if found.width > 0 and found.height > 0 else None
    return None


def _png(data: bytes) -> Picture | None:
    if data[:8] != PNG or data[12:16] != b"IHDR" or len(data) < 24:
        return None
    return Picture("png", "image/png", int.from_bytes(data[16:20]), int.from_bytes(data[20:24]))


def _gif(data: bytes) -> Picture | None:
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 10:
        return None
    return Picture("gif", "image/gif", int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little"))


def _webp(data: bytes) -> Picture | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < WEBP_HEAD:
        return None
    size = _webp_size(data[12:16], data)
    return Picture("webp", "image/webp", *size) if size else None


def _webp_size(kind: bytes, data: bytes) -> tuple[int, int] | None:
    if kind == b"VP8X":  # 24 bits each, less one
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":  # 14 bits each, the rest is scaling
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    if kind == b"VP8L" and data[20] == 0x2F:  # 14 bits each, less one
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    return None


def _jpeg(data: bytes) -> Picture | None:
    """The first start-of-frame among the segments."""
    if data[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    for _ in range(MOST_SEGMENTS):
        if at + 9 > len(data) or data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in WITHOUT_LENGTH:
            at += 2
        elif marker in FRAMES:
            height, width = int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
            return Picture("jpg", "image/jpeg", width, height)
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
    return None
