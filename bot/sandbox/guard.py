"""Who may drive the sandbox: this machine, or whoever holds the token; never a page of another site."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.sandbox.wire import LOOPBACK

COOKIE = "prete_rendu_sandbox"


def is_loopback(address: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    return address.strip("[]") in LOOPBACK or address.startswith("127.")


def host_name(host: str) -> str:
    """The name in a Host header, without port: `[::1]:8080` is `::1`."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def foreign(headers: Mapping[str, str], *, token_asked: bool) -> bool:
    """Whether a request comes by another site's name or from another site's page.

    Without a token the Host must be a loopback name: another name that points here (DNS rebinding) is thereby detected.
    With a token, that name's cookies never contain it.
    """
    host = headers.get("Host", "")
    if not token_asked and host_name(host) not in LOOPBACK:
        return True
    from_elsewhere = headers.get("Sec-Fetch-Site", "same-origin") in ("cross-site", "same-site")
    if from_elsewhere and headers.get("Sec-Fetch-Mode") != "navigate":
        return True
    origin = headers.get("Origin")
    return origin is not None and origin.partition("://")[2].lower() != host.lower()


def holds(token: str, query: Mapping[str, str], headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
    """Whether a request brings the token: `?token=`, `X-Sandbox-Token`, `Authorization: Bearer`, or the cookie."""
    bearer = headers.get("Authorization", "").removeprefix("Bearer ")
    brought = (query.get("token"), headers.get("X-Sandbox-Token"), bearer, cookies.get(COOKIE))
    wanted = token.encode()
    same = [hmac.compare_digest((one or "").encode("utf-8", "replace"), wanted) for one in brought]
    return any(same)
