"""Civil dates and clocks: stepping through the calendar, feasts, and turning a wall clock into an instant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
LAST_YEAR = 2199
YEAR_NEEDED = timedelta(days=330)  # a date nearer than this needs no year, read or read back
YEAR_SAID_FROM = timedelta(days=300)  # on either side: that date is shown with its year


def instant(day: date, clock: time, like: datetime, *, second: bool = False) -> datetime:
    """The instant at which a wall clock in the zone of `like` shows this day and hour.

    A time skipped when clocks go forward becomes the first moment after the gap; one that comes twice when
    they go back is the first of the two, unless the `second` is asked for.
    """
    local = datetime.combine(day, clock, tzinfo=like.tzinfo)
    if is_skipped(local):
        return end_of_gap(local)
    return local.replace(fold=1) if second and comes_twice(local) else local


def comes_twice(local: datetime) -> bool:
    """Whether clocks show this time twice, because they are put back over it."""
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


def is_after(at: datetime, now: datetime) -> bool:
    """Whether `at` comes after `now`. Python compares two times of one zone by their wall clocks, not as instants."""
    return at.timestamp() > now.timestamp()


def is_skipped(local: datetime) -> bool:
    """Whether no clock shows this time, because they are put forward over it."""
    back = local.astimezone(UTC).astimezone(local.tzinfo)
    return back.replace(tzinfo=None) != local.replace(tzinfo=None)


def end_of_gap(local: datetime) -> datetime:
    """The first valid minute after a skipped time: it lies between that time's two readings and is found by
    bisection."""
    earliest, latest = sorted((local.replace(fold=1).astimezone(UTC), local.replace(fold=0).astimezone(UTC)))
    offset_before = earliest.astimezone(local.tzinfo).utcoffset()
    while latest - earliest > timedelta(seconds=1):
        middle = earliest + (latest - earliest) / 2
        if middle.astimezone(local.tzinfo).utcoffset() == offset_before:
            earliest = middle
        else:
            latest = middle
    return latest.replace(microsecond=0).astimezone(local.tzinfo)


def elapsed(now: datetime, length: timedelta) -> datetime:
    """`now` plus so much elapsed time, whatever the clocks do meanwhile."""
    return (now.astimezone(UTC) + length).astimezone(now.tzinfo)


def month_length(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day


def add_months(day: date, months: int) -> date:
    """The same day some months on, or the last of that month when it is shorter: 31 January + 1 month = 28 February."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, month_length(year, month + 1)))


def next_weekday(today: date, weekday: int) -> date:
    """The first such weekday strictly after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def weekday_of_week(today: date, weekday: int, weeks: int) -> date:
    """That weekday of the Monday-to-Sunday week `weeks` after the present one."""
    return today + timedelta(days=weekday - today.weekday() + 7 * weeks)


def next_day_of_month(today: date, day: int) -> date:
    """The next such day of a month, today included; months without it are skipped."""
    first = today.replace(day=1)
    while not (day <= month_length(first.year, first.month) and first.replace(day=day) >= today):
        first = add_months(first, 1)
    return first.replace(day=day)


def next_date(today: date, month: int, day: int) -> date | None:
    """The next such date, today included; None when no year has it (31 February)."""
    for year in range(today.year, min(today.year + 9, LAST_YEAR)):
        found = real_date(year, month, day)
        if found and found >= today:
            return found
    return None


def real_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    """The nth such day of a month, -1 for the last; None when there is no fifth."""
    if nth < 0:
        last = date(year, month, month_length(year, month))
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    found = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    return found if found.month == month else None


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous computus, exact for every year of it)."""
    golden, century = year % 19, year // 100
    skipped = century - century // 4 - (8 * century + 13) // 25
    epact = (19 * golden + skipped + 15) % 30
    epact -= epact // 28 * (1 - (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + epact + 2 - century + century // 4) % 7
    ahead = epact - weekday
    month = 3 + (ahead + 40) // 44
    return date(year, month, ahead + 28 - 31 * (month // 4))


Feast = Callable[[int], date]


def _on(month: int, day: int) -> Feast:
    return lambda year: date(year, month, day)


def _from_easter(days: int) -> Feast:
    return lambda year: easter(year) + timedelta(days=days)


def _on_nth(month: int, weekday: int, nth: int, later: int = 0) -> Feast:
    def feast(year: int) -> date:
        found = nth_weekday(year, month, weekday, nth)
        if found is None:
            raise ValueError(f"no such weekday in {year}-{month}")
        return found + timedelta(days=later)

    return feast


def mothers_day_in_france(year: int) -> date:
    """The last Sunday of May; the first of June when that Sunday is Pentecost (Code de l'action sociale, D215-1)."""
    last = date(year, 5, 31)
    sunday = last - timedelta(days=(last.weekday() - SUNDAY) % 7)
    return sunday + timedelta(weeks=1) if sunday == easter(year) + timedelta(days=49) else sunday


FEASTS: dict[str, Feast] = {
    "new_year": _on(1, 1),
    "epiphany": _on(1, 6),
    "candlemas": _on(2, 2),
    "valentine": _on(2, 14),
    "patrick": _on(3, 17),
    "labour": _on(5, 1),
    "victory": _on(5, 8),
    "bastille": _on(7, 14),
    "music": _on(6, 21),
    "independence_us": _on(7, 4),
    "assumption": _on(8, 15),
    "halloween": _on(10, 31),
    "all_saints": _on(11, 1),
    "armistice": _on(11, 11),
    "christmas_eve": _on(12, 24),
    "christmas": _on(12, 25),
    "boxing": _on(12, 26),
    "new_year_eve": _on(12, 31),
    "mardi_gras": _from_easter(-47),
    "ash_wednesday": _from_easter(-46),
    "palm_sunday": _from_easter(-7),
    "maundy_thursday": _from_easter(-3),
    "good_friday": _from_easter(-2),
    "easter": _from_easter(0),
    "easter_monday": _from_easter(1),
    "ascension": _from_easter(39),
    "pentecost": _from_easter(49),
    "whit_monday": _from_easter(50),
    "trinity": _from_easter(56),
    "mlk": _on_nth(1, MONDAY, 3),
    "presidents": _on_nth(2, MONDAY, 3),
    "memorial_us": _on_nth(5, MONDAY, -1),
    "mothers_fr": mothers_day_in_france,
    "fathers": _on_nth(6, SUNDAY, 3),
    "labor_us": _on_nth(9, MONDAY, 1),
    "thanksgiving": _on_nth(11, THURSDAY, 4),
    "black_friday": _on_nth(11, THURSDAY, 4, later=1),
}


def next_feast(today: date, name: str) -> date:
    """Its next date, today included."""
    this_year = FEASTS[name](today.year)
    return this_year if this_year >= today else FEASTS[name](today.year + 1)
