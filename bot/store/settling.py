"""What debts and payments of many people mean, worked out together: an import brings thousands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.debts import Debt, Payment, Statement, statement
from bot.store.debts import read_debt, read_payment
from bot.store.tables import contact, debt, debt_cycle, payment

if TYPE_CHECKING:
    from bot.store.transaction import Tx

SLICE = 500  # people


def settle_all(tx: Tx, people: Iterable[int], department_id: int) -> dict[int, Statement]:
    """Like `tx.debts.changed` for each of them: mark what is paid in full, move the plans. Where each stands now."""
    found: dict[int, Statement] = {}
    for some in _slices(sorted(set(people))):
        found |= _settle(tx, some, department_id)
    return found


def came_in(tx: Tx, made: Iterable[int], department_id: int) -> None:
    """Payments just written: their people's balances, and thanks to who was reminded and owes nothing any more."""
    last = {p.contact_id: p for some in _slices(sorted(made)) for p in _payments(tx, payment.c.id.in_(some))}
    reminded = {person for some in _slices(sorted(last)) for person in _reminded(tx, some, department_id)}
    stands = settle_all(tx, last, department_id)
    for person in sorted(reminded):
        if not stands[person].owed:
            tx.debts.thank(last[person], stands[person], last[person].who)


def _settle(tx: Tx, people: Sequence[int], department_id: int) -> dict[int, Statement]:
    debts, paid = _debts(tx, people, department_id), _by_person(tx, people, department_id)
    found = {p: statement(debts.get(p, ()), paid.get(p, ())) for p in people}
    for person in people:
        left = {o.debt.id for o in found[person].owed}
        tx.debts.mark(debts.get(person, ()), left)
    clear = [person for person, stands in found.items() if not stands.owed]
    key = debt_cycle.c.contact_id.in_(clear) & (debt_cycle.c.department_id == department_id)
    tx.run(sa.update(debt_cycle).where(key).values(sent=0, last_at=None, promised_on=None))
    if tx.departments.get(department_id).rules.debts_on:  # else nothing is planned, nor to be
        for person in people:
            tx.debts.replan(tx.debts.cycle(person, department_id))
    return found


def _debts(tx: Tx, people: Sequence[int], department_id: int) -> dict[int, list[Debt]]:
    """Locked: a payment of the same person at the same moment must see these."""
    query = sa.select(debt, contact.c.name.label("debtor")).join(contact, contact.c.id == debt.c.contact_id)
    mine = query.where(debt.c.contact_id.in_(people), debt.c.department_id == department_id).order_by(debt.c.id)
    found: dict[int, list[Debt]] = {}
    for row in tx.run(mine.with_for_update(of=debt) if tx.postgres else mine):
        found.setdefault(row.contact_id, []).append(read_debt(row))
    return found


def _by_person(tx: Tx, people: Sequence[int], department_id: int) -> dict[int, list[Payment]]:
    found: dict[int, list[Payment]] = {}
    for one in _payments(tx, payment.c.contact_id.in_(people) & (payment.c.department_id == department_id)):
        found.setdefault(one.contact_id, []).append(one)
    return found


def _payments(tx: Tx, key: sa.ColumnElement[bool]) -> list[Payment]:
    return [read_payment(row) for row in tx.run(sa.select(payment).where(key).order_by(payment.c.id))]


def _reminded(tx: Tx, people: Sequence[int], department_id: int) -> Iterator[int]:
    key = debt_cycle.c.contact_id.in_(people) & (debt_cycle.c.department_id == department_id)
    yield from tx.run(sa.select(debt_cycle.c.contact_id).where(key, debt_cycle.c.sent > 0)).scalars()


def _slices(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), SLICE):
        yield values[start : start + SLICE]
