"""What debts look like: as lines of a list, on their cards in the group, as the state of a person's reminders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bot.core.conversation import Choice, Rows, Say, To
from bot.core.debts import Cycle, Debt, DebtKind, DebtState, Owed, Payment, PaymentState, Statement
from bot.core.messages_debts import CycleLine, DebtCard, DebtLine, DebtReminder, PaymentCard
from bot.core.people import Department
from bot.store import Tx


def today(tx: Tx, desk: Department) -> date:
    return tx.today(desk.zone)


def line(owed: Owed, on: date) -> DebtLine:
    debt = owed.debt
    return DebtLine(debt.reference, debt.due_on, owed.left, owed.overdue(on), debt.state.value)


def two_lists(owed: Iterable[Owed], on: date) -> tuple[tuple[DebtLine, ...], tuple[DebtLine, ...]]:
    """(invoices, the rest)."""
    shown = [(o.debt.kind, line(o, on)) for o in owed]
    invoices = tuple(x for kind, x in shown if kind is DebtKind.INVOICE)
    return invoices, tuple(x for kind, x in shown if kind is not DebtKind.INVOICE)


# --- the cycle ---------------------------------------------------------------------------------------


def mode_of(desk: Department) -> str:
    """on, dry, off."""
    return "off" if not desk.rules.debts_on else "dry" if desk.rules.debt_dry_run else "on"


def cycle_state(tx: Tx, cycle: Cycle, stands: Statement, desk: Department) -> str:
    """What a cycle does now, in a word."""
    on = today(tx, desk)
    if cycle.suspended:
        return "suspended"
    if tx.debts.declared(cycle.contact_id, desk.id):
        return "declared"
    if stands.owed and all(o.debt.state is DebtState.DISPUTED for o in stands.owed):
        return "disputed"
    if cycle.promised_on is not None and cycle.promised_on >= on:
        return "promised"
    if cycle.sent >= desk.rules.debt_most:
        return "ended"
    if not stands.to_remind(on):
        return "resting"
    return "running" if tx.speech.roads(cycle.contact_id, desk, DebtReminder) else "unreachable"


def cycle_line(tx: Tx, cycle: Cycle, desk: Department, *, named: bool = True) -> CycleLine:
    """A cycle in a list; without its person's name and sum where they stand beside it."""
    stands = tx.debts.statement(cycle.contact_id, desk.id)
    name = tx.people.get(cycle.contact_id).name
    state = cycle_state(tx, cycle, stands, desk)
    owed = stands.total if named else ()
    cost = tx.costs.of_reminders(cycle.contact_id, desk.id, cycle.sent)
    if state == "unreachable":  # the plan goes on, in case a road opens: nothing has left, and nothing will
        return CycleLine(name, owed, state, cycle.sent, cost=cost)
    return CycleLine(name, owed, state, cycle.sent, cycle.last_at, tx.debts.next_of(cycle), cycle.promised_on, cost)


# --- cards -------------------------------------------------------------------------------------------


def debt_card(tx: Tx, debt: Debt, by: str = "", words: str = "", *, replace: bool = False, told: bool = False) -> Say:
    """A debt's card in the group, written or written over. told: the person knows that it was cancelled."""
    desk = tx.departments.get(debt.department_id)
    stands = tx.debts.statement(debt.contact_id, desk.id)
    reach = _reach(tx, debt, desk) if debt.state is DebtState.OPEN else "ok"
    message = DebtCard(
        debt.debtor, debt.kind.value, debt.reference, debt.amount, stands.left_of(debt.id) or debt.amount, debt.due_on,
        debt.state.value, by, words, reach, tx.desk.links() if reach != "ok" else (), debt.due_on < today(tx, desk),
    )  # fmt: skip
    return Say(
        message=message, to=To.STAFF, department_id=desk.id, choices=_debt_choices(debt, told=told),
        card=f"debt:{debt.id}",
        replace=replace,
    )  # fmt: skip


def _reach(tx: Tx, debt: Debt, desk: Department) -> str:
    """Whether the person can be told of it: only where they surely read it."""
    if tx.speech.roads(debt.contact_id, desk, DebtReminder):
        return "ok"
    why = tx.speech.reach(debt.contact_id, desk)
    return "not_sure" if why == "ok" else why


def _debt_choices(debt: Debt, *, told: bool) -> Rows:
    if debt.state is DebtState.DISPUTED:
        return ((Choice("debt.uphold", (debt.id,), "uphold"), Choice("debt.cancel", (debt.id,), "cancel_debt")),)
    if debt.state is DebtState.CANCELLED:
        return ((Choice("debt.restore", (debt.id, int(told)), "restore_debt"),),)
    if debt.state is not DebtState.OPEN:
        return ()
    return (
        (Choice("debt.due", (debt.id, 15), "in_15_days"), Choice("debt.due", (debt.id, 30), "in_30_days")),
        (Choice("debt.page", (debt.contact_id,), "debts"), Choice("debt.cancel", (debt.id,), "cancel_debt")),
    )


def payment_card(
    tx: Tx, payment: Payment, by: str = "", words: str = "", *, replace: bool = False, now: str = ""
) -> Say:
    """A payment's card: staff answer one that was declared, and may take back one that was noted. now: what it is where
    its state does not tell: withdrawn by who declared it, undone by who noted it."""
    stands = tx.debts.statement(payment.contact_id, payment.department_id)
    reference = tx.debts.get(payment.debt_id).reference if payment.debt_id else payment.reference
    credit = stands.credit if payment.state is PaymentState.CONFIRMED else ()
    state = now or payment.state.value
    message = PaymentCard(
        tx.people.get(payment.contact_id).name, payment.amount, state, reference, words, stands.total, credit, by
    )
    return Say(
        message=message, to=To.STAFF, department_id=payment.department_id, card=f"payment:{payment.id}",
        choices=_payment_choices(payment), replace=replace,
    )  # fmt: skip


def _payment_choices(payment: Payment) -> Rows:
    if payment.state is PaymentState.CONFIRMED:
        return ((Choice("pay.undo", (payment.id,), "undo_payment"),),)
    if payment.state is not PaymentState.DECLARED:
        return ()
    yes = Choice("pay.confirm", (payment.id,), "confirm_payment")
    return ((yes, Choice("pay.refuse", (payment.id,), "not_received")),)
