"""A loan's plan: laid when the loan is made, and again whenever its facts change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.core.loans import Loan, LoanState
from bot.core.people import Department
from bot.core.schedule import Step, overdue_due_now, overdue_step, reminder_plan
from bot.store import Tx
from bot.store.planned import Planned


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
    """Close the plan and lay a new one under a new number. Steps already sent for this due date cannot leave again:
    their key is used."""
    loan = tx.loans.new_plan(loan.id)
    tx.plans.drop(loan.id, why, "superseded")
    plan(tx, loan, resume=resume)
    return loan


# --- when the rules change -----------------------------------------------------------------------


def steps_under(tx: Tx, loan: Loan, desk: Department, planned: Sequence[Planned]) -> list[Step]:
    """What is still to come of a running loan under the rules of `desk` (its own, or as they would be).

    What was still ahead and whose new time has just passed leaves now: a change of rules swallows no reminder.
    """
    zone = tx.people.get(loan.contact_id).zone or desk.zone
    ahead = [p for p in planned if p.at > tx.now]
    waited = {p.step for p in ahead}
    wished = [s for s in reminder_plan(loan, desk.rules, zone) if s.at > tx.now or s.name in waited]
    kept = [replace(s, at=max(s.at, tx.now)) for s in wished if s.window_end > tx.now]
    behind = overdue_due_now(loan.due_at, tx.now, desk.rules, zone)
    overtaken = any(p.step == "overdue" and p.occurrence <= behind for p in ahead)
    late = overdue_step(loan.due_at, behind if overtaken else behind + 1, desk.rules, zone)
    return [*kept, replace(late, at=max(late.at, tx.now))]


def planned_steps(planned: Sequence[Planned]) -> list[Step]:
    """Rows of a plan as steps."""
    return [Step(p.step, p.at, p.window_end, p.occurrence) for p in planned]


def adjust(tx: Tx, loan: Loan, why: str) -> bool:
    """Adjust a running loan's plan to the present rules; whether anything moved. What is due right now is being sent
    and stays as it is."""
    loan = tx.loans.hold(loan)
    if loan.state is not LoanState.ACTIVE:  # it came back in this moment
        return False
    planned = tx.plans.of_loan(loan.id)
    due = [p for p in planned if p.at <= tx.now]
    before = {(s.name, s.occurrence): s for s in planned_steps([p for p in planned if p.at > tx.now])}
    wanted = steps_under(tx, loan, tx.departments.get(loan.department_id), planned)
    if before == {(s.name, s.occurrence): s for s in wanted}:
        return False
    loan = tx.loans.new_plan(loan.id)
    tx.plans.drop(loan.id, why, "superseded")
    tx.plans.lay(loan, [*planned_steps(due), *wanted])
    return True


def adjust_theirs(tx: Tx, contact_id: int, why: str) -> None:
    """Adjust the plans of a person's running loans, but of those of which nothing is said."""
    for loan in tx.loans.open_of(contact_id, ("active",)):
        if not loan.held and not loan.silenced:
            adjust(tx, loan, why)
