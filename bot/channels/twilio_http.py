"""The HTTP client under Twilio's: with our time-outs, number of tries and base address."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from bot.channels.asked_wait import asked_wait
from bot.channels.twilio_library import client_class

API_BASE = "https://api.twilio.com"
_LONGEST_WAIT = timedelta(days=1)


class TooMany(Exception):
    """HTTP 429. Raised in the HTTP client, since twilio's own error does not keep the headers."""

    def __init__(self, code: int | None, after: timedelta | None) -> None:
        super().__init__("429")
        self.code, self.after = code, after


@cache
def http_class() -> Any:
    """Twilio's asynchronous HTTP client with a time-out, without retries, and with an address that can be set.

    Its own has no time-out at all, and its retries post again after a 5xx: one message, sent up to three times.
    """
    import aiohttp

    client_class()  # loads what both need, lightly
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.http.response import Response

    # At INFO twilio writes recipients and the account into the log.
    logging.getLogger("twilio").setLevel(logging.WARNING)

    class TwilioHttp(AsyncTwilioHttpClient):  # type: ignore[misc]
        def __init__(self, api_base: str, timeout: float) -> None:
            super().__init__(pool_connections=False)
            self._base = api_base
            # No queue in here: a call leaves when it may. Connecting has half the time: a time-out after that means
            # that the request had left.
            self.session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
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
            sent = dict(headers or {})
            if auth:
                sent["Authorization"] = basic(*auth)
            async with self.session.request(
                method,
                _at_base(self._base, url),
                params=params,
                data=_content(data, sent.get("Content-Type", "")),
                headers=sent,
                allow_redirects=False,
            ) as response:
                text = (await response.read()).decode(errors="replace")
                if response.status == 429:
                    raise TooMany(code_in(text), asked_wait(response.headers, _LONGEST_WAIT))
                return Response(response.status, text, response.headers)

    return TwilioHttp


@lru_cache(maxsize=64)
def _at_base(base: str, url: str) -> str:
    """A URL of Twilio's, moved to the configured base."""
    if base == API_BASE:  # Twilio's own servers: content templates have one of their own
        return url
    place, parts = urlsplit(base), urlsplit(url)
    return urlunsplit((place.scheme, place.netloc, place.path.rstrip("/") + parts.path, parts.query, ""))


def _content(data: Mapping[str, Any] | None, kind: str) -> bytes | None:
    """A body as it is sent; aiohttp's own forms cost several times as much."""
    if data is None:
        return None
    if kind == "application/json":
        return json.dumps(data).encode()
    return urlencode(data, doseq=True).encode()


def code_in(text: str) -> int | None:
    """Twilio's own code in the body of an error; None when there is none."""
    try:
        code = json.loads(text)["code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return code if isinstance(code, int) else None


def basic(user: str, password: str) -> str:
    """The value of an `Authorization` header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
