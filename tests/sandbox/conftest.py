"""The network in a box, a service's doors that only write down what comes, and the providers' own clients."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import pytest
from aiohttp import web
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.channels.telegram_library import load_aiogram
from bot.sandbox.network import Network

load_aiogram()  # before the tests of this folder import it plainly, which takes four times as long
PUBLIC = "https://desk.example"


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


@dataclass
class Knock:
    """One request that came to the service."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Doors:
    """A service that answers what it is told to, `statuses` first and then 200."""

    base: str = ""
    knocks: list[Knock] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.knocks.append(Knock(request.raw_path, request.headers, await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


class LoopbackHttp(AsyncTwilioHttpClient):  # type: ignore[misc]  # the client has no types
    """The official asynchronous client, sent to the stand-in instead of the provider."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = urlsplit(base)

    async def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        meant = urlsplit(url)
        there = urlunsplit((self.base.scheme, self.base.netloc, meant.path, meant.query, ""))
        return await super().request(method, there, *args, **kwargs)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def network(clock: Clock) -> AsyncIterator[Network]:
    async with Network(clock, pace=0.01) as network:
        yield network


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    doors = Doors()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", doors.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    doors.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield doors
    await runner.cleanup()


@pytest.fixture
async def twilio(network: Network) -> AsyncIterator[Client]:
    async with LoopbackHttp(network.twilio.base) as http:
        yield Client(network.twilio.account_sid, network.twilio.auth_token, http_client=http)
