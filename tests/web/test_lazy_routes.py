"""Doors that are built at the first knock: once, for all who knock meanwhile, and anew where building failed."""

from __future__ import annotations

import asyncio

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.web.lazy_routes import LazyRoutes


async def _told(request: web.Request) -> web.Response:
    return web.Response(text=request.match_info["name"])


class Builder:
    """What puts the routes there; the first `failing` times it breaks."""

    def __init__(self, failing: int = 0) -> None:
        self.failing = failing
        self.times = 0

    def __call__(self, routes: web.UrlDispatcher) -> None:
        self.times += 1
        if self.times <= self.failing:
            raise ImportError("a file is missing")
        routes.add_get("/shop/{name}", _told)


async def asked(build: Builder, *paths: str) -> list[int]:
    app = web.Application()
    app.router.register_resource(LazyRoutes("/shop", build))
    async with TestServer(app) as server, ClientSession(server.make_url("/")) as session:
        answers = await asyncio.gather(*(session.request(*path.split()) for path in paths))
        return [answer.status for answer in answers]


async def test_a_door_is_built_at_the_first_knock_and_once() -> None:
    build = Builder()
    statuses = await asked(build, *["GET /shop/saw"] * 8, "GET /shop", "POST /shop/saw", "GET /shops", "GET /")
    assert statuses == [200] * 8 + [404, 405, 404, 404]
    assert build.times == 1


async def test_who_knocks_elsewhere_builds_nothing() -> None:
    build = Builder()
    assert await asked(build, "GET /", "GET /shopping") == [404, 404]
    assert build.times == 0


async def test_a_door_that_could_not_be_built_is_built_at_the_next_knock() -> None:
    build = Builder(failing=1)
    assert sorted(await asked(build, "GET /shop/saw", "GET /shop/drill")) == [200, 500]
    assert build.times == 2
