"""Looks into a desk's database until nothing is found there.

A process of its own, on the core of the load: in the desk's own process each look held up what was measured, by 0.5 ms
on SQLite and by 2 to 4 ms on PostgreSQL, a hundred times a second.
"""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from bench.child import POLL, now, run
from tools.postgres import native


class Watch:
    """What the commands work on."""

    connection: Any
    forgets: bool  # how many rows there are, until it is told to look


async def open_database(url: str) -> None:
    """url: in the form that DATABASE_URL has."""
    at = make_url(url)
    Watch.forgets = at.get_backend_name() == "postgresql"
    if Watch.forgets:
        Watch.connection = psycopg.connect(native(url), autocommit=True)
    else:
        Watch.connection = sqlite3.connect(at.database or "", isolation_level=None)


async def analyse() -> None:
    """PostgreSQL learns how many rows there are, as it does by itself within a minute: nobody lends a thousand things
    in their first. In a desk on SQLite nobody ever does that."""
    if Watch.forgets:
        Watch.connection.execute("ANALYZE")


async def until_none(question: str, patience: float) -> float | None:
    """Wait until nothing is found; when that was, None where it did not happen in so many seconds."""
    until = now() + patience
    while Watch.connection.execute(question).fetchone() is not None:
        if now() > until:
            return None
        await asyncio.sleep(POLL)
    return now()


if __name__ == "__main__":
    run({"open": open_database, "until_none": until_none, "analyse": analyse})
