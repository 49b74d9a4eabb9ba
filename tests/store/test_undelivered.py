"""What left and did not arrive, on each engine: looked at by one process only, counted once, found when it matters."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.core.messages import CATALOGUE
from bot.store import OUTBOX, Store, Tx
from bot.store import tables as t
from bot.store.outbox_rows import Line
from tests.store.conftest import Furniture, lend
from tests.town import PARIS, TownClock

HOUR = timedelta(hours=1)


def row(tx: Tx, desk: Furniture, key: str, about: str = "notice", parent: int | None = None, **values: object) -> int:
    """A message to Awa about her loan, with these values in its row."""
    name = "overdue" if about == "overdue" else "loan_created"
    made = tx.outbox.put(
        Line(
            message=CATALOGUE[name](**CATALOGUE[name].example), language="fr", channel="whatsapp", chat="+33612345678",
            key=key, about=about, begun_by="clock", priority=1, contact_id=desk.awa, address_id=desk.address,
            department_id=desk.desk, loan_id=1, parent_id=parent,
        )
    )  # fmt: skip
    assert made is not None
    tx.run(sa.update(t.outbox).where(t.outbox.c.id == made).values(**values))
    return made


@pytest.mark.several_writers
async def test_a_look_is_made_by_one_process(store: Store, clock: TownClock, desk: Furniture) -> None:
    await store.write(lambda tx: [row(tx, desk, f"k{n}", state="sent", look_at=tx.now) for n in range(6)])
    looks = await asyncio.gather(*(store.write(lambda tx: [r.id for r in tx.undelivered.to_ask(4)]) for _ in range(3)))
    taken = [number for look in looks for number in look]
    assert (len(taken), len(set(taken))) == (6, 6)
    again = clock.now() + timedelta(minutes=5)
    assert (await store.next_of_each(after=clock.now()))[OUTBOX] == again, "one that breaks off is made again"
    soon = clock.now() + timedelta(seconds=9)
    for next_at, first in ((again + HOUR, again), (soon, soon)):
        await store.write(lambda tx, at: row(tx, desk, f"at {at}", next_at=at), next_at)
        assert (await store.next_of_each(after=clock.now()))[OUTBOX] == first, (
            "the message or the look, whichever is first"
        )


async def test_a_message_counts_once_where_it_ended(store: Store, clock: TownClock, desk: Furniture) -> None:
    def on_three_roads(tx: Tx) -> None:
        lend(tx, desk, desk.drill)
        first = row(tx, desk, "a", state="dead", closed_at=tx.now)
        second = row(tx, desk, "a>", parent=first, state="sent", sent_at=tx.now)
        row(tx, desk, "a>>", parent=second, state="delivered", sent_at=tx.now)
        row(tx, desk, "b", state="dead", closed_at=tx.now)

    await store.write(on_three_roads)
    found = await store.write(lambda tx: tx.reports.figures(desk.desk, clock.now() - HOUR))
    assert (found["sent"], found["delivered"], found["failed"]) == (1, 1, 1)
    assert await store.write(lambda tx: tx.reports.failed_since(desk.desk, clock.now() - HOUR)) == 1
    now = clock.now()
    assert await store.write(lambda tx: tx.reports.arrived("whatsapp", now - HOUR, now)) == {desk.desk: (2, 1)}
    stranded = await store.write(lambda tx: [r.key for r in tx.undelivered.stranded(desk.awa)])
    assert stranded == ["b"], "what went on by another road is no longer stranded"


async def test_each_desk_s_messages_are_counted_apart(store: Store, clock: TownClock, desk: Furniture) -> None:
    def two(tx: Tx) -> int:
        other = tx.departments.add(name="Médiathèque", zone=PARIS, language="fr").id
        row(tx, desk, "a", "overdue", state="delivered", sent_at=tx.now)
        row(tx, desk, "b", "overdue", next_at=tx.now - 2 * HOUR)
        for key, state in (("c", "delivered"), ("d", "dead"), ("e", "pending")):
            made = row(tx, desk, key, "overdue", state=state, next_at=tx.now - 3 * HOUR)
            tx.update(t.outbox, {"id": made}, department_id=other)
        return other

    other, now = await store.write(two), clock.now()
    arrived = await store.write(lambda tx: tx.reports.arrived("whatsapp", now - HOUR, now))
    assert arrived == {desk.desk: (1, 1), other: (2, 1)}
    assert await stuck(store, now) == {desk.desk: (1, now - 2 * HOUR), other: (1, now - 3 * HOUR)}


async def test_what_is_stuck_is_told_from_what_waits_for_a_channel(
    store: Store, clock: TownClock, desk: Furniture
) -> None:
    await store.write(lambda tx: row(tx, desk, "late", "overdue", next_at=tx.now - 2 * HOUR))
    assert await stuck(store, clock.now()) == {desk.desk: (1, clock.now() - 2 * HOUR)}
    assert not await store.write(lambda tx: tx.reports.any_left(desk.desk, clock.now() - 2 * HOUR))
    await store.write(lambda tx: row(tx, desk, "gone", "overdue", state="sent", sent_at=tx.now))
    assert await store.write(lambda tx: tx.reports.any_left(desk.desk, clock.now() - 2 * HOUR))
    for _ in range(5):
        await store.write(lambda tx: tx.runs.fault("whatsapp", "down", "no answer"))
    assert await stuck(store, clock.now()) == {}


async def stuck(store: Store, now: datetime) -> dict[int, tuple[int, datetime]]:
    return await store.write(lambda tx: tx.reports.stuck(now - HOUR))


async def test_a_month_s_messages_add_up_and_the_next_begins_at_nothing(
    store: Store, clock: TownClock, desk: Furniture
) -> None:
    for channel in ("whatsapp", "sms", "sms"):
        await store.write(spend, desk.desk, channel)
    totals = await store.write(lambda tx: (tx.spending.this_month(desk.desk), tx.spending.segments(desk.desk)))
    assert totals == (6, 9)
    clock.move_to(clock.now() + timedelta(days=31))
    assert await store.write(lambda tx: tx.spending.this_month(desk.desk)) == 0


def spend(tx: Tx, department_id: int, channel: str) -> None:
    tx.spending.add(department_id, channel, messages=2, segments=3)
