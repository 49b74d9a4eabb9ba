"""However late a process comes to its calls and however late they arrive, a provider sees no more than the limit."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import sqlalchemy as sa

from bot.core.delivery import Limit
from bot.store import Store, Tx
from bot.store.gate import Gate
from bot.store.pace import HELD, LATE, Place, Told
from bot.store.tables import pace
from tests.town import TownClock

LIMITS = (Limit("whatsapp:us", 8, 1.0, parts=4),)


class Replica:
    """A process with places of its own."""

    def __init__(self, store: Store, clock: TownClock, name: str) -> None:
        self._store = store
        self._clock = clock
        self._name = name
        self._count = 0
        self.gate = Gate(clock)

    async def claims(self, many: int, horizon: float = 0.25) -> list[Place]:
        news = self.gate.news()
        places: list[Place] = await self._store.write(self._claim, many, horizon, news)
        if places:
            self.gate.known(news)
        for place in places:
            self.gate.took(place)
        return places

    def _claim(self, tx: Tx, many: int, horizon: float, news: list[Told]) -> list[Place]:
        tx.pace.tell(news)
        self._count += many
        asked = [tx.pace.place(LIMITS, horizon, f"{self._name}{self._count - n}") for n in range(many)]
        tx.pace.keep()
        return [place for place in asked if isinstance(place, Place)]

    async def calls(self, place: Place, arriving_after: float = 0.0) -> float | None:
        """When it came to the provider; None when its place had passed by."""
        if not await self.gate.through(place):
            self.gate.ended(place.holder)
            return None
        called = self._clock.steady()
        await self._clock.rest(arriving_after)
        self.gate.came(place, called)
        return self._clock.steady()


def busiest(came: list[float]) -> int:
    """The most that came within one second."""
    return max(sum(at <= other < at + 1.0 - 1e-5 for other in came) for at in came)


async def test_no_second_sees_more_than_the_limit_whoever_is_held_up(store: Store, clock: TownClock) -> None:
    one, two = Replica(store, clock, "a"), Replica(store, clock, "b")
    came: list[float] = []
    lateness = [0.0, 0.3, 0.0, 0.7, 0.05]  # of the loop before a call
    ways = [0.0, 0.0, 0.4, 0.0, 0.2]  # from the call to the provider
    began = clock.steady()
    for turn in range(60):
        for replica in (one, two) if turn % 2 else (two, one):
            for place in await replica.claims(3):
                await clock.rest(lateness[turn % 5] if turn % 3 else 0.0)
                at = await replica.calls(place, ways[turn % 5])
                came += [at] if at is not None else []
        await clock.rest(0.02)
    assert busiest(sorted(came)) <= 8
    assert len(came) > 2 * (clock.steady() - began)  # and neither is stopped by places that the other has lost


async def test_alone_and_in_time_a_sender_has_all_of_its_limit_in_parts(store: Store, clock: TownClock) -> None:
    replica = Replica(store, clock, "a")
    came: list[float] = []
    while len(came) < 40:
        for place in await replica.claims(3, horizon=0.0):
            at = await replica.calls(place)
            came.append(at if at is not None else 0.0)
        await clock.rest(0.05)
    assert came[-1] - came[0] < 5.3
    assert busiest(came) == 8
    assert max(Counter(round(at - came[0], 2) // 0.25 for at in came).values()) <= 3


async def test_what_has_come_is_told_with_the_next_claim_and_once(store: Store, clock: TownClock) -> None:
    replica = Replica(store, clock, "a")
    [place] = await replica.claims(1)
    assert replica.gate.news() == []  # in flight, and not for long
    at = await replica.calls(place)
    assert replica.gate.news() == [Told(place, at)]
    await replica.claims(1)
    assert replica.gate.news() == []


async def test_a_place_that_passed_by_is_not_used_and_is_free_again(store: Store, clock: TownClock) -> None:
    slow, other = Replica(store, clock, "a"), Replica(store, clock, "b")
    places = await slow.claims(2)
    assert len(places) == 2
    clock.move_to(clock.now() + timedelta(seconds=LATE + 0.1))
    assert [await slow.calls(place) for place in places] == [None, None]
    assert [one.came for one in slow.gate.news()] == [None, None]
    await slow.claims(2)  # tells of the two it did not use
    assert len(await other.claims(9, horizon=1.0)) == 6


async def test_who_died_with_places_holds_them_for_seconds_and_who_waits_for_an_answer_as_long_as_it_takes(
    store: Store, clock: TownClock
) -> None:
    dead, waits, other = Replica(store, clock, "a"), Replica(store, clock, "b"), Replica(store, clock, "c")
    assert len(await dead.claims(4, horizon=1.0)) == 4
    assert len(await waits.claims(4, horizon=1.0)) == 4
    await clock.rest(HELD)
    await waits.claims(1, horizon=0.0)
    assert await other.claims(9, horizon=0.0) == []
    await clock.rest(1.1)
    assert len(await other.claims(9, horizon=1.0)) == 4  # those of the dead; the calls in flight may still arrive


async def test_places_taken_together_are_one_entry_and_each_is_free_once(store: Store, clock: TownClock) -> None:
    one, other = Replica(store, clock, "a"), Replica(store, clock, "b")
    places = await one.claims(8, horizon=1.0)
    for _ in range(2):  # the process did not hear that it was written
        await store.write(lambda tx: tx.pace.tell([Told(places[0])]))
    (held,) = (await store.rows(sa.select(pace.c.held)))[0]
    assert len(held) == 1
    assert len(await other.claims(9, horizon=1.25)) == 1
