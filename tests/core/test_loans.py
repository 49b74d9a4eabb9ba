"""The life of a loan: which states follow which, classes by length, and lateness."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bot.core.errors import Refusal
from bot.core.loans import MOVES, OPEN, OUT, Loan, LoanClass, LoanState, check_move, is_late, loan_class
from bot.core.rules import Rules

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LOAN = Loan(1, 1, 1, 1, LoanState.ACTIVE, NOW - timedelta(days=1), NOW, 1)
ENDS = {"returned", "refused", "cancelled", "expired", "lost", "damaged"}
LIFE = {
    "requested": {"active", "refused", "cancelled", "expired"},
    "active": {"return_declared", "returned", "cancelled", "lost", "damaged"},
    "return_declared": {"active", "returned", "lost", "damaged"},
} | {end: set() for end in ENDS}


@pytest.mark.parametrize(("now", "to"), list(product(LoanState, LoanState)))
def test_the_life_of_a_loan(now: LoanState, to: LoanState) -> None:
    loan = replace(LOAN, state=now)
    if to in LIFE[now]:
        check_move(loan, to)
    else:
        with pytest.raises(Refusal):
            check_move(loan, to)


def test_every_state_can_be_reached_and_every_open_one_left() -> None:
    reached = {to for ends in MOVES.values() for to in ends}
    assert reached | {LoanState.REQUESTED} == set(LoanState)
    assert set(MOVES) == OPEN
    assert OPEN - {LoanState.REQUESTED} == OUT


@pytest.mark.parametrize(
    ("length", "kind"),
    [
        (timedelta(minutes=1), LoanClass.COURT),
        (timedelta(hours=4) - timedelta(seconds=1), LoanClass.COURT),
        (timedelta(hours=4), LoanClass.MOYEN),
        (timedelta(hours=24), LoanClass.MOYEN),
        (timedelta(hours=24, seconds=1), LoanClass.LONG),
        (timedelta(days=1100), LoanClass.LONG),
    ],
)
def test_classes_by_length(length: timedelta, kind: LoanClass) -> None:
    assert loan_class(NOW, NOW + length, Rules()) is kind


def test_the_bounds_of_the_classes_are_rules() -> None:
    rules = Rules(court_under=timedelta(hours=1), long_over=timedelta(hours=8))
    assert loan_class(NOW, NOW + timedelta(hours=2), rules) is LoanClass.MOYEN
    assert loan_class(NOW, NOW + timedelta(hours=9), rules) is LoanClass.LONG


def test_late_is_active_and_past_due() -> None:
    assert not is_late(LOAN, NOW)
    assert is_late(LOAN, NOW + timedelta(seconds=1))
    assert not is_late(replace(LOAN, state=LoanState.RETURN_DECLARED), NOW + timedelta(days=1))
    assert not is_late(replace(LOAN, state=LoanState.RETURNED), NOW + timedelta(days=1))


def test_when_it_was_said_to_be_back_counts_only_while_that_stands() -> None:
    said = replace(LOAN, declared_at=NOW)
    assert said.declared_at_if_declared is None
    assert replace(said, state=LoanState.RETURN_DECLARED).declared_at_if_declared == NOW
