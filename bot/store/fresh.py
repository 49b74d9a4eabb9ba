"""What every letter asks for and hardly anybody changes: read once a second for all threads of a process."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.store.bell import RULES

if TYPE_CHECKING:
    from bot.store.transaction import Tx

T = TypeVar("T")

FRESH_SECONDS = 1.0  # the longest that a bell lost between replicas leaves the cache stale


class Fresh(Generic[T]):
    """A value that all threads of the process share for FRESH_SECONDS after it was read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value: T | None = None
        self._read_at = float("-inf")

    def get(self) -> T | None:
        """None when it is too old, or was dropped."""
        with self._lock:
            return self._value if time.monotonic() - self._read_at < FRESH_SECONDS else None

    def put(self, value: T) -> None:
        with self._lock:
            self._value, self._read_at = value, time.monotonic()

    def drop(self) -> None:
        with self._lock:
            self._read_at = float("-inf")


class Seen(ABC, Generic[T]):
    """It as one transaction sees it."""

    def __init__(self, tx: Tx, fresh: Fresh[T]) -> None:
        self._tx = tx
        self._fresh = fresh
        self.own: T | None = None  # what this transaction changed, not to be shared before commit
        self._shared: T | None = None

    def all(self) -> T:
        """Looked up in the shared memory once."""
        if self.own is not None:
            return self.own
        if self._shared is None:
            self._shared = self._fresh.get()
        if self._shared is None:
            self._shared = self._read()
            self._fresh.put(self._shared)
        return self._shared

    def renew(self) -> None:
        """Read it anew: another replica's bell may still be on its way."""
        if self.own is not None:
            self.own = self._read()
        else:
            self._shared = self._read()

    def _changed(self) -> None:
        """Takes effect at once on every replica."""
        self.own = self._read()
        self._tx.ring(RULES)

    @abstractmethod
    def _read(self) -> T: ...
