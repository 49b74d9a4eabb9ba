"""A desk with one person and two things; a configured one, on each engine in turn or on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.config import Config, load
from bot.core.loans import Loan, LoanState
from bot.core.messages import Done
from bot.core.people import Consent
from bot.store import Store, Tx
from bot.store.outbox_rows import Line

SENDER = "+33612345600"


@dataclass(frozen=True)
class Furniture:
    """Numbers of what `furnish` has made."""

    desk: int
    awa: int
    address: int
    drill: int
    tent: int


@pytest.fixture
def config(migrated_url: str) -> Config:
    return configured(migrated_url)


@pytest.fixture
def sqlite(sqlite_migrated_url: str) -> Config:
    return configured(sqlite_migrated_url)


@pytest.fixture
async def desk(store: Store) -> Furniture:
    return await store.write(furnish)


def configured(url: str) -> Config:
    """A desk on Telegram: no sandbox."""
    return load({"DATABASE_URL": url, "TELEGRAM_BOT_TOKEN": "123456:abcdef", "TELEGRAM_MODE": "polling"}, env_file=None)


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Store]:
    store = await Store.open(config.database_url)
    try:
        yield store
    finally:
        await store.close()


def furnish(tx: Tx) -> Furniture:
    desk = tx.departments.add(name="Prêt", zone=ZoneInfo("Europe/Paris"), language="fr")
    awa = tx.people.add("Awa", desk.id)
    address = tx.people.add_address(
        awa.id, "whatsapp", "+33612345678", verified_by="attested", consent=Consent.ATTESTED, attested_by="Sam"
    )
    drill = tx.items.add(desk.id, "PERC-001", "Perceuse Bosch")
    tent = tx.items.add(desk.id, "TENTE-001", "Tente 4 places")
    return Furniture(desk.id, awa.id, address.id, drill.id, tent.id)


def lend(tx: Tx, desk: Furniture, item: int, due_at: datetime | None = None) -> Loan:
    """An active loan of Awa's, due in four days."""
    return tx.loans.add(
        item_id=item, contact_id=desk.awa, department_id=desk.desk, state=LoanState.ACTIVE,
        due_at=due_at or tx.now + timedelta(days=4), who="test",
    )  # fmt: skip


def say(tx: Tx, key: str, chat: str = "+33612345678", priority: int = 1, begun_by: str = "clock") -> int | None:
    """A row of the outbox for WhatsApp; its number, None when the key was used before."""
    line = Line(
        message=Done("noted"), language="fr", channel="whatsapp", chat=chat, key=key, about="staff",
        begun_by=begun_by, priority=priority,
    )  # fmt: skip
    return tx.outbox.put(line)
