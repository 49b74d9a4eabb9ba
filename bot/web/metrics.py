"""/metrics for Prometheus: what waits in the tables, and what this process did since it started.

Numbers only; no name, address or word. Served only to this machine and to private networks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING

from aiohttp import web

from bot.store import Store, StoreError, figures
from bot.store.measures import Measures

if TYPE_CHECKING:
    from bot.web.exposition import Standing

READ_SECONDS = 5.0
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")


def add_metrics(app: web.Application, store: Store, late: Callable[[], list[str]]) -> None:
    """late: names of the loops that have not turned for three of their intervals."""

    async def metrics(request: web.Request) -> web.Response:
        if not is_near(request.remote, request.headers):
            return web.Response(status=404)
        try:
            async with asyncio.timeout(READ_SECONDS):
                standing = await _standing(store)
        except (StoreError, TimeoutError):
            standing = None  # without the database its absence and this process's counts are still reported
        text = await asyncio.to_thread(_text, standing, store.measures, late(), store.clock.now())
        return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app.router.add_get("/metrics", metrics)


def is_near(remote: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this machine or a private network, and not through a proxy from anywhere."""
    if any(name in headers for name in FORWARDED):
        return False
    try:
        return ip_address((remote or "").partition("%")[0]).is_private
    except ValueError:
        return False


async def _standing(store: Store) -> Standing:
    now = store.clock.now()
    states = {name: state for name, (state, _) in (await figures.channels(store)).items()}
    return (
        await figures.backlog(store, now),
        await figures.queue(store, now),
        {name: states.get(name, "up") for name in store.desk.roads},
        await figures.groups_lost(store, now),
    )


def _text(standing: Standing | None, measures: Measures, late: list[str], now: datetime) -> bytes:
    from bot.web.exposition import exposed  # with its library: never loaded by a desk without monitoring

    return exposed(standing, measures, late, now)
