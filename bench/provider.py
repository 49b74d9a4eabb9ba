"""A provider on loopback: answers every call after a while, and remembers when each came.

Known limit: it understands no more of Twilio and Telegram than a create call, a list and a set-up need.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from typing import Any

from bench.child import now, run
from bench.forms import ACCOUNT, SMS_FROM

NAMES = itertools.count(1)
BOT = {"id": 123456, "is_bot": True, "first_name": "Prêt", "username": "pret_bot"}


class Provider(asyncio.Protocol):
    """One connection of a client; HTTP/1.1 with Content-Length."""

    arrived: list[float] = []  # noqa: RUF012 (one list for all connections of the process)
    wait = 0.05

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (request := self._take()) is not None:
            asyncio.get_running_loop().call_later(self.wait, self._answer, _answer(request))
            if request.startswith(b"POST"):
                self.arrived.append(now())

    def _take(self) -> bytes | None:
        head, blank, rest = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            return None
        told = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        length = int(told[1]) if told else 0
        if len(rest) < length:
            return None
        self._buffer = rest[length:]
        return head

    def _answer(self, answer: bytes) -> None:
        assert self._transport is not None
        self._transport.write(answer)


def _answer(head: bytes) -> bytes:
    line = head.partition(b"\r\n")[0]
    if b"/bot" in line:
        return _json(200, {"ok": True, "result": BOT if b"getMe" in line else True})
    if line.startswith(b"GET"):
        return _json(200, {"messages": [], "page": 0, "page_size": 50, "next_page_uri": None, "uri": ""})
    return _json(201, {**CREATED, "sid": f"SM{next(NAMES):032d}"})


def _json(status: int, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


CREATED: dict[str, Any] = {
    "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": "…", "date_created": "Sat, 21 Nov 2026 08:00:00 +0000",
    "date_sent": None, "date_updated": "Sat, 21 Nov 2026 08:00:00 +0000", "direction": "outbound-api",
    "error_code": None, "error_message": None, "from": SMS_FROM, "messaging_service_sid": None, "num_media": "0",
    "num_segments": "1", "price": None, "price_unit": "USD", "status": "queued", "to": SMS_FROM, "uri": "/x",
    "subresource_uris": {},
}  # fmt: skip


async def serve(wait: float) -> str:
    """Listen; the address to be used as api base."""
    Provider.wait = wait
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", 0, backlog=512)
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def calls() -> list[float]:
    """When each POST came since the last question, on the machine's monotonic clock."""
    came = list(Provider.arrived)
    Provider.arrived.clear()
    return came


if __name__ == "__main__":
    run({"serve": serve, "calls": calls})
