"""The pieces a due time is said in, before they are put together."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from bot.core.duelexicon import Anchor, PartWord
from bot.core.records import record


@record(frozen=True, slots=True)
class Weekday:
    """weeks: added to the next such day. of_week: the week meant, counted from this one; None when it was not said."""

    index: int
    weeks: int = 0
    of_week: int | None = None


@record(frozen=True, slots=True)
class Week:
    """A week by itself, counted from this one."""

    ahead: int


@record(frozen=True, slots=True)
class MonthDay:
    """A day of the calendar as it was said; what was left out is None. swaps: may also be read month first."""

    day: int
    month: int | None = None
    year: int | None = None
    swaps: bool = False


@record(frozen=True, slots=True)
class On:
    day: date


@record(frozen=True, slots=True)
class Vague:
    """A stretch of days; the days it may mean. named: none of them is known, but a day is surely meant."""

    days: tuple[date, ...]
    named: bool = False


@record(frozen=True, slots=True)
class Clock:
    """half: am or pm when said. exact: read on the 24-hour clock. loose: may as well be a length (2h30).

    fine: minutes were said, so that the grain is the minute.
    """

    hour: int
    minute: int = 0
    second: int = 0
    half: Literal["am", "pm"] | None = None
    exact: bool = True
    loose: bool = False
    fine: bool = False
    midnight: bool = False


@record(frozen=True, slots=True)
class Bare:
    """A number that a neighbour may turn into an hour: `9 tomorrow`, `8 ce soir`."""

    number: int


@record(frozen=True, slots=True)
class Span:
    """A length of time from now, or from the present due time (`base`)."""

    months: int = 0
    days: int = 0
    seconds: int = 0
    anchor: Anchor = "now"


@record(frozen=True, slots=True)
class Zone:
    """minutes: east of Greenwich."""

    minutes: int


@record(frozen=True, slots=True)
class Dash:
    """A dash or *or*: between a day and an hour it means nothing, between two of a kind it leaves a choice."""


@record(frozen=True, slots=True)
class Either:
    """`entre 14h et 16h`, `2 ou 3 jours`: what stands on either side."""

    sides: tuple[tuple[Piece, ...], ...]


@record(frozen=True, slots=True)
class SameHour:
    """`demain, même heure`: that of the present due time, else of now."""


@record(frozen=True, slots=True)
class Beyond:
    """*après vendredi*: the day just named is over by then."""


@record(frozen=True, slots=True)
class WinterTime:
    """`heure d'hiver`: of an hour that comes twice when clocks go back, the second."""


@record(frozen=True, slots=True)
class Moment:
    at: datetime


@record(frozen=True, slots=True)
class Past:
    """Words that can only mean the past: yesterday, il y a deux jours."""


@record(frozen=True, slots=True)
class Wrong:
    """A date that does not exist: 31/02."""


Piece = (
    Weekday | Week | MonthDay | On | Vague | Clock | SameHour | Bare | Span | Zone | Dash | Either | Beyond | WinterTime
    | Moment | Past | Wrong | PartWord
)  # fmt: skip
