"""Figures of a period before and after the log has dropped its messages, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.money import Cost
from bot.store import Store, Tx, figures, purge
from bot.store.figures import Tally
from bot.store.tables import outbox
from tests.store.conftest import Furniture
from tests.town import MONDAY, PARIS

MIDNIGHT = MONDAY.astimezone(PARIS).replace(hour=0, minute=0)
SENT = (
    # (days before, state, about, cost in millionths)
    (3, "delivered", "reminder", 72_000), (3, "delivered", "reminder", 72_000), (3, "dead", "overdue", None),
    (3, "delivered", "answer", None), (2, "delivered", "reminder", 72_000), (2, "sent", "notice", None),
    (1, "read", "reminder", None), (0, "pending", "reminder", None),
)  # fmt: skip


def write_log(tx: Tx, desk: Furniture) -> None:
    for number, (days, state, about, cost) in enumerate(SENT):
        at = MIDNIGHT - timedelta(days=days) + timedelta(minutes=30 * number)  # half past midnight: UTC's day before
        tx.insert(
            outbox, ref=f"r{number}", key=f"k{number}", department_id=desk.desk, contact_id=desk.awa, message=about,
            language="fr", about=about, begun_by="clock", channel="sms", chat="+33612345678", state=state,
            created_at=at, next_at=at, cost=cost, cost_currency="EUR" if cost else None,
        )  # fmt: skip


def drop(tx: Tx, days: int) -> int:
    return purge.drop_messages(tx, MIDNIGHT - timedelta(days=days) + timedelta(minutes=45))


async def test_what_the_log_drops_stays_counted(store: Store, desk: Furniture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "SLICE", 2)
    await store.write(write_log, desk)

    async def told(first: int, last: int, department_id: int | None = None) -> list[Tally]:
        since, until = MIDNIGHT - timedelta(days=first), MIDNIGHT - timedelta(days=last)
        return await figures.tallies(store, since, until, department_id)

    periods = [(3, 2), (2, 1), (3, 0), (3, -1)]
    before = [await told(*period) for period in periods]
    assert before[0] == [
        Tally("sms", "overdue", "dead", 1), Tally("sms", "reminder", "delivered", 2, Cost(144_000, "EUR")),
    ]  # fmt: skip
    gone = [await store.write(drop, 3), await store.write(drop, 3)]  # in the middle of a day
    assert gone == [2, 0]
    assert [await told(*period) for period in periods] == before
    while await store.write(drop, 0):
        pass
    assert [row.state for row in await store.rows(outbox.select())] == ["pending"]
    assert [await told(*period) for period in periods] == before
    assert await told(3, -1, desk.desk) == before[-1]
    assert await told(3, -1, desk.desk + 1) == []
    noon = MIDNIGHT - timedelta(days=2, hours=12)
    assert await figures.tallies(store, noon, noon + timedelta(hours=6), None) == []  # a piece of a day is not known
