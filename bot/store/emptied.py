"""A SQLite file that is empty where a desk was before: it must not be served silently as a new one.

A file of 0 bytes is how every desk begins: SQLite makes it before the first commit, and a start that was killed there
leaves it so. But a full disk, a copy that broke off or `> desk.db` leave the same beside the traces of a desk; served
as a new one, it would welcome its own borrowers as strangers and chase nobody. SQLite itself throws away the log beside
such a file, with commits that were answered.

A file that is *gone* is how somebody begins anew on purpose, backups or not; only a log left behind speaks against it.
"""

from __future__ import annotations

from pathlib import Path

from bot.store.errors import StoreRefused
from bot.store.wal import HEADER

BACKUPS = "backups"  # the folder in the data folder that `tidy` and `backup` write to


def refuse_emptied(path: Path) -> None:
    """Raises StoreRefused for an empty file beside what an older desk left, and for a log without its file."""
    log = path.with_name(f"{path.name}-wal")
    if not path.exists():
        if _size(log) > HEADER:
            raise StoreRefused(f"{path} is gone, but its log {log.name} is there: put the file back, or remove the log")
        return
    if _size(path):
        return
    traces = [log.name] if _size(log) > HEADER else [_shown(path, one) for one in _copies(path)[-1:]]
    if traces:
        raise StoreRefused(
            f"{path} is empty (0 bytes), but a desk was here: {traces[0]} is still there. Restore a backup "
            f"(`main.py restore FILE`); to begin anew, remove {path.name} and its -wal"
        )


def _copies(path: Path) -> list[Path]:
    """Backups, and earlier files that a restore kept; the newest last."""
    found = [*path.parent.glob(f"{path.name}.before-*"), *(path.parent / BACKUPS).glob("desk-*.db")]
    return sorted((one for one in found if _size(one)), key=lambda one: one.stat().st_mtime)


def _shown(path: Path, one: Path) -> str:
    return one.relative_to(path.parent).as_posix()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
