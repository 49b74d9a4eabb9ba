"""What is owed after any payments, and when the person is reminded."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.debts import (
    Cycle,
    Debt,
    DebtKind,
    DebtState,
    Payment,
    PaymentState,
    Statement,
    may_learn,
    next_reminder,
    statement,
)
from bot.core.money import Money
from bot.core.people import Address, AddressState, Consent
from bot.core.rules import Rules

PARIS = ZoneInfo("Europe/Paris")
THEN = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def debt(n: int, minor: int, currency: str = "EUR", due: int = 1, state: DebtState = DebtState.OPEN) -> Debt:
    on = date(2026, 11, due)
    return Debt(n, 1, 1, DebtKind.MANUAL, f"R{n}", Money(minor, currency), on, state, THEN)


def paid(
    n: int, minor: int, currency: str = "EUR", to: int | None = None, state: PaymentState = PaymentState.CONFIRMED
) -> Payment:
    return Payment(n, 1, 1, to, Money(minor, currency), state, THEN)


def left(found: Statement) -> dict[int, int]:
    return {o.debt.id: o.left.minor for o in found.owed}


debts = st.builds(
    debt, st.just(0), st.integers(1, 500), st.sampled_from(["EUR", "XOF"]), st.integers(1, 28),
    st.sampled_from(list(DebtState)),
)  # fmt: skip
payments = st.builds(
    paid, st.just(0), st.integers(1, 700), st.sampled_from(["EUR", "XOF"]), st.none() | st.integers(1, 6),
    st.sampled_from(list(PaymentState)),
)  # fmt: skip


@given(st.lists(debts, max_size=6), st.lists(payments, max_size=8), st.randoms())
def test_payments_in_any_order_leave_the_same_nothing_below_zero_and_the_sums_match(
    owed: list[Debt], given_: list[Payment], shuffled: random.Random
) -> None:
    numbered = [replace(d, id=n) for n, d in enumerate(owed, 1)]
    found = statement(numbered, given_)
    mixed = list(given_)
    shuffled.shuffle(mixed)
    assert statement(numbered, mixed) == found
    assert all(o.left.minor > 0 for o in found.owed)
    assert all(c.minor > 0 for c in found.credit)
    for currency in ("EUR", "XOF"):
        asked = sum(d.amount.minor for d in numbered if d.state != "cancelled" and d.amount.currency == currency)
        came = sum(p.amount.minor for p in given_ if p.state == "confirmed" and p.amount.currency == currency)
        remains = sum(o.left.minor for o in found.owed if o.left.currency == currency)
        credit = sum(c.minor for c in found.credit if c.currency == currency)
        assert remains - credit == asked - came
        assert not (remains and credit)


def test_a_payment_covers_its_own_debt_first_and_what_is_over_the_oldest() -> None:
    owed = [debt(1, 100, due=9), debt(2, 50, due=1), debt(3, 70, due=5, state=DebtState.DISPUTED)]
    assert left(statement(owed, [paid(1, 120, to=1)])) == {2: 30, 3: 70}
    assert left(statement(owed, [paid(1, 160)])) == {3: 60}
    assert left(statement(owed, [paid(1, 60, "XOF", to=1)])) == {1: 100, 2: 50, 3: 70}


def test_what_was_paid_for_a_cancelled_debt_is_credit() -> None:
    found = statement([debt(1, 100, state=DebtState.CANCELLED)], [paid(1, 100, to=1)])
    assert found == Statement((), (Money(100, "EUR"),))


RULES = replace(Rules(), debts_on=True, debt_dry_run=False)
CYCLE = Cycle(1, 1, 1)
OWES = statement([debt(1, 5_000, due=10)], [])


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("cycle", "rules", "owed", "at"),
    [
        (CYCLE, RULES, OWES, local(11, 8)),
        (replace(CYCLE, sent=1, last_at=local(11, 8)), RULES, OWES, local(14, 8)),
        # An hour late, or late in the evening: the calendar day counts, so that nothing drifts.
        (replace(CYCLE, sent=1, last_at=local(11, 20, 59)), RULES, OWES, local(14, 8)),
        (replace(CYCLE, promised_on=date(2026, 11, 20)), RULES, OWES, local(21, 8)),
        (CYCLE, replace(RULES, quiet_sundays=True), statement([debt(1, 500, due=14)], []), local(16, 8)),
        # A small debt waits until another one makes it worth writing.
        (CYCLE, replace(RULES, debt_least=60), statement([debt(1, 5_000), debt(2, 2_000, due=20)], []), local(21, 8)),
        (CYCLE, replace(RULES, debt_least=60), OWES, None),
        (replace(CYCLE, sent=RULES.debt_most, last_at=local(11, 8)), RULES, OWES, None),
        (replace(CYCLE, suspended=True), RULES, OWES, None),
        (CYCLE, Rules(), OWES, None),
        (CYCLE, RULES, statement([debt(1, 100, state=DebtState.DISPUTED)], []), None),
        (CYCLE, RULES, Statement(), None),
    ],
)
def test_the_next_reminder_of_a_cycle(cycle: Cycle, rules: Rules, owed: Statement, at: datetime | None) -> None:
    step = next_reminder(cycle, owed, rules, PARIS, local(2, 9))
    assert (step.at if step else None) == at


def test_over_a_year_with_its_clock_changes_every_third_morning_at_eight() -> None:
    cycle, rules, at = CYCLE, replace(RULES, debt_most=100), local(2, 9)
    mornings = []
    for _ in range(100):
        step = next_reminder(cycle, OWES, rules, PARIS, at)
        assert step is not None
        mornings.append(step.at.astimezone(PARIS))
        at = step.at + timedelta(hours=7, minutes=3)  # said late, each time
        cycle = replace(cycle, sent=cycle.sent + 1, last_at=at)
    assert {(m.hour, m.minute) for m in mornings} == {(8, 0)}
    assert {(b.date() - a.date()).days for a, b in pairwise(mornings)} == {3}


@pytest.mark.parametrize(
    ("verified", "denied", "state", "may"),
    [
        ("holder", False, AddressState.LIVE, True), ("attested", False, AddressState.LIVE, True),
        ("none", False, AddressState.LIVE, False), ("holder", True, AddressState.LIVE, False),
        ("holder", False, AddressState.DEAD, False),
    ],
)  # fmt: skip
def test_a_debt_is_told_only_where_the_person_surely_reads_it(
    verified: str, denied: bool, state: AddressState, may: bool
) -> None:
    there = Address(1, 1, "sms", "+33612345678", Consent.GIVEN, state, verified, denied)  # type: ignore[arg-type]
    assert may_learn(there) is may
