"""What a database cannot hold: names too long, numbers too large, and a bad letter among good ones."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.inbound import Letter
from bot.store import Store
from bot.store import tables as t
from tests.store.letters import letter
from tests.store.test_writer import busy

STORABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NUMBERS = [2**63, 2**64, -(2**70), 10**400]


async def kept(store: Store) -> list[Any]:
    return [row.payload for row in await store.rows(sa.select(t.inbox.c.payload).order_by(t.inbox.c.id))]


@pytest.mark.parametrize("number", NUMBERS)
async def test_numbers_beyond_64_bits_in_a_letter(store: Store, number: int) -> None:
    assert await store.put([letter("SM1", id=number, deep={"ids": [number]})]) == 1
    assert len(await kept(store)) == 1


@pytest.mark.parametrize("name", ["x" * 5_000, "é" * 400, "\u202e\u2066" * 150, "'; DROP TABLE loan; --"])
async def test_names_of_any_length_and_kind_find_their_letter_again(store: Store, name: str) -> None:
    one = Letter("whatsapp", "message", f"SM{name}", name, f"whatsapp:{name}")
    assert await store.put([one]) == 1
    assert await store.put([one]) == 0
    [lane] = await store.waiting_lanes()
    assert await store.write(lambda tx: tx.inbox.take(lane)) is not None


async def test_two_long_names_that_begin_alike_are_two_letters(store: Store) -> None:
    long = "S" * 300
    assert await store.put([letter(long + "1"), letter(long + "2")]) == 2
    assert len(await kept(store)) == 2


@pytest.mark.several_writers
@pytest.mark.parametrize(
    "bad", [letter("SM\ud800"), letter("SM", lane="\ud800"), letter("SM", text="x", thing=object())]
)
async def test_a_letter_that_cannot_be_stored_does_not_cost_its_neighbours_in_the_batch(
    store: Store, bad: Letter
) -> None:
    """The doors let no such letter through; should one come all the same, the others are acknowledged."""
    async with busy(store):
        puts = [asyncio.ensure_future(store.put([bad if n == 3 else letter(f"SM{n}")])) for n in range(8)]
        await asyncio.sleep(0)
    results = await asyncio.gather(*puts, return_exceptions=True)
    assert isinstance(results.pop(3), Exception)
    assert results == [1] * 7
    assert len(await kept(store)) == 7


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(STORABLE, min_size=1, max_size=400), st.text(STORABLE, max_size=400))
async def test_any_name_that_a_door_lets_through(store: Store, name: str, text: str) -> None:
    one = letter(f"SM{name}", text=text)
    assert await store.put([one]) in (0, 1)
    assert await store.put([one]) == 0
