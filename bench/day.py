"""A day of a thousand desks, as much of it as one core is to carry; and what a message costs beside how many desks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from bench.child import SERVER, Child
from bench.figures import Figure, Noise, at_most

PEOPLE, DESKS = 2_000_000, 1_000
LETTERS, BURST = 134_000, 100_000  # a day of them all; due together at 08:00
SHARE = 100  # of the people one in a hundred is simulated: twenty to a desk
# Of a day's letters, in thousandths, by the hour: evenings and lunch breaks, hardly a night.
RHYTHM = (4, 2, 1, 1, 2, 8, 25, 55, 95, 70, 55, 55, 75, 60, 50, 50, 60, 75, 85, 65, 45, 32, 20, 10)
BUSIEST = 8
RUSH = (100, 200, 400, 800)  # letters a second
RUSH_LASTS = 5  # seconds
WAIT = 1.0  # seconds: so long may an answer take


async def costs(desks: Sequence[int], loans: int, times: int, noise: Noise) -> AsyncIterator[Figure]:
    """Processor time of the writer for one letter and one reminder, with few and many desks in the same file."""
    took: list[tuple[float, float]] = []
    for count in desks:
        noise.sample()
        async with Child("grown", SERVER) as desk:
            await desk.ask("start", loans=loans, desks=count)
            letter = await desk.ask("say", words="MES PRETS", person=50, times=times)
            took.append((letter, await desk.ask("remind", times=times)))
            await desk.ask("stop")
    for name, place in (("a letter", 0), ("a reminder", 1)):
        each = ", ".join(f"{one[place]:.2f}" for one in took)
        ratio = took[-1][place] / took[0][place]
        yield Figure(
            f"day: {name} with {', '.join(map(str, desks))} desks in the file", f"{each} ms", "–", f"{ratio:.1f}",
            "≤ 1.5 ×", ratio <= 1.5,
        )  # fmt: skip


async def measure(hours: int, loans: int, noise: Noise) -> AsyncIterator[Figure]:
    """A hundredth of the people at a thousand desks, their day at an hour to the second: 36 times their true rate.
    Then a rush, until answers are late."""
    noise.sample()
    people = loans // 20
    letters = [round(LETTERS / SHARE * share / 1000) for share in RHYTHM]
    first = max(0, BUSIEST - hours // 3)
    async with Child("grown", SERVER) as desk:
        await desk.ask("start", loans=loans, desks=DESKS, works=True)
        day = await desk.ask(
            "live", letters=letters[first : first + hours], burst_at=BUSIEST - first, burst=BURST // SHARE,
            people=people,
        )  # fmt: skip
        yield at_most(f"day: answers (p99; half within {day['half'] * 1000:.0f} ms)", day["p99"], WAIT, "s")
        yield at_most("day: longest stall of the loop", day["stall"] * 1000, 50, "ms")
        yield Figure(f"day: {BURST // SHARE:,} due at 08:00 are said", f"{day['burst']:.2f} s", "–", "–", "no goal")
        cores = day["cpu"] * SHARE / (hours * 3600)
        told = f"{day['cpu']:.1f} s of one"
        yield Figure("day: cores for all desks, over these hours", f"{cores:.2f}", "–", "–", told)
        yield await _rush(desk, people)
        await desk.ask("stop")


async def _rush(desk: Child, people: int) -> Figure:
    """The first rate at which one answer in a hundred takes more than a second."""
    held, late = 0, 0.0
    for rate in RUSH:
        found = await desk.ask("live", letters=[rate] * RUSH_LASTS, burst_at=0, burst=0, people=people)
        late = found["p99"]
        if late > WAIT:
            break
        held = rate
    what = "day: letters a second with answers within a second"
    return Figure(what, f"{held:,}/s", "–", "–", f"≥ 100/s; the last p99 was {late:.2f} s", held >= 100)
