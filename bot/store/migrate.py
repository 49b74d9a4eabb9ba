"""Bringing a database to this code's tables (Alembic)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from bot.store.emptied import refuse_emptied
from bot.store.engine import BUSY_MS, is_sqlite, sqlite_path, sync_engine
from bot.store.errors import StoreBusy, StoreRefused
from bot.store.tables import metadata
from bot.store.wal import fault_in_log

OTHERS_SECONDS = 120  # how long a replica waits for another that migrates
HEAD = "0001"
KNOWN = ("0001",)
FOLDER = Path(__file__).parent / "migrations"
ONLY_READ = "it may only be read: a standby, or default_transaction_read_only is on for it or for its user"


def current(url: str) -> str | None:
    """The revision a database is at, None for an empty one. Raises StoreBusy when it does not answer, StoreRefused
    when its log is damaged, when it is empty where a desk was before, or when its tables are another program's."""
    path = sqlite_path(url)
    if path is not None:
        refuse_emptied(path)
    if path is not None and not path.exists():
        return None
    if path is not None and (fault := fault_in_log(path)):
        raise StoreRefused(f"{path} is damaged ({fault}); restore a backup, it was not touched")
    return _told(url, _revision_of_ours)


def refuse_standby(url: str) -> None:
    """Raises StoreRefused for a server of PostgreSQL that may only be read, StoreBusy when it does not answer."""
    if not is_sqlite(url) and _told(url, _read_only) == "on":
        raise StoreRefused(ONLY_READ)


def _told(url: str, ask: Callable[[sa.Connection], str | None]) -> str | None:
    """Raises StoreBusy, StoreRefused."""
    engine = sync_engine(url)
    try:
        with engine.connect() as connection:
            return ask(connection)
    except sa.exc.DBAPIError as error:
        raise _named(error) from error
    finally:
        engine.dispose()


def _revision_of_ours(connection: sa.Connection) -> str | None:
    _refuse_strangers(connection)
    return _revision(connection)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _read_only(connection: sa.Connection) -> str | None:
    return connection.execute(sa.text("SELECT current_setting('transaction_read_only')")).scalar()


def _named(error: sa.exc.DBAPIError) -> StoreBusy | StoreRefused:
    """The database's error as ours: out of reach, not one of our databases, or none was asked at all."""
    if isinstance(error, sa.exc.ProgrammingError) and not getattr(error.orig, "sqlstate", ""):
        return StoreRefused(
            f"what stands behind the ? of its address is none of libpq's parameters ({str(error.orig).strip()}): an "
            "encrypted connection is asked for with ?sslmode=require"
        )
    if isinstance(error, sa.exc.OperationalError):
        return StoreBusy(f"the database does not answer: {error.orig}")
    if getattr(error.orig, "sqlstate", "") == "25006":
        return StoreRefused(ONLY_READ)
    if getattr(error.orig, "sqlstate", "") == "42501":
        return StoreRefused(f"this role may not make or read a desk's tables, give it the right to: {error.orig}")
    return StoreRefused(f"this is no database of a desk, it was not touched: {error.orig}")


def upgrade(url: str) -> None:
    """Apply what is missing, each migration in one transaction: a kill in the middle leaves the one before.

    Raises StoreRefused when the database is of newer code: older code must not write to it; or when it holds tables of
    something else. Raises StoreBusy when it does not answer.
    """
    path = sqlite_path(url)
    if path is not None:
        _make_room(path.parent)
    at = current(url)
    if at == HEAD:
        return
    if at is not None and at not in KNOWN:
        raise StoreRefused(f"the database is at {at}, this program knows up to {HEAD}: install the newer version again")
    if path is not None:
        _make_private(path)
    engine = sync_engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # two replicas starting together: one migrates
                connection.execute(sa.text(f"SET LOCAL lock_timeout = '{OTHERS_SECONDS}s'"))
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(727274)"))
                connection.execute(sa.text(f"SET LOCAL lock_timeout = {BUSY_MS}"))
            _refuse_strangers(connection)
            if is_sqlite(url) and _revision(connection) is None:
                make_anew(connection)
            else:
                step_by_step(connection)
    except sa.exc.DBAPIError as error:
        raise _named(error) from error
    finally:
        engine.dispose()


def step_by_step(connection: sa.Connection) -> None:
    """Apply the migrations that are missing."""
    from alembic import command  # 20 MB and 0.2 s: only when there is something to do
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def make_anew(connection: sa.Connection) -> None:
    """Create the tables in an empty SQLite file as all migrations would leave them, without Alembic: its memory would
    not be freed, and a new desk may run for months before its second start.

    Indexes in the migrations' order: of two that serve a query equally well SQLite takes the later one.
    """
    for table in metadata.sorted_tables:
        connection.execute(sa.schema.CreateTable(table))
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            connection.execute(sa.schema.CreateIndex(index))
    connection.execute(
        sa.text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(sa.text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def _make_room(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreBusy(f"{folder} cannot be made: {error.strerror}") from error


def _make_private(path: Path) -> None:
    """A new file is its owner's alone to read: it holds names and numbers of people. SQLite gives its log the same
    rights."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreBusy(f"{path} cannot be made: {error.strerror}") from error


def _refuse_strangers(connection: sa.Connection) -> None:
    """Refuse a database with tables of another program: ours beside them would break much later."""
    there = set(sa.inspect(connection).get_table_names())
    if "alembic_version" not in there and there & set(metadata.tables):
        raise StoreRefused("the database holds tables of another program: a desk needs a database of its own")
