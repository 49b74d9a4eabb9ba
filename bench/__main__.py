"""`python -m bench [--quick] [name …]`: a line for each figure: what · ours · bare reference · ratio · goal."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

from bench import clockwork, day, growth, inbound, outbound, starting
from bench.child import CORES
from bench.figures import Figure, Noise


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. `turns`: rounds, in each of which ours and the reference alternate; the median counts."""

    turns: int
    letters: int
    messages: int
    planned: tuple[int, ...]
    late: int
    burst: int
    replies: int  # of somebody who writes every second while a burst leaves
    starts: int
    idle: float  # seconds that a desk at rest is watched; 0: not
    loans: tuple[int, ...]
    asked: int  # times each question is asked of a file of so many loans
    desks: tuple[int, ...]
    hours: int  # of a day of a thousand desks


FULL = Size(
    turns=5, letters=6_000, messages=3_000, planned=(10_000, 100_000, 1_000_000), late=300, burst=50_000, replies=20,
    starts=3, idle=30.0, loans=(10_000, 100_000, 1_000_000), asked=11, desks=(1, 10, 100, 1_000), hours=24,
)  # fmt: skip
QUICK = Size(
    turns=3, letters=600, messages=600, planned=(1_000, 10_000), late=40, burst=2_000, replies=5, starts=1,
    idle=0.0, loans=(5_000, 50_000), asked=3, desks=(1, 1_000), hours=6,
)  # fmt: skip
# Measured in seconds. Growth, desks, days and PostgreSQL fill files for minutes first: by name only.
QUICKLY = ("inbound", "outbound", "finding", "lateness", "burst", "starting")

Measure = Callable[[Size, Noise], AsyncIterator[Figure]]
ON_POSTGRESQL: dict[str, Measure] = {
    "inbound": lambda size, noise: inbound.measure(size.turns, size.letters, noise, "postgresql"),
    "outbound": lambda size, noise: outbound.measure(size.turns, size.messages, noise, "postgresql"),
    "finding": lambda size, noise: clockwork.finding(size.planned, noise, "postgresql"),
    "lateness": lambda size, noise: clockwork.lateness(size.late, noise, "postgresql"),
    "burst": lambda size, noise: clockwork.burst(size.burst, noise, "postgresql"),
    "leaving": lambda size, noise: clockwork.leaving(size.burst, size.replies, noise, "postgresql"),
    "growth": lambda size, noise: growth.measure(size.loans, size.asked, noise, "postgresql"),
}
MEASURES: dict[str, Measure] = {
    "inbound": lambda size, noise: inbound.measure(size.turns, size.letters, noise),
    "outbound": lambda size, noise: outbound.measure(size.turns, size.messages, noise),
    "finding": lambda size, noise: clockwork.finding(size.planned, noise),
    "lateness": lambda size, noise: clockwork.lateness(size.late, noise),
    "burst": lambda size, noise: clockwork.burst(size.burst, noise),
    "leaving": lambda size, noise: clockwork.leaving(size.burst, size.replies, noise),
    "growth": lambda size, noise: growth.measure(size.loans, size.asked, noise),
    **{f"{name}-postgresql": measure for name, measure in ON_POSTGRESQL.items()},
    "desks": lambda size, noise: day.costs(size.desks, size.loans[1], size.asked, noise),
    "day": lambda size, noise: day.measure(size.hours, size.loans[1], noise),
    "starting": lambda size, noise: starting.measure(size.starts, size.idle, noise),
}


async def main(names: Iterable[str], size: Size) -> None:
    noise, began = Noise(), time.perf_counter()
    if len(CORES) < 2:
        print("One core only: servers and their load share it, and every rate is lower than it would be.")
    print("  what · ours · bare reference · ratio · goal")
    for name in names:
        noise.sample()
        async for figure in MEASURES[name](size, noise):
            print(figure, flush=True)
    print(noise)
    print(f"Python {sys.version.split()[0]}, {len(CORES)} cores, {time.perf_counter() - began:.0f} s in all.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less exact, under a minute; without the files that grow")
    parser.add_argument("names", nargs="*", metavar="name", help=f"only these: {', '.join(MEASURES)}")
    asked = parser.parse_args()
    strangers = set(asked.names) - MEASURES.keys()
    if strangers:
        parser.error(f"no such figure: {', '.join(sorted(strangers))}")
    if asked.quick:
        asyncio.run(main(asked.names or QUICKLY, QUICK))
    else:
        asyncio.run(main(asked.names or MEASURES, FULL))
