"""A time limit for many waits of one length: `asyncio.timeout` sets and clears a timer for each, this needs one in
all."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import Self


class Patience:
    """`with patience.wait():` raises TimeoutError inside a task once `seconds` are over."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._waits: deque[_Wait] = deque()  # the oldest first, which is the one that ends first
        self._timer: asyncio.TimerHandle | None = None

    def wait(self) -> _Wait:
        loop = asyncio.get_running_loop()
        one = _Wait(loop.time() + self.seconds)
        waits = self._waits
        while waits and waits[0].task is None:
            waits.popleft()
        waits.append(one)
        if self._timer is None:
            self._timer = loop.call_at(one.until, self._look)
        return one

    def _look(self) -> None:
        loop, waits, self._timer = asyncio.get_running_loop(), self._waits, None
        now = loop.time()
        while waits and (waits[0].task is None or waits[0].until <= now):
            waits.popleft().end()
        if waits:
            self._timer = loop.call_at(waits[0].until, self._look)


class _Wait:
    """One of them, to be entered once."""

    __slots__ = ("_cancelled", "_ended", "task", "until")

    def __init__(self, until: float) -> None:
        self.until = until
        self.task = asyncio.current_task()  # None once it is over
        self._cancelled = self.task.cancelling() if self.task is not None else 0
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        task, self.task = self.task, None
        # Somebody else may have cancelled the task meanwhile: that counts more than the time.
        if self._ended and task is not None and task.uncancel() <= self._cancelled and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def end(self) -> None:
        if self.task is not None:
            self._ended = True
            self.task.cancel()
