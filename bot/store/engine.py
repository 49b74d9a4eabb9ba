"""Opening the database: one engine for the writer, one for reading."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from bot.store.compiled import named, read_json
from bot.store.errors import StoreRefused

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from bot.store.connections import Connections

BEGIN = "BEGIN IMMEDIATE"
BUSY_MS = 5_000  # how long a write waits for a lock before the door answers 503
CONNECT_SECONDS = 4
STATEMENT_SECONDS = 20  # the longest PostgreSQL may take for one statement of a service
PAGE_SECONDS = 25  # the longest the API or the dashboard waits for one answer of PostgreSQL
# What asyncpg takes of an address's parameters. The others are libpq's, which psycopg takes: asyncpg would pass them on
# to the server, which refuses the connection.
ASYNCPG_TAKES = frozenset({
    "host", "port", "sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation",
    "ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs", "passfile", "krbsrvname",
    "application_name", "options",
})  # fmt: skip
# TCP keepalives: a dead connection is noticed before somebody needs it.
ALIVE = {"keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3}

SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA journal_mode=WAL",
    # NORMAL may lose the last commits at a power cut in WAL mode; what was acknowledged must stay.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)


def is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite address, None for another engine or a database in memory. Of a link the file it leads to:
    beside that SQLite keeps its log, and we the lock that only one service may hold."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    path = Path(str(parsed.database))
    return path.resolve() if os.path.islink(path) else path


def refuse_read_only(url: str) -> None:
    """Raises StoreRefused for a SQLite file, or the folder around one, that this process may not write to: SQLite would
    open it and only refuse what people say. Of a file that is not there yet, the folder in which it would be made."""
    path = sqlite_path(url)
    if path is None:
        return
    if os.path.isdir(path):  # which tells nothing, and raises nothing, in a folder that may not be entered
        raise StoreRefused(f"{path} is a folder: name a file in it")
    folder = next(one for one in path.parents if os.path.exists(one))
    for place in (path, folder) if os.path.exists(path) else (folder,):
        if not os.access(place, os.W_OK):
            shown = place.absolute() if place == folder else place
            raise StoreRefused(f"{shown} may not be written to: look at its owner and rights, or for a read-only disk")


def sync_url(url: str) -> sa.URL:
    """The same database for the writer: pysqlite, or psycopg for PostgreSQL."""
    parsed = make_url(url)
    driver = "sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return parsed.set(drivername=driver)


def connections_for(url: str) -> Connections | None:
    """The pool of a service's connections, shared by its engines; None on SQLite."""
    if is_sqlite(url):
        return None
    from bot.store.connections import Connections  # with psycopg

    return Connections()


def sync_engine(url: str, *, connections: int = 1, timed: Connections | None = None) -> sa.Engine:
    """The writer's engine. On SQLite every transaction begins IMMEDIATE. timed: a service's, whose statements have a
    time limit on PostgreSQL; a migration's have none.

    A deferred transaction that reads before it writes fails at once with "locked" while another commits, whatever
    busy_timeout says.
    """
    if is_sqlite(url):
        engine = sa.create_engine(
            sync_url(url), poolclass=sa.StaticPool, connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000}
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_immediate)
        return engine
    return _postgres_engine(sync_url(url), connections, timed)


def _postgres_engine(address: sa.URL, connections: int, timed: Connections | None) -> sa.Engine:
    waits = {"connect_timeout": CONNECT_SECONDS, **ALIVE}

    def connect() -> Any:
        args, values = engine.dialect.create_connect_args(address)
        made: Any = (timed or engine.dialect).connect(*args, **{**waits, **values})
        encoding = made.info.parameter_status("server_encoding")
        if encoding not in (None, "UTF8"):
            made.close()
            raise StoreRefused(
                f"that database keeps text in {encoding}, where an emoji cannot be kept: make one with "
                "ENCODING 'UTF8' TEMPLATE template0"
            )
        return made

    engine = sa.create_engine(
        address, pool_size=connections, max_overflow=0, pool_pre_ping=True, json_deserializer=read_json, creator=connect
    )
    sa.event.listen(engine, "connect", _prepare_postgres if timed is None else _prepare_serving)
    return engine


def reading_engine(url: str, *, connections: int, timed: Connections | None) -> sa.Engine:
    """A service's engine that only reads: on SQLite it could not write."""
    if is_sqlite(url):
        anywhere = {"check_same_thread": False}
        engine = sa.create_engine(sync_url(url), poolclass=sa.QueuePool, pool_size=connections, connect_args=anywhere)
        sa.event.listen(engine, "connect", _prepare_sqlite_reader)
        return engine
    return sync_engine(url, connections=connections, timed=timed).execution_options(isolation_level="AUTOCOMMIT")


def async_engine(url: str) -> AsyncEngine:
    """An engine that only reads, on the drivers of the loop (aiosqlite, asyncpg).

    Its library brings SQLAlchemy's whole object mapper along, 6 MB and 0.2 s: loaded when first asked for.
    """
    from sqlalchemy.ext.asyncio import create_async_engine

    parsed = make_url(url)
    if is_sqlite(url):
        engine = create_async_engine(parsed.set(drivername="sqlite+aiosqlite"), pool_size=2)
        sa.event.listen(engine.sync_engine, "connect", _prepare_sqlite_reader)
        return engine
    return create_async_engine(
        parsed.set(drivername="postgresql+asyncpg", query={}), pool_size=4, pool_pre_ping=True,
        connect_args={"dsn": for_asyncpg(url), "timeout": CONNECT_SECONDS, "command_timeout": PAGE_SECONDS},
    )  # fmt: skip


def for_asyncpg(url: str) -> str:
    """The address as text, in which asyncpg knows libpq's names: SQLAlchemy would hand it `?sslmode=require` as an
    argument that it does not have."""
    parsed = make_url(url)
    known = {name: value for name, value in parsed.query.items() if name in ASYNCPG_TAKES}
    return parsed.set(drivername="postgresql", query=known).render_as_string(hide_password=False)


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own before our BEGIN IMMEDIATE
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    if cursor.execute("PRAGMA synchronous").fetchone() != (2,):
        raise RuntimeError("SQLite does not hold synchronous=FULL")
    cursor.close()


def _prepare_sqlite_reader(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _begin_immediate(connection: sa.Connection) -> None:
    """Sent to the driver directly: through SQLAlchemy it costs as much as a small query."""
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.execute(BEGIN)
    except sqlite3.Error as error:
        raise named(error, BEGIN) from error


# Of these a server, a database or a role may have defaults that psycopg cannot read or our transactions do not expect.
_OWN_WAYS = "SET datestyle = 'ISO'; SET timezone = 'UTC'; SET default_transaction_isolation = 'read committed'"
_WAITS = f"{_OWN_WAYS}; SET lock_timeout = {BUSY_MS}; SET idle_in_transaction_session_timeout = '60s'"


def _prepare_postgres(connection: Any, _: Any) -> None:
    connection.execute(_WAITS)
    connection.commit()


def _prepare_serving(connection: Any, _: Any) -> None:
    connection.execute(f"{_WAITS}; SET statement_timeout = '{STATEMENT_SECONDS}s'")
    connection.commit()
