"""The bell: new work in a table wakes the job that does it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterable

INBOX, OUTBOX, PLANNED, RULES, FETCH = "inbox", "outbox", "planned", "rules", "fetch"
JOBS_BELL = "jobs"  # somebody pressed [Lancer], [Suspendre] or [Reprendre]


class Bells:
    """Named bells of one process. A ring before anybody waits is not lost."""

    def __init__(self) -> None:
        self._events: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def ring(self, names: Iterable[str]) -> None:
        for name in names:
            self._events[name].set()

    async def wait(self, name: str, seconds: float | None) -> bool:
        """Wait until the bell rings or the time is over; whether it rang. The ring is consumed."""
        event = self._events[name]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        rang = event.is_set()
        event.clear()
        return rang
