"""A service's connections to PostgreSQL. They do not wait for ever: a network that swallows what is sent tells nobody.

Only loaded by a process whose desk is on PostgreSQL.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from time import monotonic
from typing import Any, TypeVar
from weakref import WeakSet

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

V = TypeVar("V")

SILENT_SECONDS = 25.0  # longer than the server may work at a statement: that, or its answer, was lost on the way


class Line(psycopg.Connection[Any]):
    """One that ends itself when a statement is not answered in time; callers take it for any lost connection."""

    asked_at: float | None = None  # since when an answer is awaited

    def wait(self, gen: PQGen[V], interval: float = 0.1, timeout: float | None = None) -> V:
        self.asked_at = monotonic()
        try:
            return super().wait(gen, interval, timeout or SILENT_SECONDS)
        except psycopg.OperationalError as error:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            self.pgconn.finish()  # the answer may still come: it would be taken for the next statement's
            raise psycopg.OperationalError(f"the database was silent for {timeout or SILENT_SECONDS:.0f} s") from error
        finally:
            self.asked_at = None

    def cut(self) -> None:
        """From another thread: who waits for an answer is told that the connection is lost."""
        with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(self.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


class Lines:
    """All connections of one process."""

    def __init__(self) -> None:
        self._all: WeakSet[Line] = WeakSet()
        self._changing = threading.Lock()

    def connect(self, *args: Any, **values: Any) -> Line:
        """Raises psycopg's errors."""
        line = Line.connect(*args, **values)
        with self._changing:
            self._all.add(line)
        return line

    def cut_silent(self, seconds: float) -> None:
        """End those on which an answer is awaited for longer than this."""
        with self._changing:
            lines = list(self._all)
        for line in lines:
            if line.asked_at is not None and monotonic() - line.asked_at > seconds:
                line.cut()
