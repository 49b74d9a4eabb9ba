"""court, moyen, long: every active loan of the class has its plan; a missing or wrong one is repaired and reported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.conversation import Say, To
from bot.core.loans import Loan, LoanClass, loan_class
from bot.core.messages import PlanRepaired
from bot.core.schedule import after_quiet, overdue_due_now, reminder_plan
from bot.store import Store, Tx
from bot.store.planned import Planned
from bot.store.saying import Cause
from bot.store.tables import FIRST, Moment
from handlers.planning import replan, wanted_steps, zone_of
from jobs.remind import ASIDE

SLICE = 25  # loans in one transaction: 10 ms for which everybody else waits


async def reconcile(store: Store, at: datetime, kind: LoanClass) -> str:
    """One run over all active loans of a class, in slices of each desk; how many plans were repaired."""
    repaired = 0
    for department_id in await store.write(lambda tx: list(tx.departments.all())):
        after: Moment | None = FIRST
        while after is not None:
            after, found = await store.write(_slice, department_id, after, kind)
            repaired += found
    if repaired:
        await store.write(_report, repaired, f"{kind}:{int(at.timestamp())}")
    return f"repaired {repaired}"


def _slice(tx: Tx, department_id: int, after: Moment, kind: LoanClass) -> tuple[Moment | None, int]:
    """The next loans of a desk: (the last of them, None when no more are left; how many were repaired)."""
    rules = tx.departments.get(department_id).rules
    loans = tx.loans.running(department_id, SLICE, after)
    repaired = sum(repair(tx, loan) for loan in loans if loan_class(loan.lent_at, loan.due_at, rules) is kind)
    return ((loans[-1].due_at, loans[-1].id) if len(loans) == SLICE else None), repaired


def repair(tx: Tx, loan: Loan) -> bool:
    """Give a loan the plan it should have; whether anything was wrong.

    Steps in the past are nobody's business here: a missed one is said by nobody, a late loan has its next notice.
    """
    planned = tx.plans.of_loan(loan.id)
    if any(p.at <= tx.now for p in planned):
        return False  # the reminders of this minute are being sent
    wanted = {(s.name, s.occurrence): s.at for s in wanted_steps(tx, loan)}
    ever = {(step, occurrence) for step, occurrence, _, _ in tx.plans.steps_of(loan.id, loan.plan_no)}
    waiting = _put_off(tx, loan, planned)
    late = any(p.step == "overdue" for p in waiting)  # a postponed notice replaces the one after it
    missing = [key for key in wanted if key not in ever and not (late and key[0] == "overdue")]
    wrong = [p for p in planned if p not in waiting and wanted.get((p.step, p.occurrence)) != p.at]
    if not missing and not wrong:
        return False
    replan(tx, loan, "repaired")
    return True


def _put_off(tx: Tx, loan: Loan, planned: Sequence[Planned]) -> list[Planned]:
    """Rows whose time has come and that quiet hours, a pause or a failure postponed: later than planned, and
    correct."""
    rules, zone = tx.departments.get(loan.department_id).rules, zone_of(tx, loan)
    paused = tx.people.get(loan.contact_id).paused_until or tx.now
    latest = max(paused, after_quiet(tx.now, rules, zone), tx.now + ASIDE)
    come = {(s.name, 0) for s in reminder_plan(loan, rules, zone) if s.at <= tx.now}
    behind = overdue_due_now(loan.due_at, tx.now, rules, zone)
    come |= {(p.step, p.occurrence) for p in planned if p.step == "overdue" and p.occurrence <= behind}
    return [p for p in planned if (p.step, p.occurrence) in come and p.at <= latest]


def _report(tx: Tx, count: int, run: str) -> None:
    for desk in tx.departments.all().values():
        say = Say(message=PlanRepaired(count), to=To.STAFF, department_id=desk.id, key=f"repaired:{run}:{desk.id}")
        tx.speech.say(say, Cause("clock"))
