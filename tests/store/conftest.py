"""A store of each engine in turn, a clock that stands, and a desk with one person and one thing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.loans import Loan, LoanState
from bot.core.messages import Done
from bot.core.people import Consent
from bot.store import Store, Tx
from bot.store.outbox import Line
from tests.town import MONDAY, TownClock

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
def clock() -> TownClock:
    return TownClock(MONDAY)


@pytest.fixture
async def store(migrated_url: str, clock: TownClock) -> AsyncIterator[Store]:
    opened = await Store.open(migrated_url, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def desk(store: Store) -> Furniture:
    return await store.write(furnish)


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


def say(tx: Tx, key: str, chat: str = "+33612345678", priority: int = 1) -> int | None:
    """A row on WhatsApp's shelf, begun by the clock; its number, None when the key was used before."""
    line = Line(
        message=Done("noted"), language="fr", channel="whatsapp", chat=chat, key=key, about="staff",
        begun_by="clock", priority=priority,
    )  # fmt: skip
    return tx.outbox.put(line)
