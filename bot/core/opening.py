"""Opening hours: how long the desk has been open since something happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.core.message import OpenDays
from bot.core.rules import DAYS, Rules
from bot.core.schedule import civil, is_quiet_day

LONGEST_SEARCH = 60  # days: a desk that is shut for longer is not waited for


def is_open_day(day: date, rules: Rules) -> bool:
    """Whether the desk opens that day: one of its opening days, neither a quiet one nor in a closed period."""
    return DAYS[day.weekday()] in rules.open_days and not is_quiet_day(day, rules) and not _in_closure(day, rules)


def _in_closure(day: date, rules: Rules) -> bool:
    said = day.isoformat()
    return any(first <= said <= last for first, _, last in (period.partition("/") for period in rules.closures))


def _open_days(first: date, rules: Rules) -> Iterator[date]:
    """From that day on, as far as is looked."""
    days = (first + timedelta(days=ahead) for ahead in range(LONGEST_SEARCH))
    return (day for day in days if is_open_day(day, rules))


def open_from(at: datetime, rules: Rules) -> datetime:
    """The same time of the clock on the first day, from that one on, on which the desk opens; `at` itself where it is
    shut for 60 days. at: aware, in the desk's zone."""
    day = next(_open_days(at.date(), rules), at.date())
    return at + (day - at.date())


def opening_of(day: date, rules: Rules, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the desk opens and closes on an opening day, in UTC, so that the difference is elapsed time."""
    return civil(day, rules.opening, zone).astimezone(UTC), civil(day, rules.closing, zone).astimezone(UTC)


def reopens(now: datetime, rules: Rules, zone: ZoneInfo) -> datetime | None:
    """When a desk that is shut all day opens again; None where it opens today, or is shut for 60 days."""
    today = now.astimezone(zone).date()
    day = next(_open_days(today, rules), today)
    return None if day == today else opening_of(day, rules, zone)[0]


def after_opening_hours(start: datetime, length: timedelta, rules: Rules, zone: ZoneInfo) -> datetime:
    """The instant at which the desk has been open for `length` since `start`.

    A request of Saturday 17:30 with two hours to go and a desk that closes at 18:00 comes to Monday 10:30. A desk that
    never opens (or is shut for 60 days) counts as always open.
    """
    start = start.astimezone(UTC)
    left, day = length, start.astimezone(zone).date()
    for today in _open_days(day, rules):
        opens, closes = opening_of(today, rules, zone)
        begins = max(opens, start)
        if closes - begins >= left:
            return begins + left
        left -= max(closes - begins, timedelta(0))
    return start + length


def answered_by(asked: datetime, rules: Rules, zone: ZoneInfo) -> datetime:
    """Until when a request waits for its answer: `request_expires`, and not before staff had opening hours to read it
    in, as many as they are nudged after and as many again.

    A request of Saturday evening would end on Sunday evening, before anybody was at the desk.
    """
    least = min(rules.request_expires, 2 * rules.request_nudge)
    return max(asked.astimezone(UTC) + rules.request_expires, after_opening_hours(asked, least, rules, zone))


def kept_until(now: datetime, rules: Rules, zone: ZoneInfo) -> datetime:
    """Until when an item put aside at `now` is kept: `hold_lasts`, then to the end of the next opening.

    Nobody can fetch a thing from a closed desk. What ends in opening hours ends then.
    """
    end = (now + rules.hold_lasts).astimezone(UTC)
    day = end.astimezone(zone).date()
    for today in _open_days(day, rules):
        opens, closes = opening_of(today, rules, zone)
        if end <= closes:
            return end if end >= opens else closes
    return end


def open_week(rules: Rules) -> tuple[OpenDays, ...]:
    """The desk's week, three days or more in a row together: *du lundi au mercredi*, *le vendredi*."""
    found: list[OpenDays] = []
    for is_open, days in groupby(DAYS, rules.open_days.__contains__):
        run = list(days) if is_open else []
        found += [OpenDays(run[0], run[-1])] if len(run) > 2 else [OpenDays(day, day) for day in run]
    return tuple(found)
