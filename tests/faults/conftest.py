"""A town whose service can die at any commit."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from bot.store import StoreBusy, StoreError
from bot.store.writer import Writer
from tests.town import LEASES_RUN_OUT, Town


class Death:
    """After `left` more commits nothing is committed any more: what a SIGKILL leaves behind. None: alive."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        self.commits = 0
        commit = Writer._kept

        def mortal(writer: Writer, batch: list[object]) -> set[str]:
            if self.left is not None and self.left <= 0:
                raise StoreBusy("the process is dead")
            rung: set[str] = commit(writer, batch)  # type: ignore[arg-type]
            self.commits += 1
            if self.left is not None:
                self.left -= 1
            return rung

        monkeypatch.setattr(Writer, "_kept", mortal)

    async def buried(self, town: Town) -> None:
        """What the dead process still had in hand goes with it; a new one starts when its leases have run out."""
        for task in asyncio.all_tasks():
            if task.get_name().startswith("deliver:"):
                task.cancel()
        with contextlib.suppress(StoreError):
            await town.service.stop()
        self.left = None
        await town.clock.rest(LEASES_RUN_OUT)
        await town.start()

    @property
    def came(self) -> bool:
        return self.left is not None and self.left <= 0


@pytest.fixture
def death(monkeypatch: pytest.MonkeyPatch) -> Death:
    return Death(monkeypatch)
