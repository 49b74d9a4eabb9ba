"""The cells of a row as instants and days, as ISO writes them, as people write them, and as they say them. What
cannot be taken raises BadRow."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from bot.core.due import Due, Unclear
from bot.core.duetime import read_due
from bot.core.listed_cells import BadRow, Reading
from bot.core.lists import Row
from bot.core.schedule import civil
from bot.core.spoken import fold

# Outside these a date is a typing error, and arithmetic with it may overflow the calendar.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_CLOCK = r"(?:,?\s+(?:a\s+|at\s+)?(?P<hour>\d{1,2})\s*[:h]\s*(?P<minute>\d{2})?(?::\d{2})?)?"
DAY_FIRST = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4}|\d{2})" + _CLOCK)
YEAR_FIRST = re.compile(r"(?P<year>\d{4})[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})" + _CLOCK)
CLOCK = re.compile(r"(?:t|\s)\s*\d")
YEAR = re.compile(r"\d{4}")
MOST_AHEAD = timedelta(days=270)  # in words without a year; beyond, last year's day may be meant as well


def start_of(row: Row, column: str, reading: Reading) -> datetime | None:
    """The instant in a column that may be empty; a day alone is its first hour."""
    typed = row.cells.get(column)
    return instant_of(typed, column, reading, of_day=time(0, 0)) if typed is not None else None


def day_of(typed: str, column: str, reading: Reading) -> date:
    """The day in the desk's zone."""
    return instant_of(typed, column, reading).astimezone(reading.department.zone).date()


def instant_of(typed: str, column: str, reading: Reading, of_day: time | None = None) -> datetime:
    """A time in the desk's zone; a day alone means closing time, or `of_day`."""
    closing = of_day or reading.department.rules.closing
    try:
        at = (
            _iso(typed, reading, closing) or _written(typed, reading, closing) or _said(typed, column, reading, closing)
        )
        at = at.astimezone(UTC) if at is not None else None
    except BadRow:
        raise
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise BadRow(f"{column} “{typed[:40]}” is no time (2026-11-27 18:00, 27/11/2026, vendredi 18h can be read)")
    if not EARLIEST <= at < LATEST:
        raise BadRow(f"{column} “{typed[:40]}” lies outside the years {EARLIEST.year} to {LATEST.year - 1}")
    return at


def _iso(typed: str, reading: Reading, closing: time) -> datetime | None:
    """`2026-11-27`, `2026-11-27 18:00`, `2026-11-27T18:00:00+01:00`. None for another form."""
    if not re.match(r"\d{4}-\d\d-\d\d(?!\s+\d:)", typed):
        return None
    at = datetime.fromisoformat(typed)
    if at.tzinfo is not None:
        return at
    clock = at.time() if CLOCK.search(typed.lower()) else closing
    return civil(at.date(), clock, reading.department.zone)


def _written(typed: str, reading: Reading, closing: time) -> datetime | None:
    """`27/11/2026`, `27.11.26 18:30`, `27/11/2026 à 18h`: day first, with its year; or year first, as spreadsheets of
    some countries write it: `2026-11-27 8:00`. Dates may lie in the past here, which `read_due` refuses. None for
    another form."""
    found = DAY_FIRST.fullmatch(fold(typed)) or YEAR_FIRST.fullmatch(fold(typed))
    if found is None:
        return None
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    clock = time(int(found["hour"]), int(found["minute"] or 0)) if found["hour"] else closing
    return civil(date(year, int(found["month"]), int(found["day"])), clock, reading.department.zone)


def _said(typed: str, column: str, reading: Reading, closing: time) -> datetime | None:
    """`vendredi 18h`, `dans 3 jours`, `next Friday noon`. A list may hold what is over, which words do not tell:
    `20 novembre` of somebody late would be next year's. Raises BadRow for it: it is written with its year."""
    desk = reading.department
    now = reading.now.astimezone(desk.zone)
    due = read_due(typed, now=now, language=desk.language, closing=closing)
    over = due.why == "past" if isinstance(due, Unclear) else due.at > now + MOST_AHEAD and not YEAR.search(typed)
    if over:
        raise BadRow(f"{column} “{typed[:40]}” may lie in the past: write it with its year, {now:%d/%m/%Y}")
    return due.at if isinstance(due, Due) else None
