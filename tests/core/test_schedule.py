"""A loan's plan: every reminder of each class, notices of lateness, quiet hours, and clocks that change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.loans import Loan, LoanState
from bot.core.rules import Rules
from bot.core.schedule import (
    after_quiet,
    around_quiet,
    civil,
    is_quiet,
    next_holiday,
    overdue_due_now,
    overdue_step,
    reminder_plan,
)

PARIS, NEW_YORK, DAKAR = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York"), ZoneInfo("Africa/Dakar")
RULES = Rules()
AWAKE = replace(RULES, quiet_from=time(0), quiet_until=time(0))  # no quiet hours
INSTANTS = st.integers(0, 3 * 366 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
DAYS_BEFORE = ["reminder_day_2", "reminder_day_1", "reminder_due_day"]


def at(text: str, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def loan(lent: datetime, due: datetime) -> Loan:
    return Loan(1, 1, 1, 1, LoanState.ACTIVE, lent, due, 1)


def plan(lent: datetime, due: datetime, rules: Rules = RULES, zone: ZoneInfo = PARIS) -> list[tuple[str, str]]:
    """(step, civil time) of every reminder."""
    return [(s.name, f"{s.at.astimezone(zone):%Y-%m-%d %H:%M}") for s in reminder_plan(loan(lent, due), rules, zone)]


# --- which reminders -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "steps"),
    [
        (timedelta(minutes=20), []),
        (timedelta(minutes=29, seconds=59), []),
        (timedelta(minutes=30), ["reminder_2h"]),
        (timedelta(hours=1), ["reminder_2h"]),
        (timedelta(hours=3, minutes=59), ["reminder_2h"]),  # court
        (timedelta(hours=4), ["reminder_2h"]),  # moyen
        (timedelta(hours=24), ["reminder_2h"]),  # the longest moyen
        (timedelta(hours=24, seconds=1), ["reminder_due_day"]),  # the shortest long: two and one day before precede it
        (timedelta(days=2), ["reminder_day_1", "reminder_due_day"]),
        (timedelta(days=5), DAYS_BEFORE),
        (timedelta(days=3 * 365 + 1), DAYS_BEFORE),
    ],
)
def test_a_loan_of_this_length_gets_these_reminders(length: timedelta, steps: list[str]) -> None:
    lent = at("2026-11-23T10:00")
    assert [name for name, _ in plan(lent, lent + length, AWAKE)] == steps


@pytest.mark.parametrize(
    ("length", "when"),
    [
        (timedelta(minutes=30), timedelta(minutes=15)),
        (timedelta(hours=2, minutes=29), timedelta(hours=1, minutes=14, seconds=30)),
        (timedelta(hours=2, minutes=30), timedelta(minutes=30)),  # from here on two hours before
        (timedelta(hours=3), timedelta(hours=1)),
        (timedelta(hours=20), timedelta(hours=18)),
    ],
)
def test_two_hours_before_or_at_half_time(length: timedelta, when: timedelta) -> None:
    lent = at("2026-11-23T10:00")
    [step] = reminder_plan(loan(lent, lent + length), AWAKE, PARIS)
    assert step.at - lent == when
    assert step.window_end == lent + length


def test_a_long_loan_is_spoken_of_on_three_mornings() -> None:
    assert plan(at("2026-11-23T10:00"), at("2026-11-27T18:00")) == [
        ("reminder_day_2", "2026-11-25 08:00"),
        ("reminder_day_1", "2026-11-26 08:00"),
        ("reminder_due_day", "2026-11-27 08:00"),
    ]


@pytest.mark.parametrize(("due", "last"), [("08:59", "26 20:00"), ("09:00", "26 20:00"), ("09:01", "27 08:00")])
def test_when_due_by_nine_the_last_reminder_is_on_the_evening_before(due: str, last: str) -> None:
    steps = plan(at("2026-11-20T10:00"), at(f"2026-11-27T{due}"))
    assert steps[-1] == ("reminder_due_day", f"2026-11-{last}")


def test_each_reminder_is_of_use_until_the_next() -> None:
    steps = reminder_plan(loan(at("2026-11-20T10:00"), at("2026-11-27T18:00")), RULES, PARIS)
    assert [s.window_end for s in steps] == [steps[1].at, steps[2].at, at("2026-11-27T18:00")]


def test_no_more_reminders_than_the_rule_allows_and_the_last_ones_stay() -> None:
    few = replace(RULES, max_reminders=2)
    steps = plan(at("2026-11-20T10:00"), at("2026-11-27T18:00"), few)
    assert [name for name, _ in steps] == ["reminder_day_1", "reminder_due_day"]


# --- clocks that change ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        (PARIS, date(2027, 3, 28)),
        (PARIS, date(2027, 10, 31)),
        (NEW_YORK, date(2027, 3, 14)),
        (NEW_YORK, date(2027, 11, 7)),
        (DAKAR, date(2027, 3, 28)),
    ],
)
def test_eight_in_the_morning_is_eight_on_both_sides_of_a_change(zone: ZoneInfo, change: date) -> None:
    due = civil(change + timedelta(days=1), time(18), zone)
    steps = reminder_plan(loan(due - timedelta(days=9), due), RULES, zone)
    assert [s.at.astimezone(zone).time() for s in steps] == [time(8)] * 3
    assert [s.at.astimezone(zone).date() - change for s in steps] == [timedelta(days=n) for n in (-1, 0, 1)]


@pytest.mark.parametrize("change", ["2027-03-28", "2027-10-31"])
def test_the_length_of_a_loan_is_elapsed_time_and_not_the_calendar(change: str) -> None:
    before = datetime.fromisoformat(change).replace(hour=1, tzinfo=PARIS) - timedelta(hours=13)
    day = before.astimezone(UTC) + timedelta(hours=24)  # 24 h elapsed, 23 or 25 on the dial
    assert [s.name for s in reminder_plan(loan(before, day), AWAKE, PARIS)] == ["reminder_2h"]
    [step] = reminder_plan(loan(before, day), AWAKE, PARIS)
    assert day - step.at.astimezone(UTC) == timedelta(hours=2)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "instant"),
    [
        (PARIS, "2026-03-29", time(2, 30), "2026-03-29T01:00+00:00"),  # skipped: 03:00, the first that is
        (PARIS, "2026-03-29", time(2, 0), "2026-03-29T01:00+00:00"),
        (PARIS, "2026-03-29", time(3, 0), "2026-03-29T01:00+00:00"),
        (PARIS, "2026-10-25", time(2, 30), "2026-10-25T00:30+00:00"),  # twice: the first
        (NEW_YORK, "2026-03-08", time(2, 30), "2026-03-08T07:00+00:00"),
        (NEW_YORK, "2026-11-01", time(1, 30), "2026-11-01T05:30+00:00"),
        (DAKAR, "2026-03-29", time(2, 30), "2026-03-29T02:30+00:00"),
    ],
)
def test_a_time_that_the_change_skips_or_repeats(zone: ZoneInfo, day: str, clock: time, instant: str) -> None:
    """A skipped time is the first valid instant after it, a repeated one its first occurrence."""
    found = civil(date.fromisoformat(day), clock, zone)
    assert found.astimezone(UTC) == datetime.fromisoformat(instant)
    assert found.astimezone(UTC).astimezone(zone).time() == found.time()  # what is shown is on the clock


def test_leap_day_and_the_turn_of_the_year() -> None:
    assert plan(at("2028-02-20T10:00"), at("2028-03-01T18:00")) == [
        ("reminder_day_2", "2028-02-28 08:00"),
        ("reminder_day_1", "2028-02-29 08:00"),
        ("reminder_due_day", "2028-03-01 08:00"),
    ]
    assert plan(at("2026-12-20T10:00"), at("2027-01-01T18:00")) == [
        ("reminder_day_2", "2026-12-30 08:00"),
        ("reminder_day_1", "2026-12-31 08:00"),
        ("reminder_due_day", "2027-01-01 08:00"),
    ]


# --- quiet hours -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("07:59", True), ("08:00", False)],
)
def test_quiet_hours_go_over_midnight(clock: str, quiet: bool) -> None:
    assert is_quiet(at(f"2026-11-23T{clock}"), RULES, PARIS) is quiet


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    siesta = replace(RULES, quiet_from=time(12), quiet_until=time(14))
    assert is_quiet(at("2026-11-23T13:59"), siesta, PARIS)
    assert not is_quiet(at("2026-11-23T23:00"), siesta, PARIS)
    assert not is_quiet(at("2026-11-23T23:00"), AWAKE, PARIS)


def test_quiet_hours_are_the_recipient_s_own() -> None:
    instant = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    assert is_quiet(instant, RULES, PARIS)
    assert not is_quiet(instant, RULES, NEW_YORK)


def test_sundays_and_holidays_when_switched_on() -> None:
    sunday, christmas = at("2026-11-22T10:00"), at("2026-12-25T10:00")
    assert not is_quiet(sunday, RULES, PARIS)
    assert not is_quiet(christmas, RULES, PARIS)
    assert is_quiet(sunday, replace(RULES, quiet_sundays=True), PARIS)
    assert is_quiet(christmas, replace(RULES, quiet_holidays=True), PARIS)
    assert not is_quiet(christmas, replace(RULES, quiet_holidays=True, holiday_country="XX"), PARIS)


@pytest.mark.parametrize(
    ("place", "day", "quiet"),
    [("CA", "06-24", False), ("CA-QC", "06-24", True), ("FR", "12-26", False), ("FR-57", "12-26", True)],
)
def test_a_part_of_a_country_has_holidays_of_its_own(place: str, day: str, *, quiet: bool) -> None:
    rules = replace(RULES, quiet_holidays=True, holiday_country=place)
    assert is_quiet(at(f"2026-{day}T10:00"), rules, PARIS) is quiet
    assert next_holiday(at("2026-12-25T10:00"), "FR-57", PARIS) == at("2026-12-26T00:00")


@pytest.mark.parametrize(
    ("lent", "due", "when"),
    [
        # Two hours before a due time at 09:30 is 07:30: the evening before is further off than 08:00.
        ("2026-11-23T20:00", "2026-11-24T09:30", "2026-11-24 08:00"),
        # 21:30 for a loan due at 23:30: just before the quiet hours.
        ("2026-11-23T18:00", "2026-11-23T23:30", "2026-11-23 20:59"),
    ],
)
def test_a_reminder_in_quiet_hours_moves_to_the_nearest_allowed_moment_before_the_due_time(
    lent: str, due: str, when: str
) -> None:
    assert plan(at(lent), at(due)) == [("reminder_2h", when)]


def test_a_reminder_that_quiet_hours_leave_no_use_for_is_dropped() -> None:
    assert plan(at("2026-11-23T21:30"), at("2026-11-24T07:00")) == []


def test_a_reminder_never_leaves_at_or_after_the_due_time() -> None:
    due = at("2026-11-24T08:00")
    assert around_quiet(at("2026-11-24T06:00"), due, RULES, PARIS) == at("2026-11-23T20:59")
    assert around_quiet(at("2026-11-24T12:00"), due, RULES, PARIS) == at("2026-11-24T12:00")  # not quiet: as it was


def test_a_reminder_that_quiet_hours_would_move_before_the_loan_leaves_after_them() -> None:
    # At 22:00 the evening before: 20:59 is nearer than 08:00, but nothing was lent then.
    half_a_day = replace(RULES, before_due=timedelta(hours=12))
    found = plan(at("2026-11-23T21:10"), at("2026-11-24T10:00"), half_a_day)
    assert found == [("reminder_2h", "2026-11-24 08:00")]


def test_one_allowed_minute_a_day_is_found() -> None:
    hardly = replace(RULES, quiet_from=time(0, 1), quiet_until=time(0, 0))
    due = at("2026-11-26T12:00")
    assert around_quiet(at("2026-11-24T11:00"), due, hardly, PARIS) == at("2026-11-24T00:00")
    assert around_quiet(at("2026-11-24T13:00"), due, hardly, PARIS) == at("2026-11-25T00:00")


def test_two_reminders_that_quiet_days_push_to_one_moment_are_one() -> None:
    sundays = replace(RULES, quiet_sundays=True)
    assert plan(at("2028-05-10T10:00"), at("2028-05-15T00:30"), sundays) == [
        ("reminder_day_2", "2028-05-13 08:00"),
        ("reminder_due_day", "2028-05-13 20:59"),
    ]


@settings(max_examples=150)
@given(
    INSTANTS,
    st.integers(20, 60 * 24 * 40),
    st.sampled_from([PARIS, NEW_YORK, DAKAR]),
    st.booleans(),
)
def test_whatever_the_loan_no_reminder_lies_in_quiet_hours_or_outside_the_loan(
    lent: datetime, minutes: int, zone: ZoneInfo, sundays: bool
) -> None:
    rules = replace(RULES, quiet_sundays=sundays)
    due = lent + timedelta(minutes=minutes)
    steps = reminder_plan(loan(lent, due), rules, zone)
    assert all(lent < s.at < due for s in steps)
    assert not any(is_quiet(s.at, rules, zone) for s in steps)
    assert [s.at for s in steps] == sorted({s.at for s in steps})
    assert all(s.at < s.window_end <= due for s in steps)


# --- notices of lateness ---------------------------------------------------------------------------------

DUE = at("2026-11-23T18:00")


def notice(occurrence: int, due: datetime = DUE, rules: Rules = RULES) -> str:
    return f"{overdue_step(due, occurrence, rules, PARIS).at.astimezone(PARIS):%Y-%m-%d %H:%M}"


def test_the_first_notice_a_quarter_of_an_hour_after_then_every_morning_then_every_week() -> None:
    assert [notice(n) for n in (0, 1, 2)] == ["2026-11-23 18:15", "2026-11-24 08:00", "2026-11-25 08:00"]
    assert [notice(n) for n in (13, 14, 15, 16)] == [
        "2026-12-06 08:00",
        "2026-12-07 08:00",
        "2026-12-14 08:00",
        "2026-12-21 08:00",
    ]


def test_a_notice_in_quiet_hours_waits_for_their_end() -> None:
    assert notice(0, at("2026-11-23T20:50")) == "2026-11-24 08:00"
    assert notice(1, at("2026-11-23T20:50")) == "2026-11-25 08:00"


def test_a_notice_is_of_use_until_the_next() -> None:
    assert overdue_step(DUE, 3, RULES, PARIS).window_end == overdue_step(DUE, 4, RULES, PARIS).at


def test_weekly_at_once_when_the_rule_says_so() -> None:
    weekly = replace(RULES, weekly_after=timedelta(days=2))
    assert [notice(n, rules=weekly) for n in (1, 2, 3)] == ["2026-11-24 08:00", "2026-11-25 08:00", "2026-12-02 08:00"]


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        ("2026-11-23T18:14", -1),
        ("2026-11-23T18:15", 0),
        ("2026-11-24T07:59", 0),
        ("2026-11-24T08:00", 1),
        ("2026-12-07T08:00", 14),
        ("2026-12-14T07:59", 14),
        ("2026-12-14T08:00", 15),
        ("2029-12-31T12:00", 174),
    ],
)
def test_what_a_desk_that_slept_resumes_with(now: str, newest: int) -> None:
    assert overdue_due_now(DUE, at(now), RULES, PARIS) == newest


@settings(max_examples=100)
@given(INSTANTS, st.integers(0, 60 * 24 * 400), st.booleans())
def test_the_newest_notice_is_the_last_whose_time_has_come(due: datetime, minutes: int, sundays: bool) -> None:
    rules = replace(RULES, quiet_sundays=sundays)
    now = due + timedelta(minutes=minutes)
    newest = overdue_due_now(due, now, rules, PARIS)
    assert overdue_step(due, newest + 1, rules, PARIS).at > now
    assert newest == -1 or overdue_step(due, newest, rules, PARIS).at <= now


def test_after_quiet_is_the_same_instant_outside_them() -> None:
    assert after_quiet(at("2026-11-23T12:00"), RULES, PARIS) == at("2026-11-23T12:00")
    assert after_quiet(at("2026-11-23T23:00"), RULES, PARIS) == at("2026-11-24T08:00")


def test_quiet_hours_at_noon_hold_up_neither_the_night_before_a_quiet_sunday_nor_the_morning_after() -> None:
    rules = replace(RULES, quiet_from=time(12), quiet_until=time(14), quiet_sundays=True)
    sunday = at("2026-11-29T08:00")
    assert after_quiet(sunday, rules, PARIS) == at("2026-11-30T00:00")
    assert around_quiet(sunday, at("2026-12-01T18:00"), rules, PARIS) == at("2026-11-28T23:59")
    notices = [overdue_step(at("2026-11-27T18:00"), n, rules, PARIS).at for n in range(6)]
    assert notices == sorted(notices)


def test_the_minute_before_quiet_hours_that_begin_where_the_clocks_go_forward() -> None:
    rules = replace(RULES, quiet_from=time(3), quiet_until=time(17))
    moved = around_quiet(at("2027-03-28T06:30"), at("2027-03-29T18:00"), rules, PARIS)
    assert moved is not None
    assert moved.astimezone(UTC) == datetime(2027, 3, 28, 0, 59, tzinfo=UTC)  # 01:59, and then it is three
