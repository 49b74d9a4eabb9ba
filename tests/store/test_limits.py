"""Places at a sender: who has to wait, and in which order they leave, on both engines."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.delivery import SENDER_LIMITS, limits
from bot.store import Store, Tx
from bot.store.outbox_rows import Claimed
from bot.store.outbox_statements import WAITING
from bot.store.pace import Told
from bot.store.tables import outbox, pace
from tests.store.conftest import SENDER, say
from tests.town import TownClock


async def test_what_a_limit_held_back_leaves_before_what_was_said_later(
    store: Store, clock: TownClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SENDER_LIMITS, "whatsapp", (1, 10.0))

    came: list[Told] = []

    async def leaves() -> list[str]:
        claimed: list[Claimed] = await store.write(lambda tx: tx.outbox.claim("whatsapp", SENDER, 9, 1.0, news=came))
        came[:] = [Told(c.place, c.place.opens) for c in claimed if c.place is not None] or came
        gone = outbox.c.id.in_([c.id for c in claimed])
        done = sa.update(outbox).where(gone).values(state="sent", lease=None, lease_until=None)
        await store.write(lambda tx: tx.run(done))
        return [row.key for row in await store.rows(sa.select(outbox.c.key).where(gone).order_by(outbox.c.id))]

    def later(seconds: float) -> None:
        clock.move_to(clock.now() + timedelta(seconds=seconds))

    await store.write(say, "first")
    assert await leaves() == ["first"]
    await store.write(say, "second")
    assert await leaves() == []
    await store.write(say, "third")
    later(9.5)  # a place may be taken a second ahead, and "second" was put off until it is free
    assert await leaves() == []
    later(0.5)
    assert await leaves() == ["second"]
    later(10)
    assert await leaves() == ["third"]


async def test_a_burst_takes_places_a_slice_ahead_and_an_answer_any(store: Store) -> None:
    for number in range(21):  # a slice holds twenty
        await store.write(say, f"burst {number}", f"+3361234{number:04}", 2)
    await store.write(say, "answer", "+33612345678", 0, "person")
    claimed = await store.write(lambda tx: tx.outbox.claim("whatsapp", SENDER, 30, 1.0, 0.2))
    assert (len(claimed), claimed[0].chat) == (20, "+33612345678")
    await store.write(say, "another answer", "+33612345679", 0, "person")
    [late] = await store.write(lambda tx: tx.outbox.claim("whatsapp", SENDER, 30, 1.0, 0.2))
    assert late.chat == "+33612345679"


async def test_a_full_sender_keeps_a_claim_from_looking_at_all_that_waits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them put off anew at each claim would be a write for each, on twenty indexes."""
    monkeypatch.setitem(SENDER_LIMITS, "whatsapp", (1, 10.0))
    for number in range(40):
        await store.write(say, f"burst {number}", f"+3361234{number:04}", 2)
    assert len(await store.write(lambda tx: tx.outbox.claim("whatsapp", SENDER, 4, 1.0))) == 1
    assert await store.write(lambda tx: tx.outbox.claim("whatsapp", SENDER, 4, 1.0)) == []
    put_off = await store.rows(sa.select(sa.func.count()).where(outbox.c.put_off_at.is_not(None)))
    assert put_off[0][0] < 8


async def test_a_burst_that_the_statistics_know_nothing_of_is_not_compared_with_itself(
    postgresql_migrated_url: str,
) -> None:
    """PostgreSQL took each of 3,000 reminders that had come since for the only one, and a claim was cut off after
    20 s."""
    store = await Store.open(postgresql_migrated_url)
    try:
        await store.write(lambda tx: tx.run(sa.text("ANALYZE outbox")))
        await store.write(_burst, 500)
        assert await store.write(_rows_read) < 20 * 500
    finally:
        await store.close()


def _burst(tx: Tx, many: int) -> None:
    """Reminders to as many people, all put off once."""
    for number in range(many):
        say(tx, f"burst {number}", f"+3361234{number:04}", 2)
    tx.run(sa.update(outbox).values(put_off_at=tx.now))


def _rows_read(tx: Tx) -> int:
    """Of the outbox, by the question what may leave now."""
    asked = {"channel": "whatsapp", "now": tx.now, "most": 32}
    text = WAITING[True].sql(tx.connection, asked)
    explained: Any = tx.connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", asked).scalar()
    return _touched(explained[0]["Plan"])


def _touched(node: dict[str, Any]) -> int:
    looked_at = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    here = sum(node.get(name, 0) for name in looked_at) * node["Actual Loops"]
    return int(here) + sum(map(_touched, node.get("Plans", ())))


async def test_who_gives_back_what_a_claim_took_leaves_the_claims_of_others(store: Store) -> None:
    for token in ("one-", "two-"):
        await store.write(say, token, f"+33{token}")
        await store.write(partial(_claim, token=token))
    await store.write(lambda tx: tx.outbox.release_all("one-"))
    found = {row.key: row.state for row in await store.rows(sa.select(outbox.c.key, outbox.c.state))}
    assert found == {"one-": "pending", "two-": "sending"}


def _claim(tx: Tx, *, token: str) -> list[Claimed]:
    return tx.outbox.claim("whatsapp", SENDER, 1, 1.0, token=token)


async def test_places_of_before_a_clock_was_set_back_hold_nobody_up(store: Store, clock: TownClock) -> None:
    assert await store.write(_placed) == 0
    clock.set_back(timedelta(hours=1))
    assert await store.write(_placed) == 0


def _placed(tx: Tx) -> float:
    """Seconds until the next SMS may leave."""
    return tx.pace.reserve(limits("sms", SENDER, ""), 1.0)


async def test_what_is_tidied_of_limits_is_no_pause_that_a_provider_asked_for(store: Store, clock: TownClock) -> None:
    for chat, pause in (("still", timedelta(seconds=1)), ("silenced", timedelta(days=2))):
        await store.write(_pause, f"telegram:{SENDER}:{chat}", pause)
    tidied = clock.real() + timedelta(days=1)
    assert await store.write(lambda tx: tx.pace.tidy(tidied, "")) == (None, 1)
    assert [row.key for row in await store.rows(sa.select(pace.c.key))] == [f"telegram:{SENDER}:silenced"]


def _pause(tx: Tx, key: str, wait: timedelta) -> None:
    tx.pace.block(key, wait)
