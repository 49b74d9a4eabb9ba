"""The web application and its listening socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.channels.base import Door
from bot.store import Store
from bot.web.api_call import Surroundings
from bot.web.guard import MOST_AHEAD, ConnectionLimiter, Networks, watch
from bot.web.health import add_health
from bot.web.lazy_routes import LazyRoutes
from bot.web.metrics import add_metrics
from bot.web.webhooks import LARGEST_BODY, add_doors

log = structlog.get_logger("web")
KEEPALIVE_SECONDS = 15.0
# What is still read of a body after its answer, so that the answer is not lost to a reset. aiohttp's ten seconds let a
# body that drips hold a connection twice as long as its time-out.
LINGER_SECONDS = 2.0
ROUNDS_TO_BEGIN = 8  # of the loop, from a connection that waits to be accepted to its request in progress
PROXY_SECONDS = 2.0  # what a stop waits for proxies to let go of their connections
# By default aiohttp's header names its versions.
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Server": "Prete-Rendu"}


class Unreadable(logging.Filter):
    """Malformed or aborted requests are the client's fault: a short warning without their bytes, not an error of ours.
    (aiohttp has answered 400 by then.)"""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError | web.RequestPayloadError):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.msg, record.args, record.exc_info = f"request_unreadable: {type(error).__name__}", (), None
        return True


http_log = logging.getLogger("web.http")
http_log.addFilter(Unreadable())


@web.middleware
async def no_tracebacks(request: web.Request, handler: Any) -> web.StreamResponse:
    """An error of ours is one log line and a short 500, never a page with internals."""
    try:
        response: web.StreamResponse = await handler(request)
    except web.HTTPException as error:
        _name_itself(error)
        raise
    except asyncio.CancelledError:
        raise
    except Exception as error:
        log.error("request_failed", path=request.path, exc_info=error)
        response = web.json_response({"error": "internal error"}, status=500)
    _name_itself(response)
    return response


def _name_itself(response: web.StreamResponse) -> None:
    headers = response.headers
    for name, value in HEADERS.items():
        headers.setdefault(name, value)


def make_app(
    store: Store, doors: Mapping[str, Door], late: Callable[[], list[str]], api: Surroundings | None
) -> web.Application:
    """api: what the REST API stands on; None leaves it out."""
    app = web.Application(middlewares=[watch, no_tracebacks], client_max_size=LARGEST_BODY)
    add_doors(app, store, doors)
    add_health(app, store, late)
    add_metrics(app, store, late)
    if api is not None:
        app.router.register_resource(LazyRoutes("/api", partial(_build_api, api)))
    return app


def _build_api(api: Surroundings, routes: web.UrlDispatcher) -> None:
    from bot.web.api import add_api  # with its fifty models: 1 MB

    add_api(routes, api)


async def _let_in() -> None:
    """What the system has accepted, and a busy loop has not yet, would be reset together with the socket."""
    for _ in range(ROUNDS_TO_BEGIN):
        await asyncio.sleep(0)


class Listener:
    """The listening socket. `port` is the actual one once started."""

    def __init__(self, app: web.Application, host: str, port: int, trusted: Networks) -> None:
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=http_log,
            keepalive_timeout=KEEPALIVE_SECONDS,
            lingering_time=LINGER_SECONDS,
            read_bufsize=MOST_AHEAD // 2,
        )
        self._host = host
        self.port = port
        self._trusted = trusted
        self._limiter: ConnectionLimiter | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Raises OSError when the address is taken."""
        await self._runner.setup()
        inner = self._runner.server
        assert inner is not None
        self._limiter = ConnectionLimiter(inner, self._trusted)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._limiter, self._host, self.port, backlog=512, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Accept no new connection; requests in progress are answered, and those that a proxy sends meanwhile into
        connections it keeps."""
        if self._server is not None and self._limiter is not None:
            await _let_in()
            self._server.close()
            await _let_in()
            await self._limiter.proxies_gone(PROXY_SECONDS)
        await self._runner.shutdown()
        await self._runner.cleanup()
