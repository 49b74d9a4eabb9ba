"""Balances of many people computed together, for imports with thousands of debts and payments."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.debts import Cycle, Debt, Payment, PaymentState, Statement, next_reminder, statement, to_plan
from bot.core.people import Department
from bot.core.schedule import Step
from bot.store.debts import DEBTS, read_cycle, read_debt, read_payment
from bot.store.slices import sliced
from bot.store.tables import contact, debt, debt_cycle, payment, planned

if TYPE_CHECKING:
    from bot.store.transaction import Tx

SLICE = 500  # people


def settle_all(tx: Tx, people: Iterable[int], department_id: int) -> dict[int, Statement]:
    """Like `tx.debts.changed` for each of them: mark what is paid in full, move the plans. Where each stands now."""
    found: dict[int, Statement] = {}
    for some in sliced(sorted(set(people)), SLICE):
        found |= _settle(tx, some, department_id)
    return found


def came_in(tx: Tx, made: Iterable[int], department_id: int) -> None:
    """Payments were just written: settle their people's balances, thank those who were reminded and owe nothing any
    more."""
    last = {p.contact_id: p for some in sliced(sorted(made), SLICE) for p in _payments(tx, payment.c.id.in_(some))}
    reminded = {person for some in sliced(sorted(last), SLICE) for person in _reminded(tx, some, department_id)}
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
    desk = tx.departments.get(department_id)
    today = tx.today(desk.zone)
    ended = [person for person, stands in found.items() if stands.owed and stands.ended(today)]
    key = debt_cycle.c.contact_id.in_(ended) & (debt_cycle.c.department_id == department_id)
    tx.run(sa.update(debt_cycle).where(key).values(sent=0))
    if desk.rules.debts_on:  # else there is no plan, and none is wanted
        waiting = {p for p, theirs in paid.items() if any(one.state is PaymentState.DECLARED for one in theirs)}
        _replan(tx, desk, found, waiting)
    return found


def _replan(tx: Tx, desk: Department, stands: Mapping[int, Statement], waiting: Container[int]) -> None:
    """Like `tx.debts.replan` for each. `waiting`: people of whom staff look for a payment."""
    cycles, zones = _cycles(tx, list(stands), desk.id), _zones(tx, list(stands))
    there = _planned(tx, [cycle.id for cycle in cycles])
    moved: list[tuple[Cycle, Step | None]] = []
    for cycle in cycles:
        step = None
        if not desk.rules.debt_dry_run and cycle.contact_id not in waiting:
            zone = zones[cycle.contact_id] or desk.zone
            step = next_reminder(cycle, stands[cycle.contact_id], desk.rules, zone, tx.now)
        at = to_plan(step, there.get(cycle.id), tx.now)
        if at is None or at != there.get(cycle.id):
            moved.append((cycle, replace(step, at=at) if step is not None and at is not None else None))
    _move(tx, moved, there)


def _move(tx: Tx, moved: Sequence[tuple[Cycle, Step | None]], there: Container[int]) -> None:
    """Each cycle's plan, anew under the next number; none where there is no step."""
    gone = [cycle.id for cycle, _ in moved if cycle.id in there]
    match = (planned.c.kind == "debt") & (planned.c.state == "planned") & planned.c.subject_id.in_(gone)
    tx.run(sa.update(planned).where(match).values(state="cancelled", why="the debts have changed"))
    laid = [(replace(cycle, plan_no=cycle.plan_no + 1), step) for cycle, step in moved if step is not None]
    key = debt_cycle.c.id.in_([cycle.id for cycle, _ in laid])
    tx.run(sa.update(debt_cycle).where(key).values(plan_no=debt_cycle.c.plan_no + 1))
    tx.plans.lay_debts(laid)


def _cycles(tx: Tx, people: Sequence[int], department_id: int) -> list[Cycle]:
    """Their cycles at a desk; begun where there is none yet."""
    begun = [{"contact_id": person, "department_id": department_id} for person in people]
    tx.run(tx.ignoring(debt_cycle), begun)
    key = debt_cycle.c.contact_id.in_(people) & (debt_cycle.c.department_id == department_id)
    return [read_cycle(row) for row in tx.run(sa.select(debt_cycle).where(key).order_by(debt_cycle.c.id))]


def _zones(tx: Tx, people: Sequence[int]) -> dict[int, ZoneInfo | None]:
    rows = tx.run(sa.select(contact.c.id, contact.c.zone).where(contact.c.id.in_(people)))
    return {row.id: ZoneInfo(row.zone) if row.zone else None for row in rows}


def _planned(tx: Tx, cycles: Sequence[int]) -> dict[int, datetime]:
    """Cycle → the instant of its planned reminder."""
    match = (planned.c.kind == "debt") & (planned.c.state == "planned") & planned.c.subject_id.in_(cycles)
    query = sa.select(planned.c.subject_id, sa.func.min(planned.c.at).label("at")).where(match)
    return {row.subject_id: row.at for row in tx.run(query.group_by(planned.c.subject_id))}


def _debts(tx: Tx, people: Sequence[int], department_id: int) -> dict[int, list[Debt]]:
    """Locked: a payment of the same person at the same moment must see these."""
    mine = DEBTS.where(debt.c.contact_id.in_(people), debt.c.department_id == department_id).order_by(debt.c.id)
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
