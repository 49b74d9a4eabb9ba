"""A door does not wait for ever for its letter to be kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.channels.base import RawRequest
from bot.core.inbound import Letter
from bot.store import Store
from bot.store.measures import Measures
from bot.web import webhooks
from bot.web.patience import Patience


class Sorter:
    def admit(self, request: RawRequest) -> None:
        pass

    def letters(self, request: RawRequest) -> list[Letter]:
        return [Letter("whatsapp", "message", "SM1", "us", "them", {})]


class Slow:
    """A store whose writer stands behind a lock; the letter is kept in the end."""

    def __init__(self) -> None:
        self.kept: list[Letter] = []
        self.measures = Measures()
        self.unlocked = asyncio.Event()
        self.writing: asyncio.Task[None] | None = None

    async def put(self, letters: Sequence[Letter]) -> int:
        self.writing = self.writing or asyncio.ensure_future(self._write(list(letters)))
        await asyncio.shield(self.writing)
        return len(letters)

    async def _write(self, letters: list[Letter]) -> None:
        await self.unlocked.wait()
        self.kept += letters


async def test_a_letter_that_cannot_be_kept_in_time_is_not_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "KEEP_SECONDS", 0.02)
    store = Slow()
    knock = webhooks.door("twilio", Sorter(), cast(Store, store), 204)
    refused = await knock(make_mocked_request("POST", "/in"))
    assert (refused.status, refused.headers["Retry-After"]) == (503, "2")
    store.unlocked.set()
    monkeypatch.setattr(webhooks, "KEEP_SECONDS", 30.0)
    knock = webhooks.door("twilio", Sorter(), cast(Store, store), 204)
    assert (await knock(make_mocked_request("POST", "/in"))).status == 204
    assert len(store.kept) == 1


async def _late(patience: Patience, waits: float) -> str:
    try:
        with patience.wait():
            await asyncio.sleep(waits)
    except TimeoutError:
        return "late"
    except asyncio.CancelledError:
        return "cancelled"
    return "there"


async def test_many_waits_share_one_timer_and_each_ends_for_itself() -> None:
    patience = Patience(0.05)
    assert await asyncio.gather(*(_late(patience, waits) for waits in (0.0, 5.0, 0.0, 5.0))) == [
        "there", "late", "there", "late",
    ]  # fmt: skip
    assert await _late(patience, 0.0) == "there"
    assert await _late(patience, 5.0) == "late"


async def test_what_somebody_else_cancels_is_not_late() -> None:
    patience = Patience(0.01)
    task = asyncio.create_task(_late(patience, 5.0))
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "cancelled"
    await asyncio.sleep(0.03)  # its timer rings, and finds nobody
    assert await _late(patience, 0.0) == "there"
