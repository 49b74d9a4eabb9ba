"""A closed period: how it is typed, which due times fall into it, and where they move."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.due import Due
from bot.core.duetime import read_due
from bot.core.duewords import MONTHS
from bot.core.loans import Loan
from bot.core.opening import LONGEST_SEARCH, is_open_day
from bot.core.records import record
from bot.core.rules import Rules
from bot.core.schedule import civil
from bot.core.spoken import clean, fold

LONGEST = timedelta(days=120)
SPREAD_OVER = 3  # opening days
A_DAY = 10  # people who bring something back on one day, before one more day is used
MOST_DAYS = 10
BETWEEN = re.compile(r"\s*(?:→|->|=>|>|\bjusqu'au\b|\bau\b|\ba\b|\bto\b|\buntil\b|\btill\b|\s-\s)\s*")
TWO_DATES = re.compile(r"(\d+/[\d/]+)\s+(\d+/[\d/]+)")
LEADING = re.compile(r"^(?:du|de|le|from|the)\s+")
NUMBERED = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th)?")  # the 1er of "du 1er au 31 août"
WHOLE_MONTH = re.compile(
    r"(?:(?:tout|tous|pour|pendant|en|in|all|le|mois|d|de|the|month|of)[ '’]+)*([a-z]+)(?: (\d{4}))?"
)


@record(frozen=True, slots=True)
class Closure:
    """The desk is shut from the first day to the last, both included."""

    first: date
    last: date

    def begins(self, zone: ZoneInfo) -> datetime:
        return civil(self.first, time(0), zone)

    def ends(self, zone: ZoneInfo) -> datetime:
        """Midnight after the last day."""
        return civil(self.last + timedelta(days=1), time(0), zone)

    def stored(self) -> str:
        """As the rules keep it, an ISO 8601 interval of dates: `2026-12-24/2027-01-02`."""
        return f"{self.first.isoformat()}/{self.last.isoformat()}"


def closures(periods: Iterable[str], today: date) -> list[Closure]:
    """Closed periods, as the rules keep them, that are not over, in order."""
    kept = [Closure(*map(date.fromisoformat, period.split("/"))) for period in sorted(periods)]
    return [closure for closure in kept if closure.last >= today]


@record(frozen=True, slots=True)
class Move:
    """A loan whose due time leaves the closed period."""

    loan: Loan
    due_at: datetime


def read_closure(words: str, *, now: datetime, language: str) -> Closure | None:
    """`24/12 → 02/01`, `du 24 décembre au 2 janvier`, `24/12` for a single day, `août` for the next one. None when it
    is no period to come.

    now: aware, in the desk's zone. A period lasts 120 days at most.
    """
    said = fold(clean(words))
    if month := _month(said, now):
        return month
    first_said, last_said = _cut(LEADING.sub("", said))
    if NUMBERED.fullmatch(first_said):  # 24 au 28 décembre
        first_said += NUMBERED.sub("", last_said, count=1)
    elif NUMBERED.fullmatch(last_said):  # August 1 to 31
        last_said = NUMBERED.sub(last_said, first_said, count=1)
    first = _day(first_said, now, language)
    last = _day(last_said, datetime.combine(first, time(0), now.tzinfo), language) if first and last_said else first
    if first is None or last is None or not first <= last <= first + LONGEST:
        return None
    return Closure(first, last)


def _month(said: str, now: datetime) -> Closure | None:
    """A month that is named alone, to its end: this one from today on, else the next of that name."""
    found = WHOLE_MONTH.fullmatch(said)
    month = MONTHS.get(found[1]) if found else None
    if found is None or month is None:
        return None
    today = now.date()
    first = date(int(found[2]) if found[2] else today.year + (month < today.month), month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Closure(max(first, today), last) if last >= today else None


def _cut(text: str) -> tuple[str, str]:
    if both := TWO_DATES.fullmatch(text):  # 24/12 02/01
        return both[1], both[2]
    parts = BETWEEN.split(text)
    if len(parts) == 1 and "/" in text:  # 24/12-02/01
        parts = text.split("-")
    if len(parts) != 2:
        return text, ""
    return (parts[0], LEADING.sub("", parts[1])) if all(parts) else ("", "")


def _day(said: str, now: datetime, language: str) -> date | None:
    # The last minute of the day: today is a day to come.
    due = read_due(said, now=now, language=language, closing=time(23, 59))
    return due.at.date() if isinstance(due, Due) else None


# --- where due times go --------------------------------------------------------------------------


def openings_after(closure: Closure, rules: Rules, count: int) -> list[date]:
    """The first opening days after a closure; the next days of the calendar when no opening day is found."""
    days = [closure.last + timedelta(days=ahead) for ahead in range(1, LONGEST_SEARCH)]
    return [day for day in days if is_open_day(day, rules)][:count] or days[:count]


def moves(
    loans: Iterable[Loan], closure: Closure, rules: Rules, zone: ZoneInfo, *, before: int = 0, people: int | None = None
) -> list[Move]:
    """The new due time of each loan due in the closed period. People are taken in the order of their due times and
    spread evenly over the first opening days after it, all loans of a person on one day; the hour stays where the desk
    is open.

    Of a slice of them: how many people came before, and how many there are in all.
    """
    due = sorted((x for x in loans if closure.begins(zone) <= x.due_at < closure.ends(zone)), key=lambda x: x.due_at)
    found = list(dict.fromkeys(loan.contact_id for loan in due))
    many = max(people or 0, before + len(found))
    days = openings_after(closure, rules, _days_for(many))
    day_of = {person: days[place * len(days) // many] for place, person in enumerate(found, before)}
    return [Move(loan, civil(day_of[loan.contact_id], _hour(loan, rules, zone), zone)) for loan in due]


def _days_for(people: int) -> int:
    """Three days for up to thirty people, then a day for each ten, ten at most."""
    return min(MOST_DAYS, max(min(SPREAD_OVER, people), -(-people // A_DAY)))


def _hour(loan: Loan, rules: Rules, zone: ZoneInfo) -> time:
    clock = loan.due_at.astimezone(zone).time().replace(microsecond=0)
    return clock if rules.opening <= clock <= rules.closing else rules.closing


def by_person(loans: Sequence[Loan]) -> dict[int, list[Loan]]:
    """Loans of each person, in the order of their due times."""
    found: dict[int, list[Loan]] = {}
    for loan in sorted(loans, key=lambda x: (x.due_at, x.number)):
        found.setdefault(loan.contact_id, []).append(loan)
    return found
