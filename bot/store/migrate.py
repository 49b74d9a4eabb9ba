"""Bringing a database to this code's tables (Alembic)."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from bot.store.engine import sqlite_path, sync_engine
from bot.store.errors import StoreBusy, StoreRefused

HEAD = "0001"
KNOWN = ("0001",)
FOLDER = Path(__file__).parent / "migrations"


def current(url: str) -> str | None:
    """The revision a database is at, None for an empty one. Raises StoreBusy when it does not answer."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return None
    engine = sync_engine(url)
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
            return found
    except sa.exc.OperationalError as error:
        raise StoreBusy(f"the database does not answer: {error.orig}") from error
    finally:
        engine.dispose()


def upgrade(url: str) -> None:
    """Apply what is missing, each migration in one transaction: a kill in the middle leaves the one before.

    Raises StoreRefused when the database is of newer code: older code must not write to it.
    """
    path = sqlite_path(url)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    at = current(url)
    if at == HEAD:
        return
    if at is not None and at not in KNOWN:
        raise StoreRefused(f"the database is at {at}, this program knows up to {HEAD}: install the newer version again")
    from alembic import command  # costs 0.2 s: only paid when there is something to do
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    engine = sync_engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # two replicas starting together: one migrates
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(727274)"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
