"""The check of SQLite's write-ahead log beside a desk's file, before SQLite opens it.

SQLite reads the log up to its first damaged frame and throws the rest away without a word: commits that were answered
would be gone. A power cut leaves at most the frames of one commit unsound, since each commit is synced before the next
begins (`synchronous=FULL`). More than that is damage.
Source: "WAL-mode file format", sqlite.org/walformat.html.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from pathlib import Path

from bot.core.records import record

HEADER, FRAME_HEADER = 32, 24  # bytes
MAGIC = {0x377F0682: "<", 0x377F0683: ">"}  # → byte order of the checksummed words
LARGEST = 64 * 2**20  # bytes checked: more would take seconds

AGAIN = 0.1  # seconds


@record(frozen=True, slots=True)
class _Frame:
    salts: bytes
    commits: bool
    head: bytes
    page: bytes
    sums: tuple[int, int]


def fault_in_log(database: Path) -> str | None:
    """Why the log of a database cannot be trusted; None where it can, or where there is none.

    Beside a running service the log changes while it is read: a fault counts only when it is found twice.
    """
    fault = _fault(database)
    if fault is not None:
        time.sleep(AGAIN)
        fault = _fault(database)
    return fault


def _fault(database: Path) -> str | None:
    log = database.with_name(database.name + "-wal")
    try:
        if not HEADER < log.stat().st_size <= LARGEST:
            return None
        content = log.read_bytes()
        return _fault_in(content, _page_size(database))
    except OSError:
        return None  # SQLite reports an unreadable file itself


def _fault_in(content: bytes, page_size: int) -> str | None:
    head = content[:HEADER]
    magic, _, size = struct.unpack(">III", head[:12])
    order = MAGIC.get(magic)
    sound = order is not None and _summed(head[:24], order) == struct.unpack(">II", head[24:])
    if not sound and any(head):
        return "its log has no sound header"
    frames = list(_frames(content, size if sound else page_size))
    salts = head[16:24] if sound else frames[0].salts if frames else b""
    first = _first_unsound(frames, salts, order, struct.unpack(">II", head[24:])) if sound and order else 0
    lost = sum(frame.commits for frame in frames[first:] if frame.salts == salts)
    return f"its log is unsound from frame {first + 1} on, with {lost} commits behind" if lost > 1 else None


def _frames(content: bytes, size: int) -> Iterator[_Frame]:
    step = FRAME_HEADER + size
    for start in range(HEADER, len(content) - step + 1, step):
        number, pages, first, second = struct.unpack(">II8xII", content[start : start + FRAME_HEADER])
        yield _Frame(
            salts=content[start + 8 : start + 16],
            commits=bool(number and pages),
            head=content[start : start + 8],
            page=content[start + FRAME_HEADER : start + step],
            sums=(first, second),
        )


def _page_size(database: Path) -> int:
    with open(database, "rb") as file:
        told = int.from_bytes(file.read(18)[16:18], "big")
    return 65_536 if told == 1 else max(512, told)


def _first_unsound(frames: list[_Frame], salts: bytes, order: str, sums: tuple[int, ...]) -> int:
    """The place of the first frame whose salts or sums do not hold; the sums run on from frame to frame."""
    before = (sums[0], sums[1])
    for place, frame in enumerate(frames):
        before = _summed(frame.head + frame.page, order, before)
        if frame.salts != salts or before != frame.sums:
            return place
    return len(frames)


def _summed(data: bytes, order: str, before: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    first, second = before
    for one, two in struct.iter_unpack(f"{order}II", data):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + two + first) & 0xFFFFFFFF
    return first, second
