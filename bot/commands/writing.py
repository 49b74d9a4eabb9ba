"""Files that a command writes: each is whole or as it was before, also on a full disk."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def replace_files(files: Mapping[Path, bytes], *, mode: int = 0o600) -> None:
    """Write them all beside their places, then give them their names: half of them new is no list of anything.

    mode: by default readable by this user alone, since they hold names and numbers of people. Raises OSError; what was
    written beside is gone then.
    """
    beside = {path: path.with_name(f".{path.name}.part") for path in files}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside[path].unlink(missing_ok=True)
            with open(os.open(beside[path], os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)
        for path, part in beside.items():
            part.replace(path)
    except BaseException:  # stopped by Ctrl-C too
        for part in beside.values():
            _drop(part)
        raise


def _drop(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:  # the folder could not be made, or not be entered
        return
