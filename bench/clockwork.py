"""The clock: finding what is due, how late it leaves, and 10,000 due at once."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence

from bench.child import LOADER, SERVER, Child, now
from bench.figures import Figure, Noise, at_most, percentile

EACH_SECOND = 10.0
LOOKS = 51
PATIENCE = 20.0
LIMIT = (80, 1.0)  # of a WhatsApp number


async def finding(sizes: Sequence[int], noise: Noise, engine: str = "sqlite") -> AsyncIterator[Figure]:
    """100 due among each of these numbers of planned rows."""
    took: dict[int, dict[str, float]] = {}
    async with Child("desk", SERVER) as desk:
        await desk.ask("start", engine=engine)
        await desk.ask("seed", people=100)
        for rows in sizes:
            noise.sample()
            await desk.ask("fill", rows=rows)
            took[rows] = await desk.ask("find_due", times=LOOKS)
        await desk.ask("stop")
    for rows, found in took.items():
        bare, ratio = f"{found['bare']:.2f} ms", f"{found['ours'] / found['bare']:.1f}"
        yield at_most(f"clock: 100 due among {rows:,}", found["ours"], 5, "ms", bare, ratio)
    growth = took[sizes[-1]]["ours"] / took[sizes[0]]["ours"]
    yield at_most(f"clock: the same, {sizes[-1]:,} rows to {sizes[0]:,}", growth, 1.5, "×")


async def lateness(count: int, noise: Noise, engine: str = "sqlite") -> AsyncIterator[Figure]:
    """From the planned instant to the call at the provider, 10 reminders a second."""
    async with Child("provider", LOADER) as provider, Child("desk", SERVER) as desk:
        base = await provider.ask("serve", wait=0.0)
        await desk.ask("start", base=base, sends=True, engine=engine)
        await desk.ask("seed", people=count)
        await desk.ask("deliver", count=1, batch="warm")
        await provider.ask("calls")
        noise.sample()
        planned = await desk.ask("plan_ahead", count=count, each_second=EACH_SECOND)
        came: list[float] = []
        until = planned[-1] + PATIENCE
        while len(came) < count and now() < until:
            came += await provider.ask("calls")
            await asyncio.sleep(0.1)
        states = await desk.ask("sent")
        await desk.ask("stop")
    if len(came) < count:
        raise AssertionError(f"{len(came)} of {count} reminders left: {states}")
    late = [(at - wished) * 1000 for at, wished in zip(sorted(came), planned, strict=True)]
    middle = percentile(late, 0.5)
    yield at_most(f"clock: lateness p99 at 10 due a second (median {middle:.1f} ms)", percentile(late, 0.99), 50, "ms")


async def burst(count: int, noise: Noise, engine: str = "sqlite") -> AsyncIterator[Figure]:
    """Everything due in the same second, and somebody writes meanwhile."""
    async with Child("desk", SERVER) as desk:
        await desk.ask("start", answers=True, engine=engine)
        await desk.ask("seed", people=count + 1)
        noise.sample()
        found = await desk.ask("burst", count=count)
        await desk.ask("stop")
    yield at_most(f"burst: {count:,} due at once, longest stall of the loop", found["stall"] * 1000, 50, "ms")
    yield at_most("burst: answer to somebody who writes meanwhile", found["reply"], 1, "s")
    told = f"{count / found['took']:,.0f}/s"
    yield Figure(f"burst: until all {count:,} are in the outbox", f"{found['took']:.1f} s", "–", told, "no goal")


async def leaving(count: int, times: int, noise: Noise, engine: str = "sqlite") -> AsyncIterator[Figure]:
    """The same on a sender with WhatsApp's limit, counted where messages arrive; somebody writes every second."""
    async with Child("provider", LOADER) as provider, Child("desk", SERVER) as desk:
        base = await provider.ask("serve", wait=0.02)
        await desk.ask("start", base=base, sends=True, limit=LIMIT, engine=engine)
        await desk.ask("seed", people=count + 1)
        noise.sample()
        found = await desk.ask("rush", count=count, person=count, times=times)
        came = sorted(await provider.ask("calls"))
        await desk.ask("stop")
    most = LIMIT[0] / LIMIT[1]
    busiest = max(bisect_left(came, at + 1) - place for place, at in enumerate(came))
    yield at_most(f"burst: {count:,} due at once, most that came to the provider in a second", busiest, most, "")
    yield at_most("burst: an answer from the words to the provider's door", found["reply"], 1, "s")
    yield at_most("burst: longest stall of the loop while they leave", found["stall"] * 1000, 50, "ms")
