"""Reading beside the writer: the loops' small queries in a few threads, pages on the event loop's own drivers.

SQLAlchemy's asynchronous engine brings its whole object mapper along, 6 MB and 0.2 s. A desk that uses neither the API
nor the dashboard never loads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from bot.store.engine import async_engine, is_sqlite, reading_engine
from bot.store.errors import StoreBusy
from bot.store.ready import Ready, driver_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from bot.store.connections import Connections

T = TypeVar("T")

THREADS = {True: 2, False: 4}  # on SQLite, on PostgreSQL


# Classes of PostgreSQL's codes, which psycopg tells as OperationalError and asyncpg as any other: no connection, no
# room or too many connections, locked, cancelled or stopping, its own disk.
UNWELL = ("08", "53", "55", "57", "58")


class Reader:
    """Runs the loops' small queries; changes nothing."""

    def __init__(self, url: str, timed: Connections | None) -> None:
        threads = THREADS[is_sqlite(url)]
        self._engine = reading_engine(url, connections=threads + 1, timed=timed)  # one for `look`
        self._looking = asyncio.Lock()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")
        self._kept: dict[int, sa.Connection] = {}  # thread → its connection
        self.hastens = False  # the process is ending: no query is retried

    async def rows(self, query: Ready | sa.Executable, values: Any = None) -> Sequence[Any]:
        """All rows of one query. Raises StoreBusy when the database is out of reach."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._rows, query, values)
        except (sa.exc.OperationalError, sa.exc.InterfaceError, OSError) as error:
            raise StoreBusy(str(error)) from error

    def _rows(self, query: Ready | sa.Executable, values: Any) -> Sequence[Any]:
        try:
            return self._asked(query, values)
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated or self.hastens:
                raise
        return self._asked(query, values)  # it broke since it was last used: retried on a new one

    def _asked(self, query: Ready | sa.Executable, values: Any) -> Sequence[Any]:
        """A connection stays with its thread until something fails: fetching one, looking whether it stands, beginning
        and ending a transaction are four round trips on PostgreSQL beside the question's one."""
        me = threading.get_ident()
        connection = self._kept.pop(me, None) or self._engine.connect()
        try:
            if isinstance(query, Ready):
                rows = query.run(connection, driver_of(connection), values).all()
            else:
                rows = connection.execute(query, values).all()
        except BaseException:
            connection.close()
            raise
        self._kept[me] = connection
        return rows

    async def look(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` reads of the database as it is now, in a thread and on a connection of its own; one at a time.
        Raises StoreBusy."""
        async with self._looking:
            try:
                return await asyncio.to_thread(self._looked, work)
            except (sa.exc.OperationalError, sa.exc.InterfaceError, OSError) as error:
                raise StoreBusy(str(error)) from error

    def _looked(self, work: Callable[[sa.Connection], T]) -> T:
        with self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            else:
                driver_of(connection).execute("BEGIN")  # all questions of one moment; ended when it is given back
            return work(connection)

    def renew(self) -> None:
        """Ask on new connections from now on: perhaps these lead to a server that is no more the one to ask."""
        kept, self._kept = self._kept, {}
        with contextlib.suppress(KeyError):  # a thread may be adding its own at this moment
            while True:
                _, connection = kept.popitem()
                connection.invalidate()
                connection.close()

    async def close(self) -> None:
        """Finish the running queries and close the connections."""
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._kept.values():
            connection.close()
        self._engine.dispose()


class Pages:
    """Runs the queries of the API, the dashboard and the sandbox's page (aiosqlite, asyncpg); changes nothing."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: AsyncEngine | None = None
        self._making = asyncio.Lock()

    async def rows(self, query: sa.Executable, values: Any = None) -> Sequence[sa.Row[Any]]:
        """All rows of one query. Raises StoreBusy when the database is out of reach."""
        engine = self._engine or await self._made()
        try:
            async with engine.connect() as connection:
                return (await connection.execute(query, values)).all()
        except (sa.exc.DBAPIError, OSError) as error:
            if isinstance(error, sa.exc.DBAPIError) and not _unwell(error):
                raise
            raise StoreBusy(str(getattr(error, "orig", error))) from error

    async def _made(self) -> AsyncEngine:
        async with self._making:
            if self._engine is None:
                self._engine = await asyncio.to_thread(async_engine, self._url)  # the import would block the loop
            return self._engine

    async def close(self) -> None:
        if self._engine is not None:
            await self._engine.dispose()


def _unwell(error: sa.exc.DBAPIError) -> bool:
    """The database's fault and not the query's; without a statement it failed while connecting."""
    told = isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError))
    code = str(getattr(error.orig, "sqlstate", "") or "")
    return told or error.statement is None or error.connection_invalidated or code.startswith(UNWELL)
