"""Webhooks to other systems: one signed POST for each event, never into a private network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.channels.asked_wait import asked_wait
from bot.channels.base import Outgoing
from bot.core.delivery import Accepted, Failed, Later, Outcome, Refused
from bot.core.hooks import BadTarget, check_target, is_loopback_name, is_public, sign

SECONDS = 15.0
LONGEST_WAIT = timedelta(hours=1)

Target = Callable[[str], Awaitable[tuple[str, str] | None]]


class PublicOnly(AbstractResolver):
    """Resolves names to public addresses only: checked at the connection itself, against DNS rebinding."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError when no public address is found."""
        found = await self._inner.resolve(host, port, family)
        kept = found if is_loopback_name(host) else [one for one in found if is_public(one["host"])]
        if not kept:
            raise OSError(f"{host} leads into a private network")
        return kept

    async def close(self) -> None:
        await self._inner.close()


class WebhookChannel:
    """`target` gives (address, secret) for the number that a row is addressed to; `clock` seconds since 1970."""

    name = "webhook"
    sender = "webhook"
    shows_buttons = False

    def __init__(self, target: Target, clock: Callable[[], float]) -> None:
        self._target = target
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def carry(self, out: Outgoing) -> Outcome:
        """2xx is accepted; 410 ends this event; 429 and 503 wait as long as asked; all else is tried again."""
        found = await self._target(out.address)
        if found is None:
            return Refused("this address was taken off the list", "gone", "content")
        url, secret = found
        try:
            check_target(url, loopback=True)
        except BadTarget as error:
            return Refused(str(error), "target", "content")
        try:
            async with asyncio.timeout(SECONDS):
                return await self._post(url, secret, out)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            # Also when the answer was lost: the receiver recognises a repeat by its webhook-id.
            return Failed(type(error).__name__)

    async def _post(self, url: str, secret: str, out: Outgoing) -> Outcome:
        body, at = out.words.text.encode(), int(self._clock())
        headers = {
            "Content-Type": "application/json", "User-Agent": "Prete-Rendu", "webhook-id": out.ref,
            "webhook-timestamp": str(at), "webhook-signature": sign(secret, out.ref, at, body),
        }  # fmt: skip
        async with self._open().post(url, data=body, headers=headers, allow_redirects=False) as answer:
            return _outcome(answer.status, asked_wait(answer.headers, LONGEST_WAIT), out.ref)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=PublicOnly(aiohttp.ThreadedResolver()), use_dns_cache=False)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def find(self, out: Outgoing, since: object) -> Literal["unknown"]:
        return "unknown"

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _outcome(status: int, asked: timedelta | None, ref: str) -> Outcome:
    if 200 <= status < 300:
        return Accepted(ref)
    if status == 410:
        return Refused("the system says it is gone", "410", "content")
    if status in (429, 503) and asked is not None:
        return Later(f"HTTP {status}", asked, False)
    return Failed(f"HTTP {status}", str(status))
