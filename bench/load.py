"""The load generator: kept-open connections, raw bytes, as little work between two requests as can be."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from bench.child import now, run
from bench.forms import receipts, requests

END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """Sends one request at a time; an answer without a body ends at its blank line."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._buffer = b""
        self._began = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def send(self, request: bytes, began: float) -> None:
        assert self.transport is not None
        self._began = began
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if END in self._buffer:
            status, self._buffer = self._buffer[9:12], b""
            self._load.answered(self, status, now() - self._began)

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost()


class Load:
    """All requests of one run, as fast as they are answered or at a rate."""

    def __init__(self, waiting: Sequence[bytes], rate: float | None) -> None:
        self._waiting = deque(waiting)
        self._left = len(waiting)
        self._rate = rate
        self._idle: deque[Connection] = deque()
        self._done = asyncio.get_running_loop().create_future()
        self.took: list[float] = []
        self.refused = 0

    async def run(self, port: int, connections: int) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        made = [
            (await loop.create_connection(lambda: Connection(self), "127.0.0.1", port))[1] for _ in range(connections)
        ]
        self._idle.extend(made)
        began = now()
        if self._rate is None:
            while self._idle and self._waiting:
                self._idle.popleft().send(self._waiting.popleft(), now())
        else:
            await self._pace(began, self._rate)
        await self._done
        ended = now()
        for connection in made:
            assert connection.transport is not None
            connection.transport.abort()
        return {"began": began, "ended": ended, "took": self.took, "refused": self.refused}

    async def _pace(self, began: float, rate: float) -> None:
        """Send each request at its own instant; its time counts from there, also when no connection was free."""
        for number in range(len(self._waiting)):
            due = began + number / rate
            while (wait := due - now()) > 0 or not self._idle:  # noqa: ASYNC110 (it waits for an instant)
                await asyncio.sleep(max(wait, 0.0005))
            self._idle.popleft().send(self._waiting.popleft(), due)

    def answered(self, connection: Connection, status: bytes, took: float) -> None:
        self.took.append(took)
        self.refused += status[:1] != b"2"
        self._left -= 1
        if not self._left:
            self._done.set_result(None)
        elif self._rate is None and self._waiting:
            connection.send(self._waiting.popleft(), now())
        else:
            self._idle.append(connection)

    def lost(self) -> None:
        if not self._done.done():
            self._done.set_exception(ConnectionError("the server closed a connection"))


async def load(
    port: int, count: int, words: list[str], batch: str, people: int, first: int = 0, connections: int = 64,
    rate: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Send `count` signed forms; when it began and ended, how long each took, how many were not accepted."""
    return await Load(list(requests(count, words, batch, people, first)), rate).run(port, connections)


async def tell(port: int, sent: list[list[str]], statuses: list[str], connections: int = 64) -> dict[str, Any]:
    """Send signed receipts, as `load` does letters. sent: our reference and the provider's id of each message."""
    return await Load(list(receipts(sent, statuses)), None).run(port, connections)


if __name__ == "__main__":
    run({"load": load, "tell": tell})
