"""What Twilio's HTTP needs, without Twilio's library: addresses, bodies, credentials, error codes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

API_BASE = "https://api.twilio.com"


class TooMany(Exception):
    """HTTP 429. Raised in the HTTP client, since twilio's own error does not keep the headers."""

    def __init__(self, code: int | None, after: timedelta | None) -> None:
        super().__init__("429")
        self.code, self.after = code, after


@lru_cache(maxsize=64)
def at_base(base: str, url: str) -> str:
    """A URL of Twilio's, moved to the configured base."""
    if base == API_BASE:  # Twilio's own servers: content templates have one of their own
        return url
    place, parts = urlsplit(base), urlsplit(url)
    return urlunsplit((place.scheme, place.netloc, place.path.rstrip("/") + parts.path, parts.query, ""))


def content(data: Mapping[str, Any] | None, kind: str) -> bytes | None:
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
