"""The providers' doors: verify, store the raw letter in the inbox, then answer. Nothing is interpreted here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext

import structlog
from aiohttp import web

from bot.channels.base import Door, Forbidden, RawRequest, Rubbish
from bot.store import Store, StoreError
from bot.web.guard import Guarded, guard_of
from bot.web.patience import Patience

log = structlog.get_logger("door")

REQUEST_SECONDS = 10.0  # from the first byte of the head to the last of the body
LARGEST_BODY = 256 * 1024
TRY_AGAIN_SECONDS = "2"
# A letter that arrives while the writer waits five seconds for a lock would wait for its own turn after that, beyond
# what a provider waits. It may still be kept: its repetition changes nothing then.
KEEP_SECONDS = 5.5

Handler = Callable[[web.Request], Awaitable[web.Response]]


def door(name: str, sorter: Door, store: Store, accepted: int) -> Handler:
    """The handler of one door. `accepted`: the status of an accepted letter (204 for Twilio, 200 for Telegram)."""

    patience = Patience(KEEP_SECONDS)

    async def answer(request: web.Request) -> tuple[str, web.Response]:
        try:
            if not request.content.is_eof():  # otherwise `read_body` and `letters` do the same
                refuse_large(request)
                sorter.admit(RawRequest(request.raw_path, request.headers, b""))
            body = await read_body(request)
            letters = sorter.letters(RawRequest(request.raw_path, request.headers, body))
        except Forbidden as error:
            log.warning("letter_forbidden", door=name, why=str(error))
            return "forbidden", web.Response(status=403)
        except Rubbish as error:
            log.warning("letter_refused", door=name, why=str(error))
            return "refused", web.Response(status=400)
        except web.HTTPException as error:
            log.warning("letter_refused", door=name, why=error.reason)
            refusal = web.Response(status=error.status)
            refusal.force_close()  # the rest of an unreadable body would be parsed as the next request
            return "refused", refusal
        try:
            with patience.wait():
                new = await store.put(letters) if letters else 0
        except (StoreError, TimeoutError) as error:
            # Not acknowledged: the provider repeats it, or we fetch it from its list later.
            log.error("letter_not_kept", door=name, why=str(error) or "the database takes too long")
            return "not_kept", try_later()
        if new < len(letters):
            log.info("letter_repeated", door=name)
        return "kept" if new == len(letters) else "repeated", web.Response(status=accepted)

    async def knock(request: web.Request) -> web.Response:
        began = time.perf_counter()
        outcome, response = await answer(request)
        store.measures.answered(name, outcome, time.perf_counter() - began)
        return response

    return knock


def try_later() -> web.Response:
    """The answer while the database takes nothing."""
    return web.Response(status=503, headers={"Retry-After": TRY_AGAIN_SECONDS})


async def read_body(request: web.Request) -> bytes:
    """The whole body. Raises HTTPException: 413 when too large, 408 when too slow, 400 when unreadable."""
    refuse_large(request)
    content = request.content
    if content.is_eof() and content.total_bytes <= LARGEST_BODY and content.exception() is None:
        body = content.read_nowait()  # most letters come in one piece with their head
        while not content.at_eof():
            body += content.read_nowait()
        return body
    guard = guard_of(request)
    if guard is not None:
        guard.body_begins()
    began = asyncio.get_running_loop().time() if guard is None else guard.began
    try:
        async with asyncio.timeout_at(began + REQUEST_SECONDS), _turn(guard, request):
            return await _read(request)
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    except web.HTTPException:
        raise
    except Exception as error:  # a broken gzip stream, a cut connection, an invalid chunk: all unreadable
        raise web.HTTPBadRequest(reason=f"unreadable body: {type(error).__name__}") from error
    finally:
        if guard is not None:
            guard.body_complete()


def refuse_large(request: web.Request) -> None:
    """Raises HTTPException 413 for a body that says it is too large."""
    if (length := request.content_length or 0) > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_BODY, actual_size=length)


async def _read(request: web.Request) -> bytes:
    """aiohttp's own `read` keeps the body with the request, and the request until the connection brings another: 47 MB
    in 190 connections at rest."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST_BODY:  # a compressed one, or one that did not say its length
            raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_BODY, actual_size=len(body))
    return bytes(body)


def _turn(guard: Guarded | None, request: web.Request) -> AbstractAsyncContextManager[None]:
    if guard is None:
        return nullcontext()
    return guard.turn(None if "Content-Encoding" in request.headers else request.content_length)


def add_doors(app: web.Application, store: Store, doors: Mapping[str, Door]) -> None:
    """Routes for the doors that are on. Those that are off answer 404."""
    if "twilio" in doors:
        twilio = door("twilio", doors["twilio"], store, 204)
        app.router.add_post("/webhooks/twilio", twilio)
        app.router.add_post("/webhooks/twilio/status", twilio)
    if "telegram" in doors:
        app.router.add_post("/webhooks/telegram", door("telegram", doors["telegram"], store, 200))
    if "myoperator" in doors:
        app.router.add_post("/webhooks/myoperator/{secret}", door("myoperator", doors["myoperator"], store, 200))
