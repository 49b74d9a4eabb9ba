"""A town on SQLite, and the system of a shop that calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.town import Town
from tests.web.shop import System


@pytest.fixture
async def town(sqlite_migrated_url: str) -> AsyncIterator[Town]:
    async with Town(sqlite_migrated_url) as opened:
        yield opened


@pytest.fixture
async def shop(town: Town) -> AsyncIterator[System]:
    async with aiohttp.ClientSession() as session:
        yield System(town, session)
