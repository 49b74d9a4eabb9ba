"""Webhooks to other systems: which events there are, which targets are allowed, how deliveries are signed.

Signed after Standard Webhooks (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, and
`webhook-signature` = `v1,` + base64(HMAC-SHA256(secret, id.timestamp.body)).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

EVENTS = ("loan.created", "loan.returned", "loan.overdue", "debt.paid", "debt.reopened", "notification.failed")
SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: IPv4 addresses embedded in IPv6
WORLD = ip_network("2000::/3")  # all of IPv6 that IANA gives out; fec0::/10 and 64:ff9b:1::/48 are networks of somebody
LOCAL_NAMES = frozenset({"localhost"})
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # in 127.1 and 2130706433 some systems read an address


class BadTarget(ValueError):
    """A target that is not allowed; `str(error)` says why."""


def check_target(url: str, *, loopback: bool = False) -> str:
    """The target, when it is allowed. `loopback`: plain HTTP to this machine is allowed too.

    Host names are not resolved here: their addresses are checked at every connection (`is_public`). Raises BadTarget.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadTarget("is no address") from None
    if not host or any(c.isspace() for c in url) or not url.isascii() or "\\" in url or port == 0:
        raise BadTarget("is no address")
    if parts.username is not None or parts.password is not None:
        raise BadTarget("must hold no user or password")
    if is_loopback_name(host):
        if not loopback:
            raise BadTarget("must not lead to this machine")
        if parts.scheme not in ("http", "https"):
            raise BadTarget("must begin with https://")
        return url
    if parts.scheme != "https":
        raise BadTarget("must begin with https://")
    literal = _literal(host)
    if literal is None and NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        raise BadTarget("is no address")
    if literal is not None and not is_public(str(literal)):
        raise BadTarget("must not lead into a private network")
    return url


def is_loopback_name(host: str) -> bool:
    """Whether a host is this machine by its name; a public name that resolves to it is not."""
    literal = _literal(host)
    return host.lower() in LOCAL_NAMES or (literal is not None and literal.is_loopback)


def is_public(address: str) -> bool:
    """Whether an IP address is public: not private, local, shared, reserved or translated."""
    found = _literal(address.partition("%")[0])
    if found is None:
        return False
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if found in NAT64:
            return is_public(str(IPv4Address(int(found) & 0xFFFFFFFF)))
        return found.is_global and found in WORLD
    return found.is_global and not found.is_multicast


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def secret_from(raw: bytes) -> str:
    """A secret as it is shown: `whsec_` and base64."""
    return SECRET_PREFIX + base64.b64encode(raw).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature header of one delivery. Raises ValueError for a malformed secret."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("the secret is no base64") from error
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
