"""What a change of rules does to a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from bot.core.messages import PlanShift
from bot.core.schedule import Step


def shift(before: Sequence[Step], after: Sequence[Step], now: datetime) -> PlanShift:
    """One loan's plan before and after, step by step. A step whose new time has passed leaves at once: earlier."""
    old = {(s.name, s.occurrence): s.at for s in before}
    new = {(s.name, s.occurrence): max(s.at, now) for s in after}
    both = [(old[key], new[key]) for key in old if key in new]
    return PlanShift(
        earlier=sum(n < o for o, n in both),
        later=sum(n > o for o, n in both),
        gone=sum(key not in new for key in old),
        added=sum(key not in old for key in new),
        looked=1,
    )


def together(shifts: Sequence[PlanShift], loans: int) -> PlanShift:
    """The shifts of several loans; `loans` counts those that run, looked at or not."""
    sums = {f.name: sum(getattr(s, f.name) for s in shifts) for f in fields(PlanShift) if isinstance(f.default, int)}
    return PlanShift(**sums | {"loans": loans})
