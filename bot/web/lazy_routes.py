"""Routes that are built at the first request: most desks run for weeks without a call to the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from aiohttp import web
from yarl import URL


class LazyRoutes(web.AbstractResource):
    """All addresses at and under `prefix`, by the routes that `build` adds to a router.

    `build` imports the handlers: 0.1 s, in a thread, so that nobody else waits.
    """

    def __init__(self, prefix: str, build: Callable[[web.UrlDispatcher], None]) -> None:
        super().__init__()
        self._prefix = prefix
        self._build = build
        self._building = asyncio.Lock()

    @cached_property
    def _routes(self) -> web.UrlDispatcher:
        routes = web.UrlDispatcher()
        self._build(routes)
        routes.freeze()
        return routes

    async def resolve(self, request: web.Request) -> tuple[web.UrlMappingMatchInfo, set[str]]:
        """The route of a request. All paths under the prefix are answered here, unknown ones with 404."""
        if "_routes" not in vars(self):
            async with self._building:
                await asyncio.to_thread(lambda: self._routes)
        return await self._routes.resolve(request), set()

    @property
    def canonical(self) -> str:
        return self._prefix

    def url_for(self, **kwargs: str) -> URL:
        return URL.build(path=self._prefix)

    def add_prefix(self, prefix: str) -> None:
        """Raises RuntimeError: the routes have absolute paths."""
        raise RuntimeError(f"{self._prefix} cannot be moved")

    def get_info(self) -> Any:
        return {"prefix": self._prefix}

    def raw_match(self, path: str) -> bool:
        return path == self._prefix

    def __len__(self) -> int:
        return len(self._routes.routes())

    def __iter__(self) -> Iterator[web.AbstractRoute]:
        return iter(self._routes.routes())
