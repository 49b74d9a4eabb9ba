"""Reading beside the writer: a few threads, each question a connection of its own.

SQLAlchemy's asynchronous engine would bring its whole object mapper along: 6 MB and 0.2 s of every start, for questions
that a thread answers as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from bot.store.engine import is_sqlite, reading_engine
from bot.store.errors import StoreBusy

THREADS = {True: 2, False: 4}  # on SQLite, on PostgreSQL


class Reader:
    """Answers questions; changes nothing."""

    def __init__(self, url: str) -> None:
        threads = THREADS[is_sqlite(url)]
        self._engine = reading_engine(url, connections=threads)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")

    async def rows(self, query: sa.Executable, values: Any = None) -> Sequence[sa.Row[Any]]:
        """All rows of one query. Raises StoreBusy when the database is out of reach."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._rows, query, values)
        except (sa.exc.OperationalError, sa.exc.InterfaceError, OSError) as error:
            raise StoreBusy(str(error)) from error

    def _rows(self, query: sa.Executable, values: Any) -> Sequence[sa.Row[Any]]:
        with self._engine.connect() as connection:
            return connection.execute(query, values).all()

    async def close(self) -> None:
        """Finish what is asked and let go of the database."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()
