"""One service per SQLite file: a lock file beside it, released by the kernel however the process ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.store.engine import sqlite_path
from bot.store.errors import StoreRefused


class FileLock:
    """Held from `take` until `release`, or until the process ends. The file itself stays: removing it would let a
    third process lock a new one while the second still waits at the old."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, url: str) -> Self:
        """Lock the SQLite file of an address; nothing for another engine. Raises StoreRefused when it is held.

        Two services on one file would both answer what comes in: the leases and the writer of each know nothing of
        the other's. Commands that only read or add (token, import, export, backup) run beside a service.
        """
        path = sqlite_path(url)
        if path is None:
            return cls(None)
        beside = path.with_name(f"{path.name}.lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreRefused(f"{beside} cannot be written: {error.strerror}; let this user write there") from error
        return cls(_locked(descriptor, path))

    @property
    def held(self) -> bool:
        """False where there is nothing to lock: another engine, a file system without locks."""
        return self._descriptor is not None

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def _locked(descriptor: int, path: Path) -> int | None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        os.close(descriptor)
        who = f" (process {holder})" if holder.isdigit() else ""
        raise StoreRefused(
            f"{path} is in use by another service{who}: stop that one first; several processes need PostgreSQL"
        ) from error
    except OSError:  # a file system without locks: the desk runs without this guard
        os.close(descriptor)
        return None
    with contextlib.suppress(OSError):  # a full disk: the database itself tells of that
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor
