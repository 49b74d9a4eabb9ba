"""A desk's store of each engine, a clock that stands, and channels that answer what a test tells them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache

import pytest

from bot.store import Store
from bot.texts import Texts
from jobs.deliver import Deliver
from tests.jobs.post import Post, Scripted, furnish
from tests.town import MONDAY, TownClock


@cache
def texts() -> Texts:
    """Compiled once: half a second."""
    return Texts()


@pytest.fixture
def clock() -> TownClock:
    return TownClock(MONDAY)


@pytest.fixture
async def store(migrated_url: str, clock: TownClock) -> AsyncIterator[Store]:
    opened = await Store.open(migrated_url, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def post(store: Store, clock: TownClock) -> Post:
    """The way out of a furnished desk."""
    channels = {name: Scripted(name) for name in ("whatsapp", "sms", "telegram")}
    store.desk.roads.update({name: channel.sender for name, channel in channels.items()})
    desk = await store.write(furnish)
    return Post(store, clock, channels, Deliver(store, channels, texts()), desk)
