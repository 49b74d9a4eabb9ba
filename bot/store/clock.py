"""The one clock. The desk's time may run ahead of real time in the sandbox and in tests, never backwards."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """`now()` is the desk's time, which everything planned goes by; `real()` is for leases, time-outs and limits.

    is_real: `real()` is the time of this machine and of others, not that of a story.
    """

    is_real = True

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def real(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> float:
        """Seconds that never jump, for measuring lengths of real time."""
        return time.monotonic()

    async def rest(self, seconds: float) -> None:
        """Wait that long, in real time."""
        await asyncio.sleep(seconds)

    def now(self) -> datetime:
        return self.real() + self.offset

    def move_to(self, at: datetime) -> None:
        """Move forward; an earlier instant leaves the clock where it is."""
        self.offset = max(self.offset, at - self.real())
