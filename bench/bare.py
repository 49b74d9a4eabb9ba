"""The bare references: a form handler that keeps nothing, and the provider's client without a database."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

from aiohttp import web

from bench.child import now, run
from bench.forms import ACCOUNT, PATH, SMS_FROM, TOKEN, phone


async def _read_form(request: web.Request) -> web.Response:
    form = await request.post()
    return web.Response(status=204 if form.get("From") else 400)


async def serve() -> int:
    """aiohttp reading a form, nothing else; its port."""
    app = web.Application()
    app.router.add_post(PATH, _read_form)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=512)
    await site.start()
    return int(runner.addresses[0][1])


async def send(base: str, count: int, at_once: int) -> float:
    """Messages per second of twilio's client alone, `at_once` calls in flight."""
    client = _client(base)
    waiting = iter(range(count))

    async def one_after_the_other() -> None:
        for number in waiting:
            await client.messages.create_async(to=phone(number), from_=SMS_FROM, body="Perceuse Bosch est à rendre.")

    began = now()
    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    took = now() - began
    await client.http_client.close()
    return count / took


def _client(base: str) -> Any:
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.rest import Client

    class Local(AsyncTwilioHttpClient):  # type: ignore[misc]
        async def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
            return await super().request(method, url.replace("https://api.twilio.com", base), *rest, **more)

    return Client(ACCOUNT, TOKEN, http_client=Local(pool_connections=True))


if __name__ == "__main__":
    # twilio's client passes credentials to aiohttp in a way that aiohttp gives up: nothing of ours.
    warnings.simplefilter("ignore", DeprecationWarning)
    run({"serve": serve, "send": send})
