"""A sender's limit held to the instant, in this process: where its calls leave."""

from __future__ import annotations

import asyncio
from collections import deque

from bot.store.clock import Clock


class Gate:
    """Lets `count` calls through in any stretch of `seconds`, in the order in which they came.

    Places are reserved over all replicas before (`pace`). But what was to leave over a second leaves at once where the
    loop was held up for that second, together with what is due then: the provider would see twice the limit.
    """

    def __init__(self, count: int, seconds: float, clock: Clock) -> None:
        self._seconds = seconds
        self._clock = clock
        self._passed: deque[float] = deque(maxlen=count)
        self._line = asyncio.Lock()

    async def through(self) -> None:
        """Return when the call may be made."""
        async with self._line:
            while (wait := self._wait()) > 0:
                await self._clock.rest(wait)
            self._passed.append(self._clock.steady())

    def _wait(self) -> float:
        full = len(self._passed) == self._passed.maxlen
        return self._passed[0] + self._seconds - self._clock.steady() if full else 0.0
