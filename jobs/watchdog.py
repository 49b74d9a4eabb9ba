"""A loop whose task has ended, or whose turn never does, is begun anew; where that does not help, the process gives up,
so that its supervisor begins it anew."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import structlog

log = structlog.get_logger("jobs")

LOOKS_EVERY = 15.0  # seconds
# Seconds of one turn. Most take two; to read a provider's long list, or to write a large export, may take many minutes,
# and /healthz is red long before.
HUNG_AFTER = 3600.0
MOST_ANEW = 3  # times that a loop is begun anew without having turned since


class Watchdog:
    """Holds the tasks of the loops. `given_up` is set once one of them cannot be kept going."""

    def __init__(self) -> None:
        self.given_up = asyncio.Event()
        self._works: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turning_since: dict[str, float] = {}
        self._anew: Counter[str] = Counter()
        self._watch: asyncio.Task[None] | None = None

    def keep(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin a loop, and again whenever it ends before `stop`."""
        self._works[name] = work
        self._tasks[name] = asyncio.get_running_loop().create_task(work(), name=name)
        if self._watch is None:
            self._watch = asyncio.get_running_loop().create_task(self._look(), name="watchdog")

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """One turn of a loop. A loop whose turns end is not lost, be it with an error; one that is cancelled did not
        end."""
        self._turning_since[name] = monotonic()
        try:
            yield
        except Exception:
            self._anew.pop(name, None)
            raise
        else:
            self._anew.pop(name, None)
        finally:
            del self._turning_since[name]

    async def stop(self, seconds: float, at_once: Collection[str] = ()) -> None:
        """Wait for the loops, at most so long; those that go on are cancelled, and those of `at_once` without a
        wait."""
        if self._watch is not None:
            self._watch.cancel()
        for name in at_once:
            if name in self._tasks:
                self._tasks[name].cancel()
        if self._tasks:
            _, left = await asyncio.wait(self._tasks.values(), timeout=seconds)
            for task in left:
                task.cancel()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            for name in self._works:
                if self._tasks[name].done() or self._hangs(name):
                    self._begin_anew(name)

    def _hangs(self, name: str) -> bool:
        return monotonic() - self._turning_since.get(name, monotonic()) > HUNG_AFTER

    def _begin_anew(self, name: str) -> None:
        task = self._tasks[name]
        error = task.exception() if task.done() and not task.cancelled() else None
        if self._anew[name] >= MOST_ANEW:
            log.critical("loop_lost", job=name, exc_info=error)
            self.given_up.set()
            return
        self._anew[name] += 1
        log.error("loop_begun_anew", job=name, exc_info=error)
        task.cancel()
        self.keep(name, self._works[name])
