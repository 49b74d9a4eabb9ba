"""What this process has done since it started, counted in memory for `/metrics`."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field

# Upper bounds in seconds. The door promises 0.25 s at its p99 and gives up after 5.5 s.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class Times:
    """Durations as a histogram: `counts` by bound, the last beyond all bounds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


@dataclass(slots=True)
class Measures:
    """letters: (door, outcome of the delivery). attempts: (channel, outcome). answers: by door."""

    letters: Counter[tuple[str, str]] = field(default_factory=Counter)
    attempts: Counter[tuple[str, str]] = field(default_factory=Counter)
    answers: defaultdict[str, Times] = field(default_factory=lambda: defaultdict(Times))

    def answered(self, door: str, outcome: str, seconds: float) -> None:
        self.letters[door, outcome] += 1
        self.answers[door].add(seconds)
