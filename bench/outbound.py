"""The way out: due row → Twilio's client → closed, against that client alone, the provider answering in 50 ms."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bench.child import LOADER, SERVER, Child
from bench.figures import Figure, Noise, rates

PROVIDER_SECONDS = 0.05
AT_ONCE = 128  # calls in flight, as the service allows for each channel


async def measure(turns: int, count: int, noise: Noise, engine: str = "sqlite") -> AsyncIterator[Figure]:
    """count: messages of each turn."""
    bare: list[float] = []
    ours: list[float] = []
    async with Child("provider", LOADER) as provider, Child("bare", SERVER) as client, Child("desk", SERVER) as desk:
        base = await provider.ask("serve", wait=PROVIDER_SECONDS)
        await desk.ask("start", base=base, sends=True, engine=engine)
        await desk.ask("seed", people=count)
        await client.ask("send", base=base, count=AT_ONCE, at_once=AT_ONCE)  # loads the client
        await desk.ask("deliver", count=AT_ONCE, batch="warm")
        for turn in range(turns):
            noise.sample()
            bare.append(await client.ask("send", base=base, count=count, at_once=AT_ONCE))
            ours.append(await desk.ask("deliver", count=count, batch=str(turn)))
        states = await desk.ask("sent")
        if set(states) != {"sent"}:
            raise AssertionError(f"not everything was sent: {states}")
        await desk.ask("stop")
    yield rates("message: due row → Twilio's client → closed", ours, bare, 0.85)
