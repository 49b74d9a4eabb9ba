"""A loan's plan: made when the loan is made or moved, made anew whenever its facts change."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.core.loans import Loan, LoanState
from bot.core.schedule import Step, overdue_due_now, overdue_step, reminder_plan
from bot.store import Tx


def zone_of(tx: Tx, loan: Loan) -> ZoneInfo:
    """The recipient's zone: their own where it is known, else the desk's."""
    return tx.people.get(loan.contact_id).zone or tx.departments.get(loan.department_id).zone


def wanted_steps(tx: Tx, loan: Loan, *, resume: bool = False) -> list[Step]:
    """The steps a loan needs from now on: reminders still ahead and the next notice of lateness.

    resume: also the newest notice whose time has come already (a desk that is switched on over late loans).
    """
    rules = tx.departments.get(loan.department_id).rules
    zone = zone_of(tx, loan)
    ahead = [s for s in reminder_plan(loan, rules, zone) if s.at > tx.now]
    behind = overdue_due_now(loan.due_at, tx.now, rules, zone)
    occurrence = behind if resume and behind >= 0 else behind + 1
    return [*ahead, overdue_step(loan.due_at, occurrence, rules, zone)]


def plan(tx: Tx, loan: Loan, *, resume: bool = False) -> None:
    """Lay the plan of a loan that has none yet."""
    if loan.state is LoanState.ACTIVE and not loan.held:
        tx.plans.lay(loan, wanted_steps(tx, loan, resume=resume))


def replan(tx: Tx, loan: Loan, why: str, *, resume: bool = False) -> Loan:
    """Close what is planned and lay the plan anew under a new number. Steps already sent for this due date cannot
    leave again: their key is used."""
    tx.plans.drop(loan.id, why, "superseded")
    loan = tx.loans.new_plan(loan.id)
    plan(tx, loan, resume=resume)
    return loan
