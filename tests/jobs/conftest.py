"""The way out of a desk on each engine, and channels that answer what a test tells them."""

from __future__ import annotations

from functools import cache

import pytest

from bot.store import Store
from bot.texts import Texts
from jobs.deliver import Deliver
from tests.jobs.post import Post, Scripted, furnish
from tests.town import TownClock


@cache
def texts() -> Texts:
    """Compiled once: half a second."""
    return Texts()


@pytest.fixture
async def post(store: Store, clock: TownClock) -> Post:
    """The way out of a furnished desk."""
    channels = {name: Scripted(name) for name in ("whatsapp", "sms", "telegram")}
    store.desk.roads.update({name: channel.sender for name, channel in channels.items()})
    desk = await store.write(furnish)
    return Post(store, clock, channels, Deliver(store, channels, texts()), desk)
