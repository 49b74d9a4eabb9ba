"""Long polling against the stand-in for Telegram: what people write stands in the inbox, read by one replica alone."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.config import load
from bot.parts import build_parts
from bot.sandbox.network import Network
from bot.service import Service
from bot.store import Store, Tx
from bot.store.tables import inbox
from bot.updater import POLL_LEASE, TelegramUpdater, _may_poll
from tests.town import TownClock

PATIENCE = 60.0  # seconds: far more than it takes, also where everything else is busy
Start = Callable[[], Awaitable[tuple[TelegramUpdater, asyncio.Task[None]]]]


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    async with Network(now=lambda: datetime.now(UTC)) as made:
        yield made


@pytest.fixture
async def start(network: Network, store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    monkeypatch.setattr("bot.updater.POLL_WAIT", 0.01)
    async with polling(network, store) as begin:
        yield begin


@contextlib.asynccontextmanager
async def polling(network: Network, store: Store) -> AsyncIterator[Start]:
    """Begins a replica that polls, or waits for its turn to."""
    telegram = network.telegram
    settings = {
        "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_BASE": telegram.base, "TELEGRAM_MODE": "polling",
    }  # fmt: skip
    async with contextlib.AsyncExitStack() as stack:

        async def started() -> tuple[TelegramUpdater, asyncio.Task[None]]:
            config = load(settings, env_file=None)
            channel = build_parts(config).telegram
            assert channel is not None
            stack.push_async_callback(channel.close)
            updater = TelegramUpdater(config, store, channel)
            task = asyncio.create_task(updater.run())
            stack.push_async_callback(ended, task)
            return updater, task

        yield started


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_what_is_written_is_kept_once_and_another_replica_goes_on_where_the_first_stopped(
    network: Network, store: Store, start: Start
) -> None:
    awa = network.telegram.person(7001, "Awa")
    with capture_logs() as logs:
        first, polling = await start()
        await awa.says("bonjour")
        await shelved(store, 1)
        assert store.desk.bot_username == network.telegram.username

        await start()
        await awa.says("encore moi")
        await shelved(store, 2)
        assert not logs  # Telegram refuses one of two that ask at once

        await ended(polling)
        await first.let_go()
        await awa.says("toujours là")
        await shelved(store, 3)


async def test_a_turn_that_is_still_being_taken_at_a_stop_is_given_up_after_that(
    store: Store, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def slowly(tx: Tx, name: str, *, alone: bool) -> bool:
        begun.set()
        assert goes_on.wait(PATIENCE)
        return _may_poll(tx, name, alone=alone)

    monkeypatch.setattr("bot.updater._may_poll", slowly)
    updater, polling = await start()
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    await ended(polling)
    leaving = asyncio.create_task(updater.let_go())
    await asyncio.wait([leaving], timeout=0.2)  # on PostgreSQL another writer is free
    goes_on.set()
    await leaving
    assert await store.write(partial(_may_poll, alone=False), "another")


async def renewed(store: Store, clock: TownClock) -> None:
    """Wait until nobody else may poll for the whole of a lease."""
    whole = (clock.real() + POLL_LEASE).isoformat()
    async with asyncio.timeout(PATIENCE):
        while not str(await store.write(lambda tx: tx.runs.noted("held:telegram"))).endswith(whole):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_poll_that_waits_is_left_alone_and_taken_over_soon_after_its_replica_was_killed(
    network: Network, store: Store, start: Start, clock: TownClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.updater.POLL_RENEWED", 0.05)  # a poll waits much longer for something to tell
    most = POLL_LEASE.total_seconds()
    awa = network.telegram.person(7001, "Awa")
    with capture_logs() as logs:
        _, polling = await start()
        await awa.says("bonjour")
        await shelved(store, 1)
        await start()
        for _ in range(4):
            await clock.rest(most / 2)
            await renewed(store, clock)
        await awa.says("encore moi")
        await shelved(store, 2)
        assert not logs  # Telegram refuses one of two that ask at once

    await ended(polling)  # and nobody let go
    await clock.rest(most)
    await awa.says("toujours là")
    await shelved(store, 3)


async def test_a_desk_on_a_file_hears_telegram_at_once_after_it_was_killed(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.updater.POLL_LEASE", timedelta(days=1))
    awa = network.telegram.person(7001, "Awa")
    for life in (1, 2):
        store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}", alone=True)
        async with polling(network, store) as begin:
            await begin()
            await awa.says(f"bonjour {life}")
            await shelved(store, life)
        await store.close()  # and nobody let go


async def test_a_token_that_is_none_is_not_tried_every_three_seconds_for_ever(
    network: Network, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"TELEGRAM_BOT_TOKEN": "7:wrong", "TELEGRAM_API_BASE": network.telegram.base, "TELEGRAM_MODE": "polling"}
    config = load(given, env_file=None)
    channel = build_parts(config).telegram
    assert channel is not None
    rested: list[float] = []

    async def rest(seconds: float) -> None:
        rested.append(seconds)
        if len(rested) == 7:
            raise asyncio.CancelledError

    monkeypatch.setattr("bot.updater.asyncio", SimpleNamespace(sleep=rest))
    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await TelegramUpdater(config, store, channel).run()
    await channel.close()
    assert rested == [3, 6, 12, 24, 48, 48, 48]
    assert {line["event"] for line in logs} == {"telegram_poll_failed"}


async def shelved(store: Store, letters: int) -> None:
    """Wait until exactly so many letters stand in the inbox."""
    found = 0
    async with asyncio.timeout(PATIENCE):
        while found < letters:
            await asyncio.sleep(0.02)
            found = await store.write(_count)
    assert found == letters


def _count(tx: Tx) -> int:
    return int(tx.run(sa.select(sa.func.count()).select_from(inbox)).scalar_one())


async def test_an_error_that_nobody_expected_of_telegram_is_told_at_once(
    network: Network, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task that tells Telegram our address has nobody who waits for it: the desk would hear nothing."""

    async def breaks(*_: object) -> None:
        raise RuntimeError("a new kind of menu")

    monkeypatch.setattr("bot.channels.telegram.TelegramChannel.set_up", breaks)
    given = {
        "TELEGRAM_BOT_TOKEN": network.telegram.token, "TELEGRAM_API_BASE": network.telegram.base,
        "TELEGRAM_MODE": "webhook", "TELEGRAM_WEBHOOK_SECRET": "a-secret-of-the-webhook", "PORT": "0",
        "PUBLIC_URL": "https://desk.example.org", "SECRET_KEY": "k" * 40,
    }  # fmt: skip
    service = await Service.open(load(given, env_file=None), store=store)
    with capture_logs() as logs:
        await service.start(ticking=False)
        async with asyncio.timeout(PATIENCE):
            while not logs:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await service.stop()
    assert [(line["event"], line["task"], str(line["exc_info"])) for line in logs] == [
        ("task_broke", "telegram", "a new kind of menu")
    ]
