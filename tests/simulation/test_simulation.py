"""A desk lives through days of people and mishaps drawn from a seed, and what it promises holds after each step.

Held: each step of a loan is said at most once, at its civil time, or closed with a reason; nothing that the clock
began in quiet hours, after RENDU or after STOP; every message ends; the log says what arrived.
"""

from __future__ import annotations

import sys
from datetime import datetime

import pytest

from tests.simulation.desk import Habits, Simulation
from tests.simulation.people import Life
from tests.town import PARIS

AUTUMN = datetime(2026, 10, 12, tzinfo=PARIS)  # sixty days from here see the clocks go back
LEAP = datetime(2028, 2, 25, tzinfo=PARIS)  # and from here 29 February, and the clocks go forward on two dates
A_YEAR = datetime(2027, 10, 1, tzinfo=PARIS)  # its 366 days hold all of that


async def lived(url: str, seed: int, habits: Habits, start: datetime) -> Simulation:
    """From the first day to the last."""
    simulation = Simulation(url, seed, habits, start)
    await simulation.open()
    await simulation.furnish()
    Life(simulation, habits).begins()
    await simulation.run()
    await simulation.figures()
    await simulation.close()
    told = f"{dict(simulation.done)}; arrived: {dict(simulation.truth.counted)}"
    sys.stderr.write(f"seed {seed}: {told}\n")
    return simulation


@pytest.mark.thorough
async def test_seventy_people_and_all_mishaps_through_thirty_days(sqlite_migrated_url: str) -> None:
    habits = Habits(people=70, days=30, contested=0.3, trouble_every=0.8)  # or chance may leave one kind of thing out
    simulation = await lived(sqlite_migrated_url, 1, habits, AUTUMN)
    assert {"kills", "restarts", "sleeps", "outages", "faults", "storms", "stops", "contested"} <= set(simulation.done)
    assert simulation.done["loans"] > 50


@pytest.mark.thorough
async def test_five_fair_weeks_with_a_leap_day_and_changes_of_clocks(sqlite_migrated_url: str) -> None:
    """Every reminder within a minute of its civil time in each of three zones."""
    simulation = await lived(
        sqlite_migrated_url, 2, Habits(people=13, days=35, loans_each=0.09, stops=0, trouble_every=0), LEAP
    )
    assert simulation.truth.counted["reminder_due_day"] > 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 20))
async def test_sixty_days_of_other_seeds(sqlite_migrated_url: str, seed: int) -> None:
    await lived(sqlite_migrated_url, seed, Habits(people=120, days=60, trouble_every=1.0), AUTUMN)


@pytest.mark.slow
async def test_two_thousand_people_through_four_hundred_days(sqlite_migrated_url: str) -> None:
    simulation = await lived(sqlite_migrated_url, 20, Habits(people=2000, days=400, loans_each=0.01), AUTUMN)
    assert simulation.done["loans"] > 5000


@pytest.mark.slow
async def test_a_year_of_two_thousand_loans_in_three_zones(sqlite_migrated_url: str) -> None:
    """Figures 7 and 8: each due reminder exactly once, within 60 s of its civil time, none in quiet hours."""
    simulation = await lived(
        sqlite_migrated_url, 30, Habits(people=200, days=366, loans_each=0.028, stops=0, trouble_every=0), A_YEAR
    )
    assert simulation.done["loans"] >= 1900
