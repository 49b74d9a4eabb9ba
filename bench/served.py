"""A server of PostgreSQL for a desk that is measured, on the other core."""

from __future__ import annotations

import asyncio
import atexit
import os

from bench.child import LOADER
from bot.store import Store
from tools.postgres import Server

# What a small server would be given; what it flushes, it flushes.
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "2GB"}


async def served() -> tuple[Server, str]:
    """The server and the name of a database on it that has its tables. Stopped when this process ends at the latest."""
    server = await asyncio.to_thread(_started)
    name = server.create()
    await (await Store.open(server.url(name))).close()
    return server, name


def _started() -> Server:
    """A server inherits the core of the thread that starts it."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {LOADER})
    try:
        server = Server.start(SETTINGS)
        atexit.register(server.stop)  # also where a question fails and nobody says `stop`
        return server
    finally:
        os.sched_setaffinity(0, mine)
