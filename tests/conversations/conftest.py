"""A town of each engine in turn, and its people by name."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.town import Borrower, Colleague, Town


@pytest.fixture
async def town(migrated_url: str) -> AsyncIterator[Town]:
    """A furnished desk on a Monday at nine, on SQLite and on PostgreSQL."""
    async with Town(migrated_url) as town:
        yield town


@pytest.fixture
def awa(town: Town) -> Borrower:
    """She borrows by WhatsApp."""
    return town.awa


@pytest.fixture
def karim(town: Town) -> Borrower:
    """He borrows by Telegram."""
    return town.karim


@pytest.fixture
def borrower(town: Town, migrated_url: str) -> Borrower:
    """The same conversation over WhatsApp on one engine and over Telegram on the other."""
    return town.awa if migrated_url.startswith("sqlite") else town.karim


@pytest.fixture
def sam(town: Town) -> Colleague:
    """Staff."""
    return town.sam


@pytest.fixture
def dominique(town: Town) -> Colleague:
    """Admin."""
    return town.dominique


@pytest.fixture
def passant(town: Town) -> Colleague:
    """In the group, without a role."""
    return town.passant
