"""Debts and payments as they are kept: balances, states, the plan of reminders, on both engines."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.debts import DebtRefused, DebtState, PaymentState
from bot.core.listed_cells import Reading
from bot.core.listed_reading import read_listings
from bot.core.lists import read_list
from bot.core.money import Money, totals
from bot.store import Store, Tx
from bot.store import tables as t
from bot.store.importing import take
from tests.town import PARIS, add_person

SAM = "telegram:700100001"


@pytest.fixture(autouse=True)
def _roads(store: Store) -> None:
    store.desk.roads.update(sms="+33700000000")


def furnish(tx: Tx) -> tuple[int, int]:
    """(desk, Awa)"""
    desk = tx.departments.add(name="Atelier", zone=PARIS, language="fr")
    add_person(tx, desk.id, "Awa", "sms", "+33612345678")
    for name, value in {"debts_on": True, "debt_dry_run": False}.items():
        tx.departments.set_rule(desk.id, name, value)
    return desk.id, tx.people.named(desk.id, "Awa")[0].id


async def test_a_debt_is_paid_in_parts_and_the_plan_follows(store: Store) -> None:
    def work(tx: Tx) -> None:
        desk, awa = furnish(tx)
        who: dict[str, Any] = {"contact_id": awa, "department_id": desk, "who": SAM}
        first = tx.debts.add(**who, amount=Money(10_000, "XOF"), due_on=date(2026, 11, 27), kind="invoice",
                             reference="FAC-12")  # fmt: skip
        cycle = tx.debts.cycle(awa, desk)
        at = tx.debts.next_of(cycle)
        assert at is not None
        assert f"{at.astimezone(PARIS):%d %H:%M}" == "28 08:00"
        with pytest.raises(DebtRefused):
            tx.debts.add(**who, amount=Money(1, "XOF"), due_on=date(2026, 11, 27), reference="FAC-12")
        tx.debts.pay(**who, amount=Money(4_000, "XOF"))
        assert tx.debts.statement(awa, desk).total == (Money(6_000, "XOF"),)
        declared = tx.debts.declare(**who, amount=Money(7_000, "XOF"))
        assert tx.debts.next_of(tx.debts.cycle(awa, desk)) is None, "staff look for what was declared"
        tx.debts.confirm(declared.id, SAM)
        with pytest.raises(DebtRefused):
            tx.debts.refuse(declared.id, SAM)
        stands = tx.debts.statement(awa, desk)
        assert (stands.total, stands.credit) == ((), (Money(1_000, "XOF"),))
        assert tx.debts.get(first.id).state is DebtState.SETTLED
        assert tx.debts.next_of(tx.debts.cycle(awa, desk)) is None
        # What was paid beyond covers the next debt at once.
        second = tx.debts.add(**who, amount=Money(1_500, "XOF"), due_on=date(2026, 12, 4))
        assert tx.debts.statement(awa, desk).left_of(second.id) == Money(500, "XOF")

    await store.write(work)
    rows = await store.rows(sa.select(t.outbox.c.message, t.outbox.c.channel).order_by(t.outbox.c.id))
    assert [(r.message, r.channel) for r in rows] == [("payment_received", "sms")] * 2


async def test_a_contested_debt_is_contested_again_when_its_payment_is_undone(store: Store) -> None:
    def work(tx: Tx) -> None:
        desk, awa = furnish(tx)
        who: dict[str, Any] = {"contact_id": awa, "department_id": desk, "who": SAM}
        owed = tx.debts.add(**who, amount=Money(1_250, "EUR"), due_on=date(2026, 11, 20))
        tx.debts.dispute(owed.id, "sms:+33612345678")
        paid = tx.debts.pay(**who, amount=Money(1_250, "EUR"))
        assert tx.debts.get(owed.id).state is DebtState.SETTLED
        tx.debts.undo_payment(paid.id, SAM)
        assert tx.debts.get(owed.id).state is DebtState.DISPUTED
        assert tx.debts.next_of(tx.debts.cycle(awa, desk)) is None, "no reminder before staff decide"
        tx.debts.reopen(owed.id, SAM)
        tx.debts.undo_payment(tx.debts.pay(**who, amount=Money(1_250, "EUR")).id, SAM)
        assert tx.debts.get(owed.id).state is DebtState.OPEN

    await store.write(work)


async def test_disputed_and_cancelled_debts_and_a_refused_payment(store: Store) -> None:
    def work(tx: Tx) -> None:
        desk, awa = furnish(tx)
        who: dict[str, Any] = {"contact_id": awa, "department_id": desk, "who": SAM}
        owed = tx.debts.add(**who, amount=Money(1_250, "EUR"), due_on=date(2026, 11, 27))
        tx.debts.dispute(owed.id, "sms:+33612345678")
        assert tx.debts.next_of(tx.debts.cycle(awa, desk)) is None
        assert tx.debts.statement(awa, desk).total == (Money(1_250, "EUR"),)
        tx.debts.reopen(owed.id, SAM)
        assert tx.debts.next_of(tx.debts.cycle(awa, desk)) is not None
        refused = tx.debts.refuse(tx.debts.declare(**who, amount=Money(1_250, "EUR")).id, SAM)
        assert refused.state is PaymentState.REFUSED
        assert tx.debts.next_of(tx.debts.cycle(awa, desk)) is not None
        with pytest.raises(DebtRefused):
            tx.debts.pay(**who, amount=Money(5, "XOF"), debt_id=owed.id)
        tx.debts.cancel(owed.id, SAM)
        assert tx.debts.statement(awa, desk).owed == ()
        assert tx.debts.next_of(tx.debts.cycle(awa, desk)) is None
        assert (tx.debts.debtors(desk, limit=9), tx.debts.desks_of(awa)) == ([], [desk])

    await store.write(work)


async def test_overdue_is_who_owes_this_desk_since_before_today_and_does_not_contest_it(store: Store) -> None:
    def work(tx: Tx) -> None:
        desk, awa = furnish(tx)
        other = tx.departments.add(name="Atelier", zone=PARIS, language="fr").id
        owed: dict[str, Any] = {"contact_id": awa, "amount": Money(500, "EUR"), "who": SAM}
        debt = tx.debts.add(**owed, department_id=desk, due_on=date(2026, 11, 20))
        tx.debts.add(**owed, department_id=other, due_on=date(2026, 12, 1))
        found = [tx.debts.overdue_debtors(one, date(2026, 11, 23)) for one in (desk, other)]
        assert found == [[awa], []]
        assert tx.debts.overdue_debtors(desk, date(2026, 11, 20)) == []
        tx.debts.dispute(debt.id, SAM)
        assert tx.debts.overdue_debtors(desk, date(2026, 11, 23)) == []

    await store.write(work)


async def test_what_all_together_owe_a_desk_is_what_each_of_them_owes(store: Store) -> None:
    def work(tx: Tx) -> None:
        desk, awa = furnish(tx)
        day, eur, xof = date(2026, 11, 20), Money(1_000, "EUR"), Money(5_000, "XOF")
        people = [awa, *(tx.people.add(f"Karim {n}", desk).id for n in range(4))]
        for person in people:
            who: dict[str, Any] = {"contact_id": person, "department_id": desk, "who": SAM}
            first = tx.debts.add(**who, amount=eur, due_on=day)
            tx.debts.add(**who, amount=xof, due_on=day)
            third = tx.debts.add(**who, amount=eur, due_on=day)
            match people.index(person):
                case 1:
                    tx.debts.pay(**who, amount=Money(1_300, "EUR"), debt_id=first.id)
                case 2:
                    tx.debts.pay(**who, amount=Money(9_000, "XOF"))
                    tx.debts.cancel(third.id, SAM)
                case 3:
                    tx.debts.dispute(third.id, SAM)
                    tx.debts.declare(**who, amount=eur)
                case 4:
                    tx.debts.pay(**who, amount=Money(3_000, "EUR"))
                    tx.debts.pay(**who, amount=xof)
        total = totals(money for person in people for money in tx.debts.statement(person, desk).total)
        assert tx.debts.owed_in_all(desk) == total == (Money(5_700, "EUR"), Money(15_000, "XOF"))
        assert tx.debts.count_debtors(desk) == 4
        assert tx.debts.debtors(desk, 2, 1) == people[1:3]
        assert (tx.debts.owed_in_all(desk + 1), tx.debts.count_debtors(desk + 1)) == ((), 0)

    await store.write(work)


def _takes(tx: Tx, desk: int, name: str, text: str) -> None:
    reading = Reading(tx.departments.get(desk), "FR", tx.now)
    listed = read_listings([read_list(name, text.encode())], reading)
    assert listed.faults == []
    take(tx, desk, listed, {name: f"import {name}"}, lambda _: None)


async def test_lists_leave_the_same_plans_and_thanks_as_single_notes(store: Store) -> None:
    def work(tx: Tx) -> None:
        desk, awa = furnish(tx)
        add_person(tx, desk, "Bo", "sms", "+33612345679")
        bo = tx.people.named(desk, "Bo")[0].id
        tx.debts.add(contact_id=awa, department_id=desk, who=SAM, amount=Money(500, "EUR"), due_on=date(2026, 11, 20))
        tx.debts.set_cycle(tx.debts.cycle(awa, desk), sent=2, last_at=tx.now)
        _takes(tx, desk, "debts.csv", "person,amount,due_on,reference\nAwa,12,2026-12-01,F-1\nBo,30,2026-12-04,F-2\n")
        for person, day in ((awa, "26 08:00"), (bo, "05 08:00")):
            cycle = tx.debts.cycle(person, desk)
            at = tx.debts.next_of(cycle)
            assert at is not None
            assert f"{at.astimezone(PARIS):%d %H:%M}" == day
            assert tx.debts.replan(cycle) == cycle, "the plan stood as it should"
        _takes(
            tx, desk, "payments.csv", "person,amount,paid_on\nAwa,5,2026-11-20\nAwa,12,2026-11-21\nBo,30,2026-11-21\n"
        )
        for person in (awa, bo):
            cycle = tx.debts.cycle(person, desk)
            assert (cycle.sent, tx.debts.next_of(cycle), tx.debts.statement(person, desk).owed) == (0, None, ())
        thanked = tx.run(sa.select(t.outbox.c.contact_id).where(t.outbox.c.message == "payment_received")).scalars()
        assert list(thanked) == [awa], "who was never reminded is told nothing of an old payment"

    await store.write(work)
