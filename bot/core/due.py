"""The result of reading a due time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from bot.core.records import record


class Grain(StrEnum):
    """How precisely a time was said."""

    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"


@record(frozen=True, slots=True)
class Due:
    """An instant somebody named.

    at: aware, in the zone of the `now` it was read against; for grain DAY the desk's closing time that day.
    understood: the words it was read from.
    """

    at: datetime
    grain: Grain
    understood: str


Why = Literal["nothing", "past", "impossible", "ambiguous"]


@record(frozen=True, slots=True)
class Unclear:
    """A refusal to guess: what stands in the way, and what may have been meant, likeliest first."""

    why: Why
    candidates: tuple[Due, ...] = ()
