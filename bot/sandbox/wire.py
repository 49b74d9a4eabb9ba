"""What both stand-ins share: a server on loopback that records and spoils calls, and posts to the service's doors."""

from __future__ import annotations

import asyncio
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from bot.sandbox.faults import ON_THE_CALL, Call, Fault, Faults

Clock = Callable[[], datetime]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CALL: web.RequestKey[Call] = web.RequestKey("call", Call)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
LARGEST_BODY = 52 * 1024 * 1024  # a bot may upload 50 MB


class NoSuchHost(aiohttp.ClientConnectionError):
    """The stand-ins reach the connected service and loopback; a request for any other host goes nowhere."""


class Errands:
    """Work that a provider does on its own time: callbacks, pushes, retries."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []

    def run(self, errand: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(errand)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._errors.append(error)

    @property
    def busy(self) -> bool:
        return bool(self._running)

    async def quiet(self, within: float) -> bool:
        """Waits until nothing is under way, `within` seconds at most; False when something still is.

        Raises what an errand raised, so that a fault of the stand-in itself never passes unseen.
        """
        end = time.monotonic() + within
        while self._running and (left := end - time.monotonic()) > 0:
            await asyncio.wait(self._running, timeout=left)
        if self._errors:
            raise self._errors.pop(0)
        return not self._running

    async def stop(self) -> None:
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class Wire(ABC):
    """One provider's server. Subclasses add the routes and the shape of an error.

    `now` is the network's clock, which may be moved; delays are on real time, multiplied by `pace` (0.01: a hundred
    times quicker than the real provider).
    """

    def __init__(self, now: Clock, pace: float) -> None:
        self.now = now
        self.pace = pace
        self.calls: list[Call] = []
        self.faults = Faults()
        self.errands = Errands()
        self.port = 0
        self._roads: list[tuple[str, str]] = []
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._over = asyncio.Event()

    @property
    def base(self) -> str:
        """Where the service is to find this provider: the `…_API_BASE` of its configuration."""
        return f"http://127.0.0.1:{self.port}"

    # --- the line ---------------------------------------------------------------------------------------------------

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """What the provider answers to."""

    @abstractmethod
    def error(self, fault: Fault) -> web.Response:
        """An error answer in the provider's own shape."""

    async def start(self, port: int = 0) -> None:
        """Listens on 127.0.0.1; port 0 takes a free one."""
        self._over.clear()
        app = web.Application(middlewares=[self._meet], client_max_size=LARGEST_BODY)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def hang_up(self) -> None:
        """Closes the line: from now on connections are refused. `pick_up` opens it again at the same port."""
        self._over.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def pick_up(self) -> None:
        await self.start(self.port)

    async def stop(self) -> None:
        await self.errands.stop()
        await self.hang_up()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def rest(self, seconds: float) -> None:
        """Waits as long as the provider would, shortened by the pace."""
        await asyncio.sleep(seconds * self.pace)

    # --- towards the service ----------------------------------------------------------------------------------------

    def connect(self, door: str, public_url: str) -> None:
        """Requests meant for `public_url` go to `door`, the address at which the service really listens."""
        self._roads = [(public_url.rstrip("/"), door.rstrip("/"))]

    def disconnect(self) -> None:
        self._roads = []

    def reach(self, url: str) -> str:
        """The address a request for `url` really goes to. The fragment is never sent. Raises NoSuchHost."""
        url = url.split("#", 1)[0]
        for public, door in self._roads:
            if url == public or url.startswith((public + "/", public + "?")):
                return door + url[len(public) :]
        if host_of(url) not in LOOPBACK:
            raise NoSuchHost(host_of(url))
        return url

    async def post(self, url: str, body: bytes, headers: dict[str, str], within: float) -> int:
        """Posts as the provider does, without following redirects; the status answered.

        `within`: seconds of real time. Raises aiohttp.ClientError or TimeoutError, as the network does.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        async with asyncio.timeout(within):
            posting = self._session.post(self.reach(url), data=body, headers=headers, allow_redirects=False)
            async with posting as answer:
                await answer.read()
                return answer.status

    # --- from the service -------------------------------------------------------------------------------------------

    @web.middleware
    async def _meet(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        call = await self._heard(request)
        request[CALL] = call
        self.calls.append(call)
        fault = self.faults.take(call, ON_THE_CALL)
        if fault is None:
            answer: web.StreamResponse | None = await handler(request)
        else:
            call.fault = fault.how
            answer = await self._spoil(fault, request, handler)
        if answer is None:
            return web.Response(status=499)  # to a closed socket: nobody reads it
        call.status = answer.status
        return answer

    async def _heard(self, request: web.Request) -> Call:
        fields: dict[str, str] = dict(request.query)
        files: dict[str, bytes] = {}
        names: dict[str, str] = {}
        content: object = None
        if request.content_type == "application/json":
            content = _json_or_none(await request.text())
        elif request.can_read_body:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    files[name], names[name] = value.file.read(), value.filename
                else:
                    fields[name] = value if isinstance(value, str) else value.decode()
        return Call(self.now(), time.monotonic(), request.method, request.path, fields, files, content, names=names)

    async def _spoil(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse | None:
        """The spoilt answer; None when the socket was closed instead of answering."""
        if fault.how == "slow":
            await asyncio.sleep(fault.seconds)
            return await handler(request)
        if fault.accepted:
            await handler(request)
        if fault.how == "refuse":
            return self.error(fault)
        if fault.how == "garbage":
            return web.Response(status=fault.status, text="<html><body>upstream conn", content_type="text/html")
        if fault.how == "cut":
            await _begin(request)
        if fault.how == "hang":
            await self._over.wait()
        if request.transport is not None:
            request.transport.abort()
        return None


async def _begin(request: web.Request) -> None:
    """The head of an answer and its first bytes, of the many it promises."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "4096"})
    await answer.prepare(request)
    await answer.write(b'{"sid": "')


def _json_or_none(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def host_of(url: str) -> str:
    """The host name in a URL, empty when it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
