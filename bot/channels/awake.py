"""A time-out that does not count how long the whole process stood still (SIGSTOP, a machine that is paused)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LOOKS = 10


@asynccontextmanager
async def awake(seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError once `seconds` are over in which this process could have read an answer.

    Awake again after longer than that, it would give up a call whose answer lies there, before it looks. Ten looks at
    the clock see that they come late; those due before the time-out are run before it.
    """
    async with asyncio.timeout(seconds) as limit:
        looks = _Looks(limit, seconds / LOOKS)
        try:
            yield
        finally:
            looks.end()


class _Looks:
    """Put a time-out off by as much as they come late."""

    def __init__(self, limit: asyncio.Timeout, every: float) -> None:
        self._limit = limit
        self._every = every
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.call_later(every, self._look)

    def _look(self) -> None:
        late, when = self._loop.time() - self._next.when(), self._limit.when()
        if late > self._every and when is not None and not self._limit.expired():
            self._limit.reschedule(when + late)
        self._next = self._loop.call_later(self._every, self._look)

    def end(self) -> None:
        self._next.cancel()
