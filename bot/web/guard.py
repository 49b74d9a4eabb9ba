"""Limits on connections, before anything is parsed: sockets of one peer, and how slowly a request may arrive.

aiohttp has no time-out for a request's head: without these, two hundred slow connections hold the door shut.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from aiohttp import web

HEAD_SECONDS = 10.0  # from the first byte (or the connection) to the end of the head
IDLE_SECONDS = 15.0  # a connection without any request
MOST_SOCKETS = 200  # of one peer
LARGE_BODY = 64 * 1024
MOST_LARGE = 32  # large bodies read at once
MOST_AHEAD = 64 * 1024  # bytes kept of a body that nobody reads yet; the others stay in the socket
MOST_AT_ONCE = 32 * 1024  # bytes taken from a socket; asyncio would take 256 KiB, before aiohttp can say enough

Networks = Sequence[IPv4Network | IPv6Network]


class ConnectionLimiter:
    """Counts sockets for each peer; makes a guarded protocol for each connection."""

    def __init__(self, inner: Callable[[], asyncio.Protocol], trusted: Networks) -> None:
        self._inner = inner
        self._trusted = trusted
        self.sockets: Counter[str] = Counter()
        self._patient: dict[str, dict[Guarded, None]] = {}  # of each peer, those we wait for, the longest first
        self.leaving = False  # each answer ends its connection
        self.ended = asyncio.Event()  # a connection has
        self.large = asyncio.Semaphore(MOST_LARGE)
        self.arriving = memoryview(bytearray(MOST_AT_ONCE))  # of whichever connection is read: emptied before the next

    def __call__(self) -> Guarded:
        return Guarded(self._inner(), self)

    def waits_for(self, one: Guarded, peer: str) -> None:
        """A request of this connection is awaited or still arriving."""
        self._patient.setdefault(peer, {}).setdefault(one)

    def arrived(self, one: Guarded, peer: str) -> None:
        """The request of this connection has arrived."""
        if one in (waiting := self._patient.get(peer, {})):
            del waiting[one]
            if not waiting:
                del self._patient[peer]

    def make_room(self, peer: str) -> bool:
        """Close the peer's connection that we have waited for longest; False when all of them are being served."""
        for one in self._patient.get(peer, {}):
            one.let_go()
            return True
        return False

    async def proxies_gone(self, seconds: float) -> None:
        """Wait, at most so long, until our proxies have let go of their connections. What a proxy sends into one just
        as it is closed, it must answer itself, with an error."""
        self.leaving = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while any(map(self.is_trusted, self.sockets)):
                    self.ended.clear()
                    await self.ended.wait()

    def is_trusted(self, peer: str) -> bool:
        """Whether the peer is a proxy of ours: it serves many people, and sets its own limits."""
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


class Guarded(asyncio.BufferedProtocol):
    """Passes everything on to aiohttp's protocol, and closes a connection whose request does not arrive."""

    def __init__(self, inner: asyncio.Protocol, limiter: ConnectionLimiter) -> None:
        self._inner = inner
        self._limiter = limiter
        self._peer = ""
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._until: float | None = None  # when what we wait for must be there, in the loop's time
        self._timer: asyncio.TimerHandle | None = None
        self._reading_head = False
        self._began: float | None = None  # when the first byte of the request in hand came

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if isinstance(peer, tuple) else ""
        self._limiter.sockets[self._peer] += 1
        self._inner.connection_made(transport)
        too_many = self._limiter.sockets[self._peer] > MOST_SOCKETS and not self._limiter.is_trusted(self._peer)
        # The slowest is closed for the newest: slow ones must not lock out a watchdog on the same machine.
        if too_many and not self._limiter.make_room(self._peer):
            transport.abort()
            return
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._timer is not None:
            self._timer.cancel()
        self._transport = None  # an answer that comes after it waits for nothing more
        self._limiter.sockets[self._peer] -= 1
        if self._limiter.sockets[self._peer] <= 0:
            del self._limiter.sockets[self._peer]
        self._limiter.ended.set()
        self._inner.connection_lost(exc)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._limiter.arriving

    def buffer_updated(self, nbytes: int) -> None:
        if not self._reading_head and self._until is not None:
            self._reading_head = True
            self._began = self._loop.time()
            self._wait(HEAD_SECONDS)
        self._inner.data_received(bytes(self._limiter.arriving[:nbytes]))

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def head_complete(self) -> None:
        """The request has begun to be handled."""
        self._reading_head = False
        self._stop_waiting()

    def turn(self, length: int | None) -> AbstractAsyncContextManager[None]:
        """To be held while a body of so many bytes (None: nobody knows) is read. All that may arrive at once would
        otherwise be in memory together, twice."""
        return nullcontext() if length is not None and length <= LARGE_BODY else self._limiter.large

    def body_begins(self) -> None:
        self._limiter.waits_for(self, self._peer)

    def body_complete(self) -> None:
        self._limiter.arrived(self, self._peer)

    def let_go(self) -> None:
        self._stop_waiting()
        if self._transport is not None:
            self._transport.abort()

    def answered(self) -> None:
        self._began = None
        self._wait(IDLE_SECONDS)

    @property
    def began(self) -> float:
        """When the request in hand began, in the loop's time; now for one that came together with the one before."""
        return self._loop.time() if self._began is None else self._began

    @property
    def leaving(self) -> bool:
        return self._limiter.leaving

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        if self._transport is not None:
            self._until = self._loop.time() + seconds
            self._limiter.waits_for(self, self._peer)
            if self._timer is None or self._timer.when() > self._until:
                self._look_at(self._until)

    def _stop_waiting(self) -> None:
        self._limiter.arrived(self, self._peer)
        self._until = None

    def _look_at(self, when: float) -> None:
        """One timer serves many requests: to move it with each of them would cost two changes of the loop's heap."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._transport is None or self._until is None:
            return
        if self._loop.time() < self._until:
            self._look_at(self._until)
        else:
            self._transport.abort()


def guard_of(request: web.Request) -> Guarded | None:
    transport = request.transport
    protocol = transport.get_protocol() if transport is not None else None
    return protocol if isinstance(protocol, Guarded) else None


@web.middleware
async def watch(request: web.Request, handler: Any) -> web.StreamResponse:
    """Tells the connection's guard when a request's head is complete and when it is answered."""
    guard = guard_of(request)
    if guard is not None:
        guard.head_complete()
    try:
        response: web.StreamResponse = await handler(request)
        if guard is not None and guard.leaving:
            response.force_close()
        return response
    finally:
        if guard is not None:
            guard.answered()
