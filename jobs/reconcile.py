"""court, moyen, long: every active loan of the class has its plan; a missing or wrong one is repaired and reported."""

from __future__ import annotations

from datetime import datetime

from bot.core.conversation import Say, To
from bot.core.loans import Loan, LoanClass, loan_class
from bot.core.messages import PlanRepaired
from bot.store import Store, Tx
from bot.store.saying import Cause
from handlers.planning import replan, wanted_steps

SLICE = 500


async def reconcile(store: Store, at: datetime, kind: LoanClass) -> str:
    """One run over all active loans of a class, in slices; how many plans were repaired."""
    after, repaired = 0, 0
    while True:
        last, mended = await store.write(_slice, after, kind)
        repaired += mended
        if last is None:
            break
        after = last
    if repaired:
        await store.write(_report, repaired, f"{kind}:{int(at.timestamp())}")
    return f"repaired {repaired}"


def _slice(tx: Tx, after: int, kind: LoanClass) -> tuple[int | None, int]:
    loans = tx.loans.to_reconcile(after, SLICE)
    mended = 0
    for loan in loans:
        rules = tx.departments.get(loan.department_id).rules
        if loan_class(loan.lent_at, loan.due_at, rules) is kind and not loan.silenced:
            mended += repair(tx, loan)
    return (loans[-1].id if loans else None), mended


def repair(tx: Tx, loan: Loan) -> bool:
    """Give a loan the plan it should have; whether anything was wrong.

    Steps in the past are nobody's business here: a missed one is said by nobody, a late loan has its next notice.
    Rows that quiet hours put off are later than the plan says and are right.
    """
    have = {(p.step, p.occurrence): p.at for p in tx.plans.of_loan(loan.id)}
    if any(at <= tx.now for at in have.values()):
        return False  # the reminders of this minute are in somebody's hand
    ever = {(step, occurrence) for step, occurrence, _, _ in tx.plans.steps_of(loan.id, loan.plan_no)}
    wanted = {(s.name, s.occurrence): s for s in wanted_steps(tx, loan)}
    missing = [key for key in wanted if key not in ever]
    wrong = [key for key, at in have.items() if key in wanted and at < wanted[key].at]
    if not missing and not wrong:
        return False
    replan(tx, loan, "repaired")
    return True


def _report(tx: Tx, count: int, run: str) -> None:
    for desk in tx.departments.all().values():
        say = Say(message=PlanRepaired(count), to=To.STAFF, department_id=desk.id, key=f"repaired:{run}:{desk.id}")
        tx.speech.say(say, Cause("clock"))
