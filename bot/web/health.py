"""/healthz: do the loops turn? /readyz: does the database answer, with this code's tables?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from bot.store import Store, StoreError

READY_SECONDS = 3.0


def add_health(app: web.Application, store: Store, late: Callable[[], list[str]]) -> None:
    """late: names of the loops that have not turned for three of their intervals."""

    async def healthz(request: web.Request) -> web.Response:
        behind = late()
        body = {"status": "late" if behind else "ok", "late": behind}
        return web.json_response(body, status=503 if behind else 200)

    async def readyz(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(READY_SECONDS):
                ready = await store.ready()
        except (StoreError, TimeoutError):
            ready = False
        return web.json_response({"status": "ready" if ready else "not ready"}, status=200 if ready else 503)

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
