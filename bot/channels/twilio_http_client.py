"""Twilio's asynchronous HTTP client with time-outs, without retries, at an address that can be set.

Its own has no time-out at all, and its retries post again after a 5xx: one message, sent up to three times. Imported at
the first use of Twilio's library, lightly: see `twilio_library`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response

from bot.channels.asked_wait import asked_wait
from bot.channels.twilio_http import TooMany, at_base, basic, code_in, content

LONGEST_WAIT = timedelta(days=1)

# At INFO twilio writes recipients and the account into the log.
logging.getLogger("twilio").setLevel(logging.WARNING)


class TwilioHttp(AsyncTwilioHttpClient):  # type: ignore[misc]
    """api_base: where Twilio's API is asked. timeout: seconds; connecting has half of them, so that a time-out after
    that means that the request had left."""

    def __init__(self, api_base: str, timeout: float) -> None:
        super().__init__(pool_connections=False)
        self._base = api_base
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),  # no queue in here: a call leaves when it may
            timeout=aiohttp.ClientTimeout(total=None, connect=timeout / 2),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  (the signature is twilio's)
        allow_redirects: bool = False,  # noqa: FBT001, FBT002
    ) -> Response:
        """One try. Raises TooMany for a 429."""
        sent = dict(headers or {})
        if auth:
            sent["Authorization"] = basic(*auth)
        async with self.session.request(
            method,
            at_base(self._base, url),
            params=params,
            data=content(data, sent.get("Content-Type", "")),
            headers=sent,
            allow_redirects=False,
        ) as response:
            text = (await response.read()).decode(errors="replace")
            if response.status == 429:
                raise TooMany(code_in(text), asked_wait(response.headers, LONGEST_WAIT))
            return Response(response.status, text, response.headers)
