"""More people of the town by name, and on which engine a conversation runs.

A conversation runs on SQLite; one with `borrower` runs twice, by WhatsApp and by Telegram. What the engine may change
(a whole loan, its ends, trouble on the way) is marked `both_engines`: WhatsApp on SQLite, Telegram on PostgreSQL.
"""

from __future__ import annotations

import pytest

from tests.town import Borrower, Colleague, Town

WAYS = (("sqlite", "whatsapp"), ("sqlite", "telegram"))
BOTH = (("sqlite", "whatsapp"), ("postgresql", "telegram"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    ways = BOTH if metafunc.definition.get_closest_marker("both_engines") else WAYS
    if "borrower" in metafunc.fixturenames:
        metafunc.parametrize("engine,by", ways, ids=[by for _, by in ways])
    elif "migrated_url" in metafunc.fixturenames:
        metafunc.parametrize("engine", dict.fromkeys(engine for engine, _ in ways))


@pytest.fixture
def migrated_url(request: pytest.FixtureRequest, engine: str) -> str:
    """A database of the newest version, of the engine that `pytest_generate_tests` chose."""
    url: str = request.getfixturevalue(f"{engine}_migrated_url")
    return url


@pytest.fixture
def borrower(town: Town, by: str) -> Borrower:
    """The same conversation over WhatsApp and over Telegram."""
    return town.awa if by == "whatsapp" else town.karim


@pytest.fixture
def dominique(town: Town) -> Colleague:
    """Admin."""
    return town.dominique


@pytest.fixture
def passant(town: Town) -> Colleague:
    """In the group, without a role."""
    return town.passant
