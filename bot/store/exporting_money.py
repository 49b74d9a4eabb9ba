"""Debts and payments of a desk, in the columns that an import takes again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.debts import Debt, DebtState, Payment, PaymentState, statement
from bot.core.money import Money, major
from bot.store.debts import DEBTS, read_debt, read_payment
from bot.store.exporting import Row, civil, named
from bot.store.tables import address, contact, debt, payment

if TYPE_CHECKING:
    from bot.store.transaction import Tx


def debts(tx: Tx, department_id: int) -> list[Row]:
    """All debts by due day, settled ones included: with the payments beside them the balances are complete.
    Cancelled ones are left out. An import reads of `state` what is contested."""
    known = _debts(tx, department_id)
    left = {d.id: Money(0, d.amount.currency) for d in known} | _left(known, _payments(tx, department_id))
    who = named(tx, department_id)
    return [
        {
            **who(d.contact_id), **_sum(d.amount), "due_at": d.due_on.isoformat(), "reference": d.reference,
            "kind": d.kind.value, "state": d.state.value, "left": str(major(left[d.id])),
        }
        for d in known
    ]  # fmt: skip


def payments(tx: Tx, department_id: int, zone: ZoneInfo) -> list[Row]:
    """What came in, oldest first, and the debt it was paid for: its `reference`, or how much it was and its day. What
    is only declared is left out."""
    owed = {d.id: d for d in _debts(tx, department_id)}
    who = named(tx, department_id)
    return [
        {
            **who(p.contact_id), **_sum(p.amount), "paid_at": civil(p.created_at, zone),
            **_paid_for(owed.get(p.debt_id or 0)),
        }
        for p in _payments(tx, department_id)
    ]  # fmt: skip


def _paid_for(owed: Debt | None) -> Row:
    if owed is None or owed.reference:
        return {"reference": owed.reference if owed else ""}
    return {"debt_amount": str(major(owed.amount)), "debt_due_at": owed.due_on.isoformat()}


def _sum(money: Money) -> Row:
    return {"amount": str(major(money)), "currency": money.currency}


# Rows of an erased person cannot name them, and nothing is owed: they are not exported.
_SOMEBODY = (contact.c.name != "") | contact.c.id.in_(sa.select(address.c.contact_id))


def _debts(tx: Tx, department_id: int) -> list[Debt]:
    mine = DEBTS.where(debt.c.department_id == department_id, debt.c.state != DebtState.CANCELLED.value, _SOMEBODY)
    return [read_debt(row) for row in tx.run(mine.order_by(debt.c.due_on, debt.c.id))]


def _payments(tx: Tx, department_id: int) -> list[Payment]:
    mine = (payment.c.department_id == department_id) & (payment.c.state == PaymentState.CONFIRMED.value)
    rows = sa.select(payment).join(contact, contact.c.id == payment.c.contact_id).where(mine, _SOMEBODY)
    return [read_payment(row) for row in tx.run(rows.order_by(payment.c.id))]


def _left(known: Iterable[Debt], paid: Iterable[Payment]) -> dict[int, Money]:
    """Debt → what remains of it; those that are settled are absent."""
    owed, came = _by_person(known), _by_person(paid)
    return {o.debt.id: o.left for person in owed for o in statement(owed[person], came.get(person, ())).owed}


def _by_person(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.contact_id, []).append(row)
    return found
