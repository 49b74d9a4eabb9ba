"""What was asked of a whole desk at once: carried out in slices, by one replica or several, as if in one."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.core.closure import Closure, moves
from bot.core.loans import Loan, LoanState
from bot.store import Store, Tx
from bot.store import tables as t
from bot.store.bulk import Bulk
from handlers.closure_moves import begin
from jobs.bulk import work_slice
from jobs.remind import Remind
from tests.jobs.post import Post, add_person
from tests.town import TownClock, on

SHUT = Closure(date(2026, 12, 24), date(2027, 1, 2))
PEOPLE = 45


async def a_crowd(post: Post) -> list[Loan]:
    """Two loans each, due all through the closed period."""

    def work(tx: Tx) -> list[Loan]:
        made = []
        for n in range(PEOPLE):
            who, _ = add_person(tx, post.desk.desk, f"Personne {n}", "telegram", f"7002{n:05}")
            for nth in range(2):
                item = tx.items.add(post.desk.desk, f"LOT-{n}-{nth}", f"Lot {n}-{nth}")
                due = on("jeudi", 10, week=4) + timedelta(hours=(n * 7 + nth * 60) % 200)
                made.append(
                    tx.loans.add(
                        item_id=item.id, contact_id=who, department_id=post.desk.desk, state=LoanState.ACTIVE,
                        due_at=due, who="test",
                    )
                )  # fmt: skip
        return made

    return await post.store.write(work)


async def asked(post: Post, kind: str = "closure", **facts: int) -> None:
    def work(tx: Tx) -> None:
        act = facts.get("act") or tx.audit.note("test", "closure", post.desk.desk)
        given = begin(SHUT, f"in:{act}:{kind}", **{"act": act, "people": PEOPLE, "after": act, **facts})
        tx.bulks.ask(Bulk(kind, post.desk.desk, "test", "Dominique", given))

    await post.store.write(work)


async def due(post: Post) -> dict[int, datetime]:
    rows = await post.store.rows(sa.select(t.loan.c.id, t.loan.c.due_at))
    return {row.id: row.due_at for row in rows}


async def carried_out(post: Post, *stores: Store) -> None:
    """Until nothing is under way, by each of these at the same time."""

    async def one(store: Store) -> None:
        while await store.rows(sa.select(t.bulk.c.id)):
            await store.write(work_slice)

    await asyncio.gather(*(one(store) for store in (post.store, *stores)))


def whole(post: Post, loans: list[Loan], tx: Tx) -> dict[int, datetime]:
    """Where the loans go when all move at once."""
    desk = tx.departments.get(post.desk.desk)
    return {m.loan.id: m.due_at for m in moves(loans, SHUT, desk.rules, desk.zone)}


async def test_slices_move_what_one_transaction_would_and_tell_each_person_once(post: Post) -> None:
    loans = await a_crowd(post)
    wanted = await post.store.write(lambda tx: whole(post, loans, tx))
    await asked(post)
    remind, turns = Remind(post.store), 0
    while not turns or remind.busy:
        await remind.turn()
        turns += 1
    assert turns > 3, "one transaction holds twenty of them"
    assert {number: at for number, at in (await due(post)).items() if number in wanted} == wanted
    told = Counter(row.contact_id for row in await post.rows(message="due_moved"))
    assert len(told) == PEOPLE
    assert set(told.values()) == {1}
    [result] = await post.rows(message="closing")
    assert (result.facts["state"], result.facts["count"], result.facts["people"]) == ("moved", 2 * PEOPLE, PEOPLE)


@pytest.mark.several_writers
async def test_two_replicas_carry_it_out_together(post: Post, migrated_url: str, clock: TownClock) -> None:
    loans = await a_crowd(post)
    before = await due(post)
    other = await Store.open(migrated_url, clock)
    other.desk.roads.update(post.store.desk.roads)
    try:
        await asked(post)
        await carried_out(post, other)
        [act] = await post.store.rows(sa.select(t.audit.c.id).where(t.audit.c.what == "closure"))
        assert await post.store.write(lambda tx: whole(post, loans, tx)) == {
            x.id: at for x, at in zip(loans, [(await due(post))[x.id] for x in loans], strict=True)
        }
        await asked(post, "closure_undo", act=act.id)
        await carried_out(post, other)
    finally:
        await other.close()
    assert await due(post) == before
    assert len(await post.rows(message="due_moved")) == 2 * PEOPLE
    assert [row.facts["state"] for row in await post.rows(message="closing")] == ["moved", "undone"]
