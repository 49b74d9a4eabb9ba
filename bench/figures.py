"""What is reported: one line for each figure, medians, and how restless the machine was."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SPIN = 300_000
RESTLESS = 0.25  # of the time the same work takes: from here on the machine is heard and not the code


@dataclass(frozen=True, slots=True)
class Figure:
    """`ours` and `bare` in `unit`; `ratio` ours to bare; `goal` in words; `met` whether it holds (None: no goal, or
    not to be told)."""

    what: str
    ours: str
    bare: str
    ratio: str
    goal: str
    met: bool | None = None

    def __str__(self) -> str:
        mark = {True: "✓", False: "✗", None: " "}[self.met]
        return f"{mark} {self.what} · {self.ours} · {self.bare} · {self.ratio} · {self.goal}"


def rates(what: str, ours: Sequence[float], bare: Sequence[float], wanted: float, unit: str = "/s") -> Figure:
    """Two rates, measured alternately; their ratio is the median of the rounds' ratios. The goal is missed when every
    round missed it: a median below it while some rounds are not may be the machine."""
    ratios = [o / b for o, b in zip(ours, bare, strict=True)]
    ratio = statistics.median(ratios)
    undecided = ratio < wanted <= max(ratios)
    return Figure(
        what, f"{statistics.median(ours):,.0f}{unit}", f"{statistics.median(bare):,.0f}{unit}", f"{ratio:.2f}",
        f"≥ {wanted}" + (", the turns disagree" if undecided else ""), None if undecided else ratio >= wanted,
    )  # fmt: skip


def at_most(what: str, ours: float, most: float, unit: str, bare: str = "–", ratio: str = "–") -> Figure:
    return Figure(what, f"{ours:,.3g} {unit}", bare, ratio, f"≤ {most:g} {unit}", ours <= most)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all stay at or below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Noise:
    """The same small computation timed again and again: what the machine does to identical work."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._took: list[float] = []

    def sample(self) -> None:
        began = self._clock()
        total = 0
        for number in range(SPIN):
            total += number & 7
        self._took.append(self._clock() - began)

    def __str__(self) -> str:
        middle = statistics.median(self._took)
        worst = max(self._took) / middle - 1
        spread = statistics.pstdev(self._took) / middle
        return (
            f"Machine noise: the same work took {middle * 1000:.1f} ms in the median, spread ±{spread:.0%}, "
            f"at worst +{worst:.0%} (over {len(self._took)} samples)."
            + (" Too restless: a goal missed above may be the machine's doing." if spread > RESTLESS else "")
        )
