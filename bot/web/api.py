"""The REST API: each request gets an id, is authenticated, rate-limited and validated, then answered as JSON."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.core.debts import DebtRefused
from bot.core.errors import Gone, Refusal, Unfit
from bot.core.notices import BadFacts
from bot.core.people import BadPhone
from bot.store import StoreError, Taken
from bot.store.engine import is_sqlite
from bot.store.tokens import revoked
from bot.web import api_desk, api_hooks, api_notices, api_settings
from bot.web.api_call import Call, Endpoint, Reply, Surroundings, is_fit
from bot.web.api_limits import Limiter, SharedLimiter
from bot.web.api_problem import Problem, not_valid, wrong
from bot.web.openapi import document, page
from bot.web.tokens import BadToken, Caller, bearer, read_token
from bot.web.webhooks import LARGEST_BODY, read_body

log = structlog.get_logger("api")

ANSWER_SECONDS = 20.0
DEBT_REFUSED = {
    "same_reference": "this person owes something under the same reference",
    "other_currency": "the debt is in another currency", "not_owed": "this debt is not owed any more",
}  # fmt: skip
NOBODY = Caller("", "", "user")

ENDPOINTS: tuple[Endpoint, ...] = (
    *api_notices.ENDPOINTS, *api_desk.ENDPOINTS, *api_settings.ENDPOINTS, *api_hooks.ENDPOINTS,
)  # fmt: skip


def add_api(routes: web.UrlDispatcher, around: Surroundings) -> None:
    """Routes of every endpoint, the description and its page. Any other path under /api/ answers 404 in our form."""
    limits = Limits(around)
    paths: dict[str, dict[str, Endpoint]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    for path, methods in paths.items():
        routes.add_route("*", path, door(methods, around, limits))
    shown = _once_made(lambda: page(ENDPOINTS), _html)
    described = _once_made(lambda: document(ENDPOINTS), web.json_response)
    for path, answer in (("/api/openapi.json", described), ("/api/", shown), ("/api", shown)):
        routes.add_get(path, answer)
        routes.add_route("*", path, door({"GET": None}, around, limits))
    routes.add_route("*", "/api/{rest:.*}", door({}, around, limits))


def _once_made(
    make: Callable[[], Any], answer: Callable[[Any], web.Response]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Built at the first request, not at the start."""
    made = cache(make)

    async def given(request: web.Request) -> web.Response:
        response = answer(made())
        response.headers["X-Request-Id"] = _request_id(request)
        return response

    return given


def _request_id(request: web.Request) -> str:
    """The caller's own name of this call, or one of ours."""
    given = request.headers.get("X-Request-Id", "")
    return given if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", given) else secrets.token_hex(8)


def _html(shown: tuple[str, str]) -> web.Response:
    text, policy = shown
    return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})


class Limits:
    """How often a caller may ask. On PostgreSQL several processes may answer, and share what a token may; whoever
    comes without one is counted by each process alone, so that strangers write nothing."""

    def __init__(self, around: Surroundings) -> None:
        self._own = Limiter(around.per_second, around.burst)
        one = is_sqlite(around.store.url)
        self._shared = None if one else SharedLimiter(around.store, around.per_second, around.burst)

    async def count(self, key: str, *, stranger: bool = False) -> None:
        """Raises Problem (429), StoreError."""
        now = time.monotonic()
        wait = self._own.take(key, now)
        if not wait and not stranger and self._shared is not None:
            wait = await self._shared.take(key, now)
        if wait:
            raise Problem(429, "too many requests", headers={"Retry-After": str(max(1, round(wait)))})


def door(
    methods: Mapping[str, Endpoint | None], around: Surroundings, limits: Limits
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler of one path: what answers each method, None where that is no call. Every way it may end is an answer
    in our form."""

    async def knock(request: web.Request) -> web.StreamResponse:
        request_id = _request_id(request)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reply = await _answer(methods, around, limits, request)
            response = web.Response(body=_json(reply.body), status=reply.status, content_type="application/json")
        except Exception as error:  # whatever it is, the caller gets one form of error, without internals
            response = _problem(error, request.path, request_id).response(request_id)
        if response.status in (400, 408, 413):
            response.force_close()  # the rest of an unread body would be parsed as the next request
        response.headers["X-Request-Id"] = request_id
        response.headers["Cache-Control"] = "no-store"
        return response

    return knock


def _json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()


def _problem(error: Exception, path: str, request_id: str) -> Problem:
    match error:
        case Problem():
            return error
        case BadToken():
            return Problem(401, str(error), headers={"WWW-Authenticate": "Bearer"})
        case ValidationError():
            return not_valid(error)
        case BadFacts():
            return Problem(422, "facts do not fit", [(f"variables.{n}", why) for n, why in error.faults.items()])
        case BadPhone():
            return wrong("phone", "can be no number of a mobile phone; write +33612345678")
        case Gone():
            named = [(error.fact, "there is none of that name here")] if error.fact else []
            return Problem(404, "there is nothing of that name", named)
        case Unfit():
            return wrong(error.fact, str(error))
        case DebtRefused():
            return Problem(409, DEBT_REFUSED.get(error.why, error.why))
        case Taken():
            return Problem(409, "somebody else was faster")
        case Refusal():
            return Problem(409, str(error))
        case StoreError() | TimeoutError():
            log.warning("api_waits", path=path, request=request_id, why=type(error).__name__)
            return Problem(503, "the desk cannot answer just now; ask again", headers={"Retry-After": "2"})
        case web.HTTPRequestEntityTooLarge():
            return Problem(413, f"the body may have {LARGEST_BODY // 1024} KiB at most")
        case web.HTTPException():
            return Problem(error.status, error.reason)
    log.error("api_failed", path=path, request=request_id, exc_info=error)
    return Problem(500, "a fault of ours; it is in our log under this request id")


async def _answer(
    methods: Mapping[str, Endpoint | None], around: Surroundings, limits: Limits, request: web.Request
) -> Reply:
    if not methods:
        raise Problem(404, "there is nothing at this address")
    endpoint = methods.get("GET" if request.method == "HEAD" else request.method)
    if endpoint is None:
        allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])
        raise Problem(405, f"only {allowed} here", headers={"Allow": allowed})
    caller = await _caller(endpoint, around, limits, request)
    call = Call(request, caller, around, _path(request))
    if endpoint.query is not None:
        call.query = endpoint.query.model_validate(_query(request))
    elif request.query_string:
        raise Problem(422, "this address takes no parameters", [(name, "is not known") for name in request.query])
    if request.method != "GET":
        call.body = _body(endpoint, request, await read_body(request))
    found = await endpoint.act(call)
    if isinstance(found, Reply):
        return found
    assert isinstance(found, BaseModel)
    return Reply(endpoint.status, found.model_dump(mode="json"))


async def _caller(endpoint: Endpoint, around: Surroundings, limits: Limits, request: web.Request) -> Caller:
    """Who calls, when they may. Raises BadToken, Problem."""
    if endpoint.role is None:
        await limits.count(f"public:{request.remote}", stranger=True)
        return NOBODY
    token = bearer(request.headers.get("Authorization"))
    caller = read_token(token, around.key(), around.store.clock.real())
    await limits.count(caller.token_id or token[-40:])
    if caller.token_id and await revoked(around.store, caller.token_id):
        raise BadToken("the token was taken back")
    if endpoint.role == "admin" and caller.role != "admin":
        raise Problem(403, "this needs a token with the role admin")
    return caller


def _path(request: web.Request) -> dict[str, str]:
    parts = dict(request.match_info)
    for name, value in parts.items():
        if not is_fit(value):
            raise wrong(name, "holds characters that cannot stand there, or too many")
    return parts


def _query(request: web.Request) -> dict[str, str]:
    twice = {name for name in request.query if len(request.query.getall(name)) > 1}
    if twice:
        raise Problem(422, "a parameter may be given once", [(name, "is given twice") for name in sorted(twice)])
    return dict(request.query)


def _body(endpoint: Endpoint, request: web.Request, raw: bytes) -> Any:
    if endpoint.body is None:
        if raw.strip() not in (b"", b"{}"):
            raise Problem(422, "this address takes no body")
        return None
    if request.content_type != "application/json":
        raise Problem(415, "the body must be application/json")
    return endpoint.body.model_validate_json(raw)
