"""Files that are kept no longer: removed one by one; what the system refuses to remove stays with its row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import structlog

from bot.store.media import Attached

log = structlog.get_logger("removing")


def unlink(folder: Path, kept: Sequence[Attached]) -> list[int]:
    """The ids whose file is gone, or never was. One that cannot be removed does not stop the others and is tried again
    next time: a file without its row would never be found."""
    gone, faults = [], []
    for one in kept:
        try:
            if one.path:
                (folder / one.path).unlink(missing_ok=True)
            gone.append(one.id)
        except OSError as error:  # another user's folder, a read-only file system
            faults.append(str(error))
    if faults:
        log.error("files_not_removed", count=len(faults), why=faults[0])
    return gone
