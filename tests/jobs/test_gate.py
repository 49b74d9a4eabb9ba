"""However late the loop comes to its calls, a provider never sees more of them than the sender's limit."""

from __future__ import annotations

import asyncio

from bot.store.gate import Gate
from tests.town import MONDAY, TownClock


async def test_calls_that_were_held_up_do_not_leave_together_with_those_that_are_due() -> None:
    clock = TownClock(MONDAY)
    gate = Gate(20, 0.25, clock)
    left: list[tuple[int, float]] = []

    async def call(number: int) -> None:
        await gate.through()
        left.append((number, clock.steady()))

    await asyncio.gather(*(call(number) for number in range(10)))
    clock.breathe()  # the loop was held up
    await asyncio.gather(*(call(number) for number in range(10, 60)))
    assert [number for number, _ in left] == list(range(60))
    assert all(later - earlier >= 0.249 for (_, earlier), (_, later) in zip(left, left[20:], strict=False))
    assert left[59][1] - left[10][1] < 1
