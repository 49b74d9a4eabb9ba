"""What is owed: debts, payments, and what remains of each; when the person is reminded.

Payments are allocated to debts afresh each time: those for a debt cover it first; their excess, and payments for no
debt, cover the oldest. So the order in which they came in does not matter, and no remainder is below zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.core.errors import Refusal
from bot.core.money import Money, decimals, totals
from bot.core.people import Address, AddressState
from bot.core.records import record
from bot.core.rules import Rules
from bot.core.schedule import Step, after_quiet, civil

STEP = "debt_reminder"


class DebtKind(StrEnum):
    INVOICE = "invoice"
    MANUAL = "manual"


class DebtState(StrEnum):
    OPEN = "open"
    SETTLED = "settled"
    DISPUTED = "disputed"
    CANCELLED = "cancelled"


class PaymentState(StrEnum):
    DECLARED = "declared"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class DebtRefused(Refusal):
    """`why`: same_reference (of a debt of this person), other_currency (than the debt that is paid), not_owed."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@record(frozen=True, slots=True)
class Debt:
    id: int
    contact_id: int
    department_id: int
    kind: DebtKind
    reference: str
    amount: Money
    due_on: date
    state: DebtState
    created_at: datetime
    debtor: str = ""
    note: str = ""


@record(frozen=True, slots=True)
class Payment:
    """`debt_id` None: for whatever is oldest."""

    id: int
    contact_id: int
    department_id: int
    debt_id: int | None
    amount: Money
    state: PaymentState
    created_at: datetime
    reference: str = ""
    who: str = ""


@record(frozen=True, slots=True)
class Owed:
    """What remains of one debt."""

    debt: Debt
    left: Money

    def overdue(self, today: date) -> bool:
        """The day it is due belongs to the person."""
        return self.debt.due_on < today


@record(frozen=True, slots=True)
class Statement:
    """What a person owes a desk. `owed`: debts with a remainder, oldest due first. `credit`: what was paid in
    excess."""

    owed: tuple[Owed, ...] = ()
    credit: tuple[Money, ...] = ()

    @property
    def total(self) -> tuple[Money, ...]:
        """What is owed in all, disputed debts included; one sum for each currency."""
        return totals(o.left for o in self.owed)

    def to_remind(self, today: date) -> tuple[Owed, ...]:
        """What is overdue and not disputed."""
        return tuple(o for o in self.owed if o.overdue(today) and o.debt.state is not DebtState.DISPUTED)

    def ended(self, today: date) -> bool:
        """Whether nothing is overdue any more, disputed debts included: what falls due later is asked for anew."""
        return not any(o.overdue(today) for o in self.owed)

    def left_of(self, debt_id: int) -> Money | None:
        return next((o.left for o in self.owed if o.debt.id == debt_id), None)


def statement(debts: Iterable[Debt], payments: Iterable[Payment]) -> Statement:
    """Allocate one person's payments to their debts. Cancelled debts are skipped; only confirmed payments count.

    Money for no debt covers undisputed debts before disputed ones, the oldest due first.
    """
    known = [d for d in debts if d.state is not DebtState.CANCELLED]
    left = {d.id: d.amount.minor for d in known}
    currency = {d.id: d.amount.currency for d in known}
    pool: dict[str, int] = {}
    for payment in payments:
        if payment.state is not PaymentState.CONFIRMED:
            continue
        aimed = payment.debt_id if currency.get(payment.debt_id or 0) == payment.amount.currency else None
        taken = min(left[aimed], payment.amount.minor) if aimed is not None else 0
        if aimed is not None:
            left[aimed] -= taken
        pool[payment.amount.currency] = pool.get(payment.amount.currency, 0) + payment.amount.minor - taken
    for debt in sorted(known, key=lambda d: (d.state is DebtState.DISPUTED, d.due_on, d.id)):
        taken = min(left[debt.id], pool.get(debt.amount.currency, 0))
        left[debt.id] -= taken
        if taken:
            pool[debt.amount.currency] -= taken
    ordered = sorted(known, key=lambda d: (d.due_on, d.id))
    owed = tuple(Owed(d, Money(left[d.id], d.amount.currency)) for d in ordered if left[d.id])
    return Statement(owed, tuple(Money(minor, code) for code, minor in sorted(pool.items()) if minor))


# --- the cycle of reminders ------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Cycle:
    """The reminding of one person by one desk. `sent`: reminders since it began; `promised_on`: the day by which the
    person said they pay."""

    id: int
    contact_id: int
    department_id: int
    plan_no: int = 1
    sent: int = 0
    last_at: datetime | None = None
    promised_on: date | None = None
    suspended: bool = False


def may_learn(address: Address) -> bool:
    """Whether what somebody owes may be sent to an address: its holder wrote from it, or staff attested it, and nobody
    there has said that they are somebody else."""
    return address.state is AddressState.LIVE and address.verified_by in ("holder", "attested") and not address.denied


def worth_it(owed: Sequence[Owed], rules: Rules) -> bool:
    """Whether the desk's minimum amount is reached in at least one currency."""
    return any(m.minor >= rules.debt_least * 10 ** decimals(m.currency) for m in totals(o.left for o in owed))


def next_reminder(cycle: Cycle, owed: Statement, rules: Rules, zone: ZoneInfo, now: datetime) -> Step | None:
    """The next reminder of a cycle, outside quiet hours, None when none is to come. Its instant lies in the past when
    it should have been sent already.

    The first one on the morning after the oldest due day; the others `debt_period` days of the calendar after the last
    one, in the morning: a delay of an hour does not move those that follow. A promise postpones it to the morning after
    its day.
    """
    asked = [o for o in owed.owed if o.debt.state is not DebtState.DISPUTED]
    if not rules.debts_on or cycle.suspended or cycle.sent >= rules.debt_most or not asked:
        return None
    day = _day(cycle, asked[0].debt.due_on, rules, zone)
    for due_on in (day, *(o.debt.due_on + timedelta(days=1) for o in asked)):
        at = after_quiet(civil(max(day, due_on), rules.morning, zone), rules, zone)
        if worth_it(owed.to_remind(max(at, now).astimezone(zone).date()), rules):
            return Step(STEP, at, max(at, now) + rules.debt_period, cycle.sent)
    return None


def to_plan(step: Step | None, there: datetime | None, now: datetime) -> datetime | None:
    """The instant at which to plan the next reminder: one whose time has passed stays where it is planned (`there`), or
    is left to the `dun` job."""
    if step is None:
        return None
    return step.at if step.at > now else there


def _day(cycle: Cycle, oldest: date, rules: Rules, zone: ZoneInfo) -> date:
    day = oldest + timedelta(days=1)
    if cycle.last_at is not None:
        day = max(day, cycle.last_at.astimezone(zone).date() + timedelta(days=max(1, rules.debt_period.days)))
    if cycle.promised_on is not None:
        day = max(day, cycle.promised_on + timedelta(days=1))
    return day
