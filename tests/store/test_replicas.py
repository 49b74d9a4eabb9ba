"""Two processes on one PostgreSQL database: bells, rules, claims, limits and letters hold over both."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.config import load
from bot.core.debts import PaymentState
from bot.core.delivery import Limit
from bot.core.money import Money
from bot.service import first_steps
from bot.store import INBOX, OUTBOX, Store, Tx
from bot.store import tables as t
from bot.store.ahead import what_letters_ask
from bot.store.clock import Clock
from bot.store.merging import detach, merge
from bot.store.outbox import LEASE
from bot.store.outbox_rows import Claimed
from bot.web.api_limits import SharedLimiter
from jobs.leaving import Begun, take_rows
from tests.store.conftest import SENDER, Furniture, furnish, say
from tests.store.letters import letter
from tests.town import AWA, MONDAY, TownClock


@pytest.fixture
async def replicas(postgresql_migrated_url: str) -> AsyncIterator[tuple[Store, Store]]:
    clock = TownClock(MONDAY)
    one = await Store.open(postgresql_migrated_url, clock)
    two = await Store.open(postgresql_migrated_url, clock)
    yield one, two
    await one.close()
    await two.close()


async def listening(store: Store, other: Store) -> None:
    """Both have their ear at the database: it takes a moment after the opening."""
    for teller, hearer in ((store, other), (other, store)):
        for _ in range(100):
            await teller.write(lambda tx: tx.ring("hello"))
            if await hearer.bells.wait("hello", 0.05):
                break
        else:
            pytest.fail("no bell travels")


async def test_a_bell_wakes_the_other_replica(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    await listening(one, two)
    await one.put([letter("SM1")])
    assert await two.bells.wait(INBOX, 2)
    await two.write(say, "key")
    assert await one.bells.wait(OUTBOX, 2)


async def test_what_another_replica_wrote_is_read_by_the_next_piece_of_a_batch(
    replicas: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, two = replicas
    monkeypatch.setattr("bot.store.store.POSTGRES_WRITERS", 1)
    one = await Store.open(two.url, two.clock)
    awa, loop = (await one.write(lambda tx: tx.people.add("Awa"))).id, asyncio.get_running_loop()

    def first(tx: Tx) -> str:
        before = tx.people.get(awa).name
        renaming = two.write(lambda tx: tx.people.rename(awa, "Binta"))
        asyncio.run_coroutine_threadsafe(renaming, loop).result(5)
        return before

    pieces = (first, lambda tx: tx.people.get(awa).name)
    assert await asyncio.gather(*map(one.write, pieces)) == ["Awa", "Binta"]
    await one.close()


async def test_a_limit_that_two_replicas_begin_together_is_one(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    loop, limit = asyncio.get_running_loop(), (Limit("answers:chat", 1, 60.0),)
    others: list[asyncio.Task[float]] = []

    async def asks_too() -> None:
        others.append(asyncio.ensure_future(two.write(lambda tx: tx.pace.reserve(limit, 0.0))))
        await asyncio.wait(others, timeout=0.1)  # time enough, if it need not wait for the first

    def first(tx: Tx) -> float:
        mine = tx.pace.reserve(limit, 0.0)
        asyncio.run_coroutine_threadsafe(asks_too(), loop).result(5)
        return mine

    assert await one.write(first) == 0
    assert await others[0] == pytest.approx(60)


async def test_a_limit_goes_by_the_server_s_clock_from_its_first_place_on(postgresql_migrated_url: str) -> None:
    """The clock of the one that begins the count is a minute fast."""

    class Fast(Clock):
        def real(self) -> datetime:
            return super().real() + timedelta(minutes=1)

    limit = (Limit("answers:chat", 1, 20.0),)
    for store in [await Store.open(postgresql_migrated_url, clock) for clock in (Fast(), Clock())]:
        wait = await store.write(lambda tx: tx.pace.reserve(limit, 0.0))
        await store.close()
    assert 5 < wait < 20


async def test_a_replica_that_starts_leaves_the_others_what_they_have_in_hand(postgresql_migrated_url: str) -> None:
    """Only a file tells that a process is alone. Taken for dead, the others' messages would be sent once more, and each
    replica would poll Telegram, which refuses all but one."""
    clock = TownClock(MONDAY)
    busy = await Store.open(postgresql_migrated_url, clock, alone=True)
    await busy.write(say, "reminder")
    [claimed] = await busy.write(lambda tx: tx.outbox.claim("whatsapp", SENDER, 1, 1.0))
    await busy.write(lambda tx: tx.runs.begin("digest", MONDAY))
    starting = await Store.open(postgresql_migrated_url, clock, alone=True)
    try:
        assert (busy.alone, starting.alone) == (False, False)
        assert await starting.write(lambda tx: tx.outbox.ran_out()) == []
        assert await starting.write(lambda tx: tx.runs.begin("digest", MONDAY)) is None
        await clock.rest(LEASE.total_seconds() + 1)
        assert await starting.write(lambda tx: tx.outbox.ran_out()) == [(claimed.lease, False)]
    finally:
        await busy.close()
        await starting.close()


async def test_bells_travel_whatever_stands_behind_the_address(postgresql_migrated_url: str) -> None:
    """What libpq alone knows is no setting of the server's, which would refuse the ear's connection for it."""
    url = f"{postgresql_migrated_url}?sslmode=prefer&channel_binding=prefer&connect_timeout=5"
    one, two = await Store.open(url), await Store.open(url)
    try:
        await listening(one, two)
    finally:
        await one.close()
        await two.close()


async def test_replicas_that_start_print_one_code_for_the_first_admin(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    config = load({"DATABASE_URL": "postgresql://desk:sample@localhost/desk"}, None)
    code, _ = await one.write(first_steps, config)
    assert code is not None
    assert await two.write(first_steps, config) == (None, True)
    assert await two.write(lambda tx: tx.people.kind_of_code(code)) == "setup"


async def test_a_rule_changed_here_holds_there_at_once(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    desk = await one.write(furnish)
    await listening(one, two)

    def attempts(tx: Tx) -> int:
        return tx.departments.get(desk.desk).rules.attempts

    assert await two.write(attempts) == 3
    await one.write(lambda tx: tx.departments.set_rule(desk.desk, "attempts", 2))
    for _ in range(100):
        if await two.write(attempts) == 2:
            break
        await asyncio.sleep(0.005)
    assert await two.write(attempts) == 2


async def test_a_rule_whose_bell_was_lost_holds_within_a_second(
    replicas: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = replicas
    desk = await one.write(furnish)
    await two.write(lambda tx: tx.departments.get(desk.desk))

    def change_silently(tx: Tx) -> None:
        tx.departments.set_rule(desk.desk, "attempts", 2)
        tx.rung.clear()

    await one.write(change_silently)
    monkeypatch.setattr("bot.store.fresh.FRESH_SECONDS", 0.0)  # the second is over
    assert await two.write(lambda tx: tx.departments.get(desk.desk).rules.attempts) == 2


async def test_no_row_is_claimed_twice_and_none_is_left(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    for n in range(60):
        await one.write(say, f"key {n}", f"+336123450{n:02}")

    def claim(tx: Tx) -> list[Claimed]:
        return tx.outbox.claim("whatsapp", SENDER, 7, 1.0)

    rounds = await asyncio.gather(*(store.write(claim) for store in (one, two) for _ in range(5)))
    claimed = [c.id for found in rounds for c in found]
    assert len(claimed) == len(set(claimed)) == 60


async def test_what_is_taken_back_while_it_is_claimed_stays_here(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    loop = asyncio.get_running_loop()
    for key in ("kept", "taken back"):
        await one.write(say, key, f"+336123456{len(key):02}")

    def claims(tx: Tx) -> tuple[list[Claimed], Begun]:
        place = tx.pace.place

        def and_meanwhile(*asked: Any) -> Any:
            gone = sa.update(t.outbox).where(t.outbox.c.key == "taken back").values(state="cancelled")
            asyncio.run_coroutine_threadsafe(two.write(lambda other: other.run(gone)), loop).result(5)
            return place(*asked)

        tx.pace.place = and_meanwhile  # type: ignore[assignment,method-assign]
        return take_rows(tx, "whatsapp", SENDER, 8, [], "")

    claimed, begun = await one.write(claims)
    assert len(claimed) == len(begun) == 2
    assert [row.key for row in begun.values() if row is not None] == ["kept"]
    rows = await one.rows(sa.select(t.outbox.c.key, t.outbox.c.state).order_by(t.outbox.c.id))
    assert [tuple(row) for row in rows] == [("kept", "sending"), ("taken back", "cancelled")]


async def test_two_that_claim_two_channels_in_two_orders_do_not_wait_for_each_other(
    replicas: tuple[Store, Store],
) -> None:
    one, two = replicas
    await one.write(say, "key")
    met, tries = threading.Barrier(2), list[str]()

    def claim(tx: Tx, *channels: str) -> list[int]:
        tries.append(channels[0])
        found = []
        for number, channel in enumerate(channels):
            found.append(len(tx.outbox.claim(channel, SENDER, 7, 1.0)))
            if not number and len(tries) < 3:
                met.wait(5)
        return found

    backwards = two.write(claim, "whatsapp", "telegram")
    _, found = await asyncio.gather(one.write(claim, "telegram", "whatsapp"), backwards)
    assert found == [1, 0]
    assert sorted(tries) == ["telegram", "whatsapp"], "none was broken off and done again"


async def test_a_chat_s_order_holds_over_both(replicas: tuple[Store, Store]) -> None:
    """While one replica has a chat's message in hand, the other leaves that chat alone."""
    one, two = replicas
    for n in range(5):
        await one.write(say, f"key {n}")
    order: list[int] = []
    for store in itertools.cycle((one, two)):
        claimed = await store.write(lambda tx: tx.outbox.claim("whatsapp", SENDER, 1, 1.0))
        if not claimed:
            break
        other = two if store is one else one
        assert await other.write(lambda tx: tx.outbox.claim("whatsapp", SENDER, 9, 1.0)) == []
        order.append(claimed[0].id)
        done = sa.update(t.outbox).where(t.outbox.c.id == claimed[0].id)
        await store.write(lambda tx, done: tx.run(done.values(state="sent", lease=None, lease_until=None)), done)
    assert order == sorted(order)
    assert len(order) == 5


async def test_a_sender_s_limit_is_exact_over_both(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    limit = (Limit("whatsapp:us", 80, 1.0),)

    def reserve(tx: Tx) -> list[float]:
        waits = [tx.pace.reserve(limit, 10.0) for _ in range(25)]
        tx.pace.keep()
        return waits

    rounds = await asyncio.gather(*(store.write(reserve) for store in (one, two) for _ in range(4)))
    waits = sorted(wait for found in rounds for wait in found)
    assert len(waits) == 200
    rounding = 1e-6  # seconds since 1970 as floats
    assert all(b - a >= 1.0 - rounding for a, b in zip(waits, waits[80:], strict=False))
    assert waits[79] == 0.0  # and no slower than allowed
    assert waits[80] == pytest.approx(1.0)


async def test_one_letter_that_comes_by_both_doors_at_once_is_one_letter(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    counts = await asyncio.gather(*(store.put([letter(f"SM{n % 10}")]) for n in range(80) for store in (one, two)))
    assert sum(counts) == 10
    assert len(await one.rows(sa.select(t.inbox.c.id))) == 10


async def test_one_letter_in_hand_is_not_taken_by_the_other(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    lane = "whatsapp:+33612345678"
    await one.put([letter("SM1"), letter("SM2")])
    taken, let_go = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(tx: Tx) -> int:
        row = tx.inbox.take(lane)
        assert row is not None
        loop.call_soon_threadsafe(taken.set)
        asyncio.run_coroutine_threadsafe(let_go.wait(), loop).result(5)
        tx.inbox.done(row.id)
        return row.id

    holding = asyncio.ensure_future(one.write(hold))
    await taken.wait()
    assert await two.write(lambda tx: tx.inbox.take(lane)) is None  # nor the second letter of the lane
    let_go.set()
    first = await holding
    second = await two.write(lambda tx: tx.inbox.take(lane))
    assert second is not None
    assert second.id > first


async def test_one_run_of_a_periodic_job_over_both(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    at = one.clock.now()
    leases = await asyncio.gather(
        *(s.write(lambda tx: tx.runs.begin("tidy", at)) for s in (one, two) for _ in range(4))
    )
    assert len([lease for lease in leases if lease]) == 1
    assert await two.write(lambda tx: tx.runs.begin("tidy", at + timedelta(days=1)))


async def test_a_key_said_by_both_at_once_is_said_once(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    made = await asyncio.gather(*(store.write(say, "the same") for store in (one, two) for _ in range(5)))
    assert len([n for n in made if n]) == 1


async def test_a_person_s_words_act_one_after_the_other(replicas: tuple[Store, Store]) -> None:
    """Read, think, write: without the lock both would read the same count and one would be lost."""
    one, two = replicas
    desk: Furniture = await one.write(furnish)

    def count(tx: Tx) -> None:
        tx.people.lock(desk.awa)
        name = tx.people.get(desk.awa).name
        tx.people.rename(desk.awa, name + "x")

    await asyncio.gather(*(store.write(count) for store in (one, two) for _ in range(10)))
    assert (await one.write(lambda tx: tx.people.get(desk.awa).name)) == "Awa" + "x" * 20


async def test_a_payment_that_staff_confirm_while_it_is_corrected_keeps_what_they_confirmed(
    replicas: tuple[Store, Store],
) -> None:
    one, two = replicas
    desk: Furniture = await one.write(furnish)
    whose: dict[str, Any] = {"contact_id": desk.awa, "department_id": desk.desk, "who": "awa"}
    first = await one.write(lambda tx: tx.debts.declare(**whose, amount=Money(5_000, "XOF")))
    begun, go = threading.Event(), threading.Event()

    def confirms(tx: Tx) -> None:
        tx.debts.confirm(first.id, "sam")
        begun.set()
        go.wait(5)

    def corrects(tx: Tx) -> None:
        tx.debts.declare(**whose, amount=Money(9_000, "XOF"), within=timedelta(minutes=10))

    confirming = asyncio.ensure_future(one.write(confirms))
    await asyncio.to_thread(begun.wait, 5)
    correcting = asyncio.ensure_future(two.write(corrects))
    await asyncio.sleep(0.2)  # it waits for the lock
    go.set()
    await asyncio.gather(confirming, correcting)
    found = await one.write(lambda tx: [(p.amount.minor, p.state) for p in tx.debts.payments(desk.awa, desk.desk)])
    assert found == [(5_000, PaymentState.CONFIRMED), (9_000, PaymentState.DECLARED)]


@pytest.mark.parametrize("joined", [True, False])
async def test_who_becomes_somebody_else_while_their_letter_is_taken_in_hand_is_known(
    replicas: tuple[Store, Store], joined: bool
) -> None:
    one, two = replicas
    desk: Furniture = await one.write(furnish)
    begun, go = threading.Event(), threading.Event()

    def also_writes_sms(tx: Tx) -> int:
        tx.people.add_address(desk.awa, "sms", AWA, verified_by="holder")
        return tx.people.add("Awa B", desk.desk).id

    other: int = await one.write(also_writes_sms)

    def changes(tx: Tx) -> int:
        tx.people.lock(desk.awa)
        now = merge(tx, other, desk.awa, "Sam") if joined else detach(tx, desk.address, "Sam")
        begun.set()
        go.wait(5)
        assert now is not None
        return now.id

    def hears(tx: Tx) -> int | None:
        what_letters_ask(tx, [("whatsapp", AWA)], [])
        known = tx.people.find_address("whatsapp", AWA)
        return known.contact_id if known else None

    changing = asyncio.ensure_future(one.write(changes))
    await asyncio.to_thread(begun.wait, 5)
    hearing = asyncio.ensure_future(two.write(hears))
    await asyncio.sleep(0.2)  # it waits for the lock
    go.set()
    assert await hearing == await changing


async def test_one_replica_polls_until_it_stops_or_dies(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    lasts = timedelta(seconds=60)

    async def holds(store: Store, name: str, lasts: timedelta = lasts) -> bool:
        return await store.write(lambda tx: tx.runs.hold("telegram", name, lasts))

    first = await asyncio.gather(holds(one, "one"), holds(two, "two"))
    assert sorted(first) == [False, True]
    polls, rests = (("one", one), ("two", two)) if first[0] else (("two", two), ("one", one))
    assert await holds(polls[1], polls[0])  # it goes on
    assert not await holds(rests[1], rests[0])
    await rests[1].write(lambda tx: tx.runs.let_go("telegram", rests[0]))  # not its own: changes nothing
    assert not await holds(rests[1], rests[0])
    await polls[1].write(lambda tx: tx.runs.let_go("telegram", polls[0]))
    assert await holds(rests[1], rests[0], timedelta(0))  # and dies at once
    assert await holds(polls[1], polls[0])


async def test_a_token_may_ask_as_often_over_both_as_over_one(replicas: tuple[Store, Store]) -> None:
    limiters = [SharedLimiter(store, per_second=10, burst=30) for store in replicas]

    async def asks(times: int) -> list[float]:
        return list(await asyncio.gather(*(limiters[n % 2].take("token", now=0.0) for n in range(times))))

    waits = [wait for _ in range(20) for wait in await asks(2)]
    assert waits.count(0.0) == 30
    assert 0 < min(wait for wait in waits if wait) <= 0.1
    assert await limiters[0].take("another", now=0.0) == 0.0
