"""Opening hours: how long staff have had time to answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.opening import after_opening_hours, answered_by
from bot.core.rules import DAYS, Rules

PARIS = ZoneInfo("Europe/Paris")
TWO = timedelta(hours=2)
RULES = Rules()  # Monday to Saturday, nine to six


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("asked", "nudged"),
    [
        (at(23, 10), at(23, 12)),  # a Monday morning
        (at(23, 7), at(23, 11)),  # before the desk opens
        (at(23, 17), at(24, 10)),  # an hour today, an hour tomorrow
        (at(23, 18), at(24, 11)),  # at closing time
        (at(23, 23), at(24, 11)),  # at night
        (at(28, 17, 30), at(30, 10, 30)),  # Saturday evening: Sunday is shut
        (at(29, 12), at(30, 11)),  # on a Sunday
    ],
)
def test_a_request_waits_in_hours_of_opening(asked: datetime, nudged: datetime) -> None:
    assert after_opening_hours(asked, TWO, RULES, PARIS) == nudged


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        (at(23, 10), at(24, 10)),  # Monday
        (at(26, 17, 59), at(27, 17, 59)),
        (at(28, 17, 30), at(30, 12, 30)),  # Saturday evening: Monday has four hours in which it is read
        (at(29, 8), at(30, 13)),
    ],
)
def test_a_request_ends_after_a_day_and_not_before_somebody_was_at_the_desk(asked: datetime, until: datetime) -> None:
    assert answered_by(asked, RULES, PARIS) == until


def test_a_desk_that_closes_answers_when_it_opens_again() -> None:
    shut = replace(RULES, closures=("2026-11-26/2026-12-02",))
    assert answered_by(at(25, 17), shut, PARIS) == at(3, 12, month=12)
    quick = replace(RULES, request_expires=timedelta(hours=1))
    assert answered_by(at(23, 10), quick, PARIS) == at(23, 11)


def test_days_on_which_nothing_is_sent_are_shut() -> None:
    christmas = replace(RULES, quiet_holidays=True)
    assert after_opening_hours(at(24, 17, month=12), TWO, christmas, PARIS) == at(26, 10, month=12)
    assert after_opening_hours(at(24, 17, month=12), TWO, RULES, PARIS) == at(25, 10, month=12)
    sundays = replace(RULES, open_days=DAYS, quiet_sundays=True)
    assert after_opening_hours(at(28, 17), TWO, sundays, PARIS) == at(30, 10)


def test_a_wait_longer_than_a_day_goes_on_over_several() -> None:
    assert after_opening_hours(at(23, 9), timedelta(hours=20), RULES, PARIS) == at(25, 11)


def test_a_clock_change_while_shut_shortens_nothing() -> None:
    saturday = datetime(2026, 3, 28, 17, 0, tzinfo=PARIS)
    assert after_opening_hours(saturday, TWO, RULES, PARIS) == datetime(2026, 3, 30, 10, 0, tzinfo=PARIS)


def test_a_clock_change_while_open_counts_what_really_passed() -> None:
    night = replace(RULES, opening=time(0), closing=time(12), open_days=DAYS)
    asked = datetime(2026, 3, 29, 1, 0, tzinfo=PARIS)
    assert after_opening_hours(asked, TWO, night, PARIS) == datetime(2026, 3, 29, 4, 0, tzinfo=PARIS)


@pytest.mark.parametrize("rules", [replace(RULES, open_days=()), replace(RULES, closing=time(9))])
def test_a_desk_that_never_opens_is_taken_as_always_open(rules: Rules) -> None:
    assert after_opening_hours(at(23, 10), TWO, rules, PARIS) == at(23, 12)
