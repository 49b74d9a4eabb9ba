"""A closed period: how it is said, and where the due times in it go."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.closure import Closure, by_person, moves, openings_after, read_closure
from bot.core.loans import Loan, LoanState
from bot.core.rules import Rules

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=PARIS)
XMAS = Closure(date(2026, 12, 24), date(2027, 1, 2))  # a Thursday to a Saturday
RULES = Rules()


def loan(number: int, due_at: datetime, person: int | None = None) -> Loan:
    lent_at = NOW - timedelta(days=1)
    return Loan(number, number, person or number, 1, LoanState.ACTIVE, lent_at, due_at, number)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "words",
    [
        "24/12 → 02/01", "24/12 -> 2/1", "24/12-02/01", "24/12 – 02/01", "du 24 décembre au 2 janvier",
        "du 24/12 jusqu'au 02/01", "from 24 december to 2 january", "24 December until 2 January",
        "2026-12-24 → 2027-01-02", "24/12 02/01",
    ],
)  # fmt: skip
def test_a_period_is_read_as_people_write_it(words: str, language: str) -> None:
    assert read_closure(words, now=NOW, language=language) == XMAS


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("24/12", date(2026, 12, 24), date(2026, 12, 24)),
        ("24 au 28 décembre", date(2026, 12, 24), date(2026, 12, 28)),
        ("du 1er au 31 août", date(2027, 8, 1), date(2027, 8, 31)),
        ("August 1st to 31st", date(2027, 8, 1), date(2027, 8, 31)),
        ("1 to 31 August", date(2027, 8, 1), date(2027, 8, 31)),
        ("en août", date(2027, 8, 1), date(2027, 8, 31)),
        ("tout le mois de février 2028", date(2028, 2, 1), date(2028, 2, 29)),
        ("décembre", date(2026, 12, 1), date(2026, 12, 31)),
        ("novembre", date(2026, 11, 23), date(2026, 11, 30)),  # what is left of it
        ("vendredi", date(2026, 11, 27), date(2026, 11, 27)),
        ("aujourd'hui au vendredi", date(2026, 11, 23), date(2026, 11, 27)),
    ],
)
def test_short_ways_to_say_it(words: str, first: date, last: date) -> None:
    assert read_closure(words, now=NOW, language="fr") == Closure(first, last)


@pytest.mark.parametrize(
    "words", ["", "bientôt", "24/12 →", "→ 02/01", "02/01 → 24/12", "PERC-001", "24/12 → 02/01 → 03/01", "31/02 → 3/3"]
)
def test_what_is_no_period_is_not_guessed(words: str) -> None:
    assert read_closure(words, now=NOW, language="fr") is None


def test_only_what_is_due_in_the_period_moves() -> None:
    before = loan(1, datetime(2026, 12, 23, 23, 59, tzinfo=PARIS))
    first = loan(2, datetime(2026, 12, 24, 0, 0, tzinfo=PARIS))
    last = loan(3, datetime(2027, 1, 2, 23, 59, tzinfo=PARIS))
    after = loan(4, datetime(2027, 1, 3, 0, 0, tzinfo=PARIS))
    assert [m.loan.number for m in moves([after, last, first, before], XMAS, RULES, PARIS)] == [2, 3]


def test_people_are_spread_over_the_first_opening_days_in_the_order_of_their_due_times() -> None:
    loans = [loan(n, datetime(2026, 12, 24 + n, 18, 0, tzinfo=PARIS)) for n in range(1, 7)]
    moved = moves(loans, XMAS, RULES, PARIS)
    assert [m.due_at.date().day for m in moved] == [4, 4, 5, 5, 6, 6], "the third is a Sunday"


def test_what_one_person_has_comes_back_on_one_day() -> None:
    days = (28, 24, 31)
    mine = [loan(n, datetime(2026, 12, day, 12, tzinfo=PARIS), person=7) for n, day in enumerate(days, 1)]
    others = [loan(n, datetime(2026, 12, 29, 12, tzinfo=PARIS)) for n in (11, 12)]
    moved = moves([*mine, *others], XMAS, RULES, PARIS)
    assert {m.due_at.date() for m in moved if m.loan.contact_id == 7} == {date(2027, 1, 4)}
    assert len({m.due_at.date() for m in moved}) == 3


@pytest.mark.parametrize(("clock", "then"), [(time(10, 30), time(10, 30)), (time(8), time(18)), (time(23), time(18))])
def test_the_hour_is_kept_while_the_desk_is_open(clock: time, then: time) -> None:
    (moved,) = moves([loan(1, datetime.combine(date(2026, 12, 28), clock, PARIS))], XMAS, RULES, PARIS)
    assert moved.due_at.astimezone(PARIS).time() == then


def test_a_desk_that_never_opens_still_gets_a_day() -> None:
    assert openings_after(XMAS, Rules(open_days=()), 2) == [date(2027, 1, 3), date(2027, 1, 4)]


@given(
    due=st.lists(st.tuples(st.integers(0, 10 * 24 * 60 - 1), st.integers(1, 60)), max_size=80),
)
def test_nothing_moves_back_or_stays_in_the_period_and_no_day_is_crowded(due: list[tuple[int, int]]) -> None:
    begins = XMAS.begins(PARIS)
    loans = [loan(n, begins + timedelta(minutes=m), person) for n, (m, person) in enumerate(due, 1)]
    moved = moves(loans, XMAS, RULES, PARIS)
    assert sorted(m.loan.id for m in moved) == [x.id for x in loans]
    on: dict[date, set[int]] = {}
    for m in moved:
        assert m.due_at >= XMAS.ends(PARIS)
        on.setdefault(m.due_at.date(), set()).add(m.loan.contact_id)
    assert all(day.weekday() != 6 for day in on)
    assert max((len(people) for people in on.values()), default=0) <= 10
    assert sum(map(len, on.values())) == len({x.contact_id for x in loans})


def test_loans_by_person_keep_the_order_of_their_due_times() -> None:
    late, soon = loan(1, NOW + timedelta(days=2), 5), loan(2, NOW + timedelta(days=1), 5)
    assert by_person([late, soon]) == {5: [soon, late]}
