"""Letters: through the door, and fully handled, against a handler that reads the form and keeps nothing."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from bench.child import LOADER, SERVER, Child
from bench.figures import Figure, Noise, at_most, percentile, rates

SAID = ("MES PRETS", "RENDU")
BECAME = ("sent", "delivered", "read")  # what a provider tells of a message, each in a request of its own
EARLIER = 300  # people whose letters a fresh process answers before those that count
BARE_LONGER = 4  # times as many letters: half a second would tell of the machine's moment (6,000 to 21,000 a second)
BATCHES = (f"{n:04d}" for n in itertools.count())  # letters of two turns must not look like repeats


@dataclass(slots=True)
class Turns:
    """Rates of each turn, measured alternately: bare, kept, handled, receipts noted."""

    bare: list[float] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    handled: list[float] = field(default_factory=list)
    noted: list[float] = field(default_factory=list)


async def measure(turns: int, count: int, noise: Noise, engine: str = "sqlite") -> AsyncIterator[Figure]:
    """count: letters of each turn."""
    found = Turns()
    async with Child("load", LOADER) as load, Child("bare", SERVER) as bare, Child("desk", SERVER) as desk:
        bare_port, port = await bare.ask("serve"), await desk.ask("start", engine=engine)
        await _post(load, bare_port, count)  # the first requests of a process are slow in all of them
        await _post(load, port, count // 2)
        for _ in range(turns):
            noise.sample()
            found.bare.append(await _post(load, bare_port, count * BARE_LONGER))
            found.kept.append(await _post(load, port, count))
            handled, noted = await _handled(load, count, engine)
            found.handled.append(handled)
            found.noted.append(noted)
        yield rates("letter: signed form → committed → 204", found.kept, found.bare, 0.35)
        half = sorted(found.kept)[len(found.kept) // 2] / 2
        yield await _latency(load, port, count, half)
        yield rates("letter: understood, done, answer in the outbox", found.handled, found.bare, 0.14)
        yield rates("letter: a receipt, noted", found.noted, found.bare, 0.14)
        await desk.ask("stop")


async def _post(load: Child, port: int, count: int) -> float:
    """Requests per second."""
    sent = await load.ask("load", port=port, count=count, words=SAID, batch=next(BATCHES), people=count // len(SAID))
    if sent["refused"]:
        raise AssertionError(f"{sent['refused']} of {count} letters were not accepted")
    return count / float(sent["ended"] - sent["began"])


async def _latency(load: Child, port: int, count: int, rate: float) -> Figure:
    sent = await load.ask(
        "load", port=port, count=count, words=SAID, batch=next(BATCHES), people=count, rate=rate, connections=100
    )
    middle, late = (percentile(sent["took"], share) * 1000 for share in (0.5, 0.99))
    return at_most(f"letter: p99 at half that rate ({rate:,.0f}/s; median {middle:.1f} ms)", late, 50, "ms")


async def _handled(load: Child, count: int, engine: str) -> tuple[float, float]:
    """Letters per second from the first request until the last one is done, on a fresh desk others wrote to before;
    the same for receipts of as many messages as there are people.

    Half of the letters ask for a list, half give something back.
    """
    people = count // len(SAID)
    async with Child("desk", SERVER) as desk:
        port = await desk.ask("start", answers=True, engine=engine)
        await desk.ask("seed", people=EARLIER + people)
        await _said_and_done(load, desk, port, 0, EARLIER)
        rate = await _said_and_done(load, desk, port, EARLIER, people)
        became = await desk.ask("tallied")
        if became.get("loan:return_declared") != EARLIER + people or became.get("said:answer", 0) < people:
            raise AssertionError(f"not every letter did what it says: {became}")
        noted = await _noted(load, desk, port, people)
        await desk.ask("stop")
        return rate, noted


async def _noted(load: Child, desk: Child, port: int, people: int) -> float:
    """Receipts per second: of a message for each of so many people, all that becomes of it."""
    taken = await desk.ask("taken", count=people, batch=next(BATCHES))
    sent = await load.ask("tell", port=port, sent=taken, statuses=BECAME)
    rate = len(taken) * len(BECAME) / float(await desk.ask("answered") - sent["began"])
    became = await desk.ask("sent")
    if became.get("read", 0) < people:
        raise AssertionError(f"not every receipt was noted: {became}")
    return rate


async def _said_and_done(load: Child, desk: Child, port: int, first: int, people: int) -> float:
    """Letters per second of so many people, each of whom says everything once."""
    letters = people * len(SAID)
    sent = await load.ask("load", port=port, count=letters, words=SAID, batch=next(BATCHES), people=people, first=first)
    return letters / float(await desk.ask("answered") - sent["began"])
