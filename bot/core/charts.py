"""The geometry of charts, for whoever draws them: a page as SVG, a chat as a picture.

Units are those of the chart's own width and height; x grows to the right, y downwards, as in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from bot.core.records import record

WIDTH, FOOT, HEAD, SIDE, END = 400.0, 24.0, 16.0, 30.0, 16.0
COLUMNS_HEIGHT = 220.0
ROW, BAR, BELOW_NAME = 42.0, 16.0, 20.0
TOTAL = 44.0  # at a row's right end
NICE = (1, 2, 5)
LINES = 4  # above the floor, at most
WEEKS = 12

Part = tuple[str, int]  # (what it is a part of, how many)
Group = tuple[str, Sequence[Part]]  # (name, its parts, the first one lowest or leftmost)


@record(frozen=True, slots=True)
class Bar:
    kind: str
    x: float
    y: float
    width: float
    height: float


@record(frozen=True, slots=True)
class Label:
    text: str
    x: float
    y: float  # of the line the letters stand on
    anchor: Literal["start", "middle", "end"] = "start"


@record(frozen=True, slots=True)
class Chart:
    """`lines`: y of the horizontal lines behind the bars."""

    width: float
    height: float
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    lines: tuple[float, ...] = ()


def ticks(most: int) -> list[int]:
    """Round numbers from 0 to the first that is not below `most`, in at most LINES equal steps."""
    step, power = 1, 1
    while step * LINES < most:
        step = next((n * power for n in NICE if n * power * LINES >= most), 10 * power)
        power *= 10
    top = -(-max(most, 1) // step)
    return [step * n for n in range(top + 1)]


def columns(groups: Sequence[Group], *, named_every: int = 1) -> Chart:
    """A column for each group, its parts stacked. `named_every`: every so many columns one is named, the last
    always."""
    marks = ticks(max((_sum(parts) for _, parts in groups), default=0))
    floor, room = COLUMNS_HEIGHT - FOOT, COLUMNS_HEIGHT - FOOT - HEAD
    scale = room / marks[-1]
    each = (WIDTH - SIDE - END) / max(1, len(groups))
    bars: list[Bar] = []
    labels = [Label(str(mark), SIDE - 6, floor - mark * scale + 4, "end") for mark in marks]
    for number, (name, parts) in enumerate(groups):
        x, y = SIDE + number * each, floor
        for kind, count in parts:
            y -= count * scale
            if count:
                bars.append(Bar(kind, x + each * 0.15, y, each * 0.7, count * scale))
        if (len(groups) - 1 - number) % named_every == 0:
            labels.append(Label(name, x + each / 2, COLUMNS_HEIGHT - 8, "middle"))
    return Chart(WIDTH, COLUMNS_HEIGHT, tuple(bars), tuple(labels), tuple(floor - mark * scale for mark in marks))


def rows(groups: Sequence[Group]) -> Chart:
    """A bar for each group below its name, its parts side by side, their sum at the end."""
    most = max((_sum(parts) for _, parts in groups), default=0)
    scale = (WIDTH - TOTAL) / max(1, most)
    bars: list[Bar] = []
    labels: list[Label] = []
    for number, (name, parts) in enumerate(groups):
        x, y = 0.0, number * ROW + BELOW_NAME
        for kind, count in parts:
            if count:
                bars.append(Bar(kind, x, y, count * scale, BAR))
            x += count * scale
        labels += [Label(name, 0, y - 6), Label(str(_sum(parts)), x + 6, y + BAR - 3)]
    return Chart(WIDTH, max(1, len(groups)) * ROW, tuple(bars), tuple(labels))


def _sum(parts: Sequence[Part]) -> int:
    return sum(count for _, count in parts)


def weeks(now: datetime, zone: ZoneInfo, count: int = WEEKS) -> list[tuple[datetime, datetime]]:
    """The present week and those before it, oldest first: (Monday 00:00, the next Monday 00:00) in a zone."""
    local = now.astimezone(zone)
    monday = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    starts = [monday - timedelta(weeks=ago) for ago in range(count - 1, -2, -1)]
    return list(pairwise(starts))
