"""When a loan's messages leave: every reminder before the due time, every notice after it, and quiet hours.

Times of day are civil times in the recipient's zone (08:00 is 08:00 on both sides of a clock change); lengths are
elapsed time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.core.duecalendar import end_of_gap, is_skipped
from bot.core.loans import Loan, LoanClass, loan_class
from bot.core.records import record
from bot.core.rules import Rules

BEFORE_QUIET = timedelta(minutes=1)  # a message moved before the quiet hours leaves in the minute before them


@record(frozen=True, slots=True)
class Step:
    """One place in the plan. `at` is when it leaves, `window_end` until when it is of use."""

    name: str
    at: datetime
    window_end: datetime
    occurrence: int = 0


def civil(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """That time on that day in that zone, as an aware instant.

    A time the spring change skips becomes the first valid instant after it (02:30 is 03:00, once); a time the autumn
    change repeats is the first of the two.
    """
    local = datetime.combine(day, clock, zone)
    return end_of_gap(local) if is_skipped(local) else local


def later(at: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """So much later by the clock on the wall: a day later is the same hour, on both sides of a clock change."""
    local = at.astimezone(zone) + length
    return civil(local.date(), local.time(), zone)


def reminder_plan(loan: Loan, rules: Rules, zone: ZoneInfo) -> list[Step]:
    """Every reminder this loan will need before it is due, oldest first, already outside quiet hours.

    A reminder without a useful time outside quiet hours is not in the plan. `zone` is the recipient's.
    """
    kind = loan_class(loan.lent_at, loan.due_at, rules)
    wished = _long_steps(loan, rules, zone) if kind is LoanClass.LONG else _short_steps(loan, rules)
    moved = [
        (name, around_quiet(at, loan.due_at, rules, zone, loan.lent_at)) for name, at in wished if at > loan.lent_at
    ]
    in_use = sorted(((name, at) for name, at in moved if at is not None and loan.lent_at < at < loan.due_at), key=_when)
    # Quiet days may push two steps to one moment: the later one is kept.
    kept = [(name, at) for at, name in {at: name for name, at in in_use}.items()]
    ends = [at for _, at in kept[1:]] + [loan.due_at]
    return [Step(name, at, end) for (name, at), end in zip(kept, ends, strict=False)][-rules.max_reminders :]


def _when(step: tuple[str, datetime]) -> datetime:
    return step[1]


def _short_steps(loan: Loan, rules: Rules) -> list[tuple[str, datetime]]:
    length = loan.due_at - loan.lent_at
    if length < rules.no_reminder_under:
        return []
    # Two hours before would fall on the loan's own start, or just after it, for loans under 2 h 30: half-time instead.
    if length < rules.before_due + timedelta(minutes=30):
        return [("reminder_2h", loan.lent_at + length / 2)]
    return [("reminder_2h", loan.due_at - rules.before_due)]


def _long_steps(loan: Loan, rules: Rules, zone: ZoneInfo) -> list[tuple[str, datetime]]:
    due = loan.due_at.astimezone(zone)
    day = due.date()
    if due.time() <= max(rules.early_due, rules.morning):  # the morning's own would come after it
        last = civil(day - timedelta(days=1), rules.evening, zone)
    else:
        last = civil(day, rules.morning, zone)
    return [
        ("reminder_day_2", civil(day - timedelta(days=2), rules.morning, zone)),
        ("reminder_day_1", civil(day - timedelta(days=1), rules.morning, zone)),
        ("reminder_due_day", last),
    ]


def overdue_step(due_at: datetime, occurrence: int, rules: Rules, zone: ZoneInfo) -> Step:
    """The notice number `occurrence` (0 is the first, `overdue_after` past due), moved out of quiet hours.

    From the second on, one each morning; after `weekly_after`, one a week. Its window ends where the next begins.
    """
    at = _overdue_at(due_at, occurrence, rules, zone)
    return Step("overdue", at, _overdue_at(due_at, occurrence + 1, rules, zone), occurrence)


def _overdue_at(due_at: datetime, occurrence: int, rules: Rules, zone: ZoneInfo) -> datetime:
    first = after_quiet(due_at + rules.overdue_after, rules, zone)
    if occurrence == 0:
        return first
    daily = max(1, rules.weekly_after.days)
    days = occurrence if occurrence <= daily else daily + 7 * (occurrence - daily)
    at = civil(first.astimezone(zone).date() + timedelta(days=days), rules.morning, zone)
    return after_quiet(at, rules, zone)


def overdue_due_now(due_at: datetime, now: datetime, rules: Rules, zone: ZoneInfo) -> int:
    """The newest occurrence whose time has come, -1 when none has: where a desk resumes after a stop."""
    low, high = -1, 1
    while overdue_step(due_at, high, rules, zone).at <= now:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if overdue_step(due_at, middle, rules, zone).at <= now:
            low = middle
        else:
            high = middle
    return low


# --- quiet hours ---------------------------------------------------------------------------------


def is_quiet(at: datetime, rules: Rules, zone: ZoneInfo) -> bool:
    """Whether nothing that the clock or the REST API starts may leave at that instant."""
    local = at.astimezone(zone)
    return is_quiet_day(local.date(), rules) or _quiet_time(local.time(), rules)


def _quiet_time(clock: time, rules: Rules) -> bool:
    if not rules.quiet:
        return False
    if rules.quiet_from < rules.quiet_until:
        return rules.quiet_from <= clock < rules.quiet_until
    return clock >= rules.quiet_from or clock < rules.quiet_until


def is_quiet_day(day: date, rules: Rules) -> bool:
    """Whether nothing that the clock starts may leave on that day at all."""
    if rules.quiet_sundays and day.weekday() == 6:
        return True
    return rules.quiet_holidays and _is_holiday(day, rules.holiday_country)


@lru_cache(maxsize=4096)
def _is_holiday(day: date, place: str) -> bool:
    """place: a country, `CA`, or a part of one, `CA-QC`."""
    import holidays as public_holidays  # 4 MB and 0.1 s: only for a desk that is quiet on holidays

    country, _, part = place.partition("-")
    try:
        return day in public_holidays.country_holidays(country, subdiv=part or None, years=day.year)
    except NotImplementedError:  # a place unknown to the library has no holidays
        return False


def next_holiday(now: datetime, place: str, zone: ZoneInfo) -> datetime | None:
    """Midnight of the next public holiday after today within a year, None where none is known."""
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(1, 366))
    found = next((day for day in days if _is_holiday(day, place)), None)
    return civil(found, time(0), zone) if found else None


def after_quiet(at: datetime, rules: Rules, zone: ZoneInfo) -> datetime:
    """`at`, or the end of the quiet hours it falls into. Returns `at` itself when a fortnight holds no allowed
    minute."""
    if not is_quiet(at, rules, zone):
        return at
    day = at.astimezone(zone).date()
    for ahead in range(15):
        for clock in _openings(rules):
            candidate = civil(day + timedelta(days=ahead), clock, zone)
            if candidate >= at and not is_quiet(candidate, rules, zone):
                return candidate
    return at


def before_quiet(at: datetime, rules: Rules, zone: ZoneInfo) -> datetime | None:
    """The last allowed minute before the quiet hours that `at` falls into, None when a fortnight holds none."""
    day = at.astimezone(zone).date()
    for back in range(15):
        for clock in _closings(rules):
            closes = civil(day - timedelta(days=back), clock, zone).astimezone(UTC)
            candidate = (closes - BEFORE_QUIET).astimezone(zone)  # elapsed: the minute before may lie before a gap
            if candidate <= at and not is_quiet(candidate, rules, zone):
                return candidate
    return None


def _openings(rules: Rules) -> list[time]:
    # Quiet hours by day leave the night open: a quiet Sunday ends at midnight then, not after Monday's noon.
    if rules.quiet and rules.quiet_from < rules.quiet_until:
        return [time(0, 0), rules.quiet_until]
    return [rules.quiet_until] if rules.quiet else [time(0, 0)]


def _closings(rules: Rules) -> list[time]:
    # Midnight closes the day before a quiet Sunday or holiday when there are no nightly quiet hours.
    if rules.quiet and time(0, 0) < rules.quiet_from < rules.quiet_until:
        return [rules.quiet_from, time(0, 0)]
    return [rules.quiet_from] if rules.quiet else [time(0, 0)]


def around_quiet(
    at: datetime, due_at: datetime, rules: Rules, zone: ZoneInfo, since: datetime | None = None
) -> datetime | None:
    """Where a reminder goes: the nearest allowed instant before the due time, and after `since`, when the loan began;
    None when there is none of use."""
    if not is_quiet(at, rules, zone):
        return at
    sides = (before_quiet(at, rules, zone), after_quiet(at, rules, zone))
    allowed = [t for t in sides if t and t < due_at and not is_quiet(t, rules, zone)]
    options = [t for t in allowed if since is None or t > since]
    return min(options, key=lambda t: abs(t - at), default=None)
