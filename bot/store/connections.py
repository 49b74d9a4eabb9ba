"""A service's connections to PostgreSQL, which do not wait for ever: a network that drops packets reports nothing.

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


class TimedConnection(psycopg.Connection[Any]):
    """A connection that closes itself when a statement is not answered in time; to callers it is any lost
    connection."""

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
        """Close it from another thread: whoever waits for an answer gets a lost connection."""
        with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(self.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)


class Connections:
    """All connections of one process."""

    def __init__(self) -> None:
        self._all: WeakSet[TimedConnection] = WeakSet()
        self._changing = threading.Lock()

    def connect(self, *args: Any, **values: Any) -> TimedConnection:
        """Raises psycopg's errors."""
        connection = TimedConnection.connect(*args, **values)
        with self._changing:
            self._all.add(connection)
        return connection

    def cut_silent(self, seconds: float) -> None:
        """Close those that have waited for an answer longer than this."""
        with self._changing:
            open_now = list(self._all)
        for connection in open_now:
            if connection.asked_at is not None and monotonic() - connection.asked_at > seconds:
                connection.cut()
