"""Providers' servers on loopback: they keep what they were asked and answer from a script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Asked:
    """One request as the provider saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    fields: dict[str, str]
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Answer:
    """What to answer: a body, or trouble. `cut` drops the connection once the request was read."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: bool = False


class Provider:
    """Answers the next of `script`, else what `usual` makes of the request."""

    def __init__(self, usual: Callable[[Asked], Answer]) -> None:
        self.usual = usual
        self.script: list[Answer] = []
        self.asked: list[Asked] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        asked = await _asked(request)
        self.asked.append(asked)
        answer = self.script.pop(0) if self.script else self.usual(asked)
        await asyncio.sleep(answer.wait)
        if answer.cut:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        body = answer.body
        if isinstance(body, bytes):
            return web.Response(status=answer.status, body=body, headers=answer.headers)
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {"Content-Type": "application/json"} | answer.headers
        return web.Response(status=answer.status, text=text, headers=headers)


async def _asked(request: web.Request) -> Asked:
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    if request.content_type == "application/json":
        fields = {name: str(value) for name, value in (await request.json()).items()}
    else:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = value.file.read()
            else:
                fields[name] = str(value)
    return Asked(request.method, request.path, dict(request.query), dict(request.headers), fields, files)


@asynccontextmanager
async def serving(provider: Provider) -> AsyncIterator[Provider]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", provider.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    provider.url = f"http://{host}:{port}"
    try:
        yield provider
    finally:
        await runner.cleanup()


async def closed_port() -> str:
    """An address where nobody listens."""
    async with serving(Provider(lambda asked: Answer())) as provider:
        return provider.url
