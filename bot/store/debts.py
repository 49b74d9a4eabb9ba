"""Debts, payments and the cycles of reminders. A balance is computed each time it is needed."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.conversation import Say, To
from bot.core.debts import (
    STEP,
    Cycle,
    Debt,
    DebtKind,
    DebtRefused,
    DebtState,
    Payment,
    PaymentState,
    Statement,
    next_reminder,
    statement,
    to_plan,
)
from bot.core.errors import Gone
from bot.core.messages_debts import PaymentReceived
from bot.core.money import Money, major, totals
from bot.core.schedule import Step, after_quiet
from bot.store.outbox_statements import LEFT_OR_WILL
from bot.store.ready import Ready
from bot.store.saying import BegunBy, Cause
from bot.store.tables import Key, audit, contact, debt, debt_cycle, outbox, payment, planned, referred_to

if TYPE_CHECKING:
    from bot.store.transaction import Tx

AGAIN_AFTER = timedelta(hours=12)  # from a reminder to the next that is asked for of a whole desk
OWED = (DebtState.OPEN.value, DebtState.DISPUTED.value)

DEBTS = sa.select(debt, contact.c.name.label("debtor")).join(contact, contact.c.id == debt.c.contact_id)
"""What `read_debt` reads."""

_CONTACT, _DESK = sa.bindparam("contact", type_=Key), sa.bindparam("desk", type_=Key)
_OF = Ready(
    DEBTS.where(debt.c.contact_id == _CONTACT, debt.c.department_id == _DESK).order_by(debt.c.due_on, debt.c.id)
)
_PAYMENTS = Ready(
    sa.select(payment).where(payment.c.contact_id == _CONTACT, payment.c.department_id == _DESK).order_by(payment.c.id)
)
_CYCLE = Ready(sa.select(debt_cycle).where(debt_cycle.c.contact_id == _CONTACT, debt_cycle.c.department_id == _DESK))
_NEXT_OF = Ready(
    sa.select(planned.c.at)
    .where(planned.c.kind == "debt", planned.c.subject_id == sa.bindparam("cycle"), planned.c.state == "planned")
    .order_by(planned.c.at)
    .limit(1)
)


class Debts:
    """`tx.debts`. Every change recomputes the person's balance, closes what is paid in full, moves the plan of
    reminders, and is recorded in the audit. `who`: channel and address of the author, "api:…", "import"."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    # --- reading -----------------------------------------------------------------------------

    def get(self, debt_id: int) -> Debt:
        """Raises Gone. Where there are several writers, all debts of the person stay locked for this transaction: two
        acts on two debts of theirs would otherwise each hold what the other needs next."""
        query = DEBTS.where(debt.c.id == debt_id)
        row = self._tx.run(query).first()
        if row is not None and self._tx.postgres:
            self.hold(row.contact_id, row.department_id)
            row = self._tx.run(query).first()  # as whoever held them left it
        if row is None:
            raise Gone(f"debt {debt_id}")
        return read_debt(row)

    def of(self, contact_id: int, department_id: int) -> list[Debt]:
        """All debts of a person at a desk, cancelled ones included, oldest due first."""
        return [read_debt(row) for row in self._tx.run(_OF, {"contact": contact_id, "desk": department_id})]

    def payments(self, contact_id: int, department_id: int) -> list[Payment]:
        """All payments of a person to a desk, declared ones included, oldest first."""
        return [read_payment(row) for row in self._tx.run(_PAYMENTS, {"contact": contact_id, "desk": department_id})]

    def payment(self, payment_id: int) -> Payment:
        """Raises Gone. Locked as `get` locks debts, and after these."""
        query = sa.select(payment).where(payment.c.id == payment_id)
        row = self._tx.run(query).first()
        if row is not None and self._tx.postgres:
            self.hold(row.contact_id, row.department_id)
            row = self._tx.run(self._tx.lock(query)).first()
        if row is None:
            raise Gone(f"payment {payment_id}")
        return read_payment(row)

    def statement(self, contact_id: int, department_id: int) -> Statement:
        """Where a person stands with a desk: what remains of each debt, and what was paid beyond."""
        return statement(self.of(contact_id, department_id), self.payments(contact_id, department_id))

    def desks_of(self, contact_id: int) -> list[int]:
        """Departments a person owes something or ever paid."""
        rows = self._tx.run(sa.select(debt.c.department_id).where(debt.c.contact_id == contact_id).distinct())
        paid = self._tx.run(sa.select(payment.c.department_id).where(payment.c.contact_id == contact_id).distinct())
        return sorted({row.department_id for row in rows} | {row.department_id for row in paid})

    def find(self, department_id: int, reference: str, contact_id: int | None = None) -> list[Debt]:
        """Debts of a desk by their reference, ignoring case; without cancelled ones."""
        key = (debt.c.department_id == department_id) & (debt.c.state != DebtState.CANCELLED.value)
        key &= referred_to(reference.strip())
        if contact_id is not None:
            key &= debt.c.contact_id == contact_id
        return [read_debt(row) for row in self._tx.run(DEBTS.where(key).order_by(debt.c.id))]

    def any_at(self, department_id: int) -> bool:
        """Whether a desk has ever noted a debt."""
        query = sa.select(debt.c.id).where(debt.c.department_id == department_id)
        return self._tx.run(query.limit(1)).first() is not None

    def debtors(self, department_id: int, limit: int, offset: int = 0, after: int = 0) -> list[int]:
        """People who owe a desk something, by number; those after a number."""
        query = _who_owe(department_id).where(debt.c.contact_id > after)
        rows = self._tx.run(query.order_by(debt.c.contact_id).limit(limit).offset(offset))
        return [row.contact_id for row in rows]

    def count_debtors(self, department_id: int) -> int:
        query = sa.select(sa.func.count()).select_from(_who_owe(department_id).subquery())
        return int(self._tx.run(query).scalar_one())

    def owed_in_all(self, department_id: int) -> tuple[Money, ...]:
        """What all people together owe a desk, disputed debts included; one sum for each currency.

        Of each person what is due in a currency less what was paid in it, whichever debt it was meant for (see
        `statement`); what one paid in excess is nobody else's.
        """
        key = (debt.c.contact_id, debt.c.currency)
        paid = sa.select(sa.func.coalesce(sa.func.sum(payment.c.amount), 0)).where(
            payment.c.contact_id == debt.c.contact_id, payment.c.department_id == department_id,
            payment.c.currency == debt.c.currency, payment.c.state == PaymentState.CONFIRMED.value,
        )  # fmt: skip
        left = sa.func.sum(debt.c.amount) - paid.correlate(debt).scalar_subquery()
        theirs = debt.c.contact_id.in_(_who_owe(department_id)) & (debt.c.department_id == department_id)
        each = sa.select(debt.c.currency, left.label("left")).where(theirs, debt.c.state != DebtState.CANCELLED.value)
        rows = self._tx.run(each.group_by(*key))
        return totals(Money(int(row.left), row.currency) for row in rows if row.left > 0)

    def overdue_debtors(self, department_id: int, today: date, after: int = 0, limit: int = 500) -> list[int]:
        """People with something overdue that is not disputed, in slices by number."""
        query = _who_is_late(department_id, today).where(debt.c.contact_id > after)
        return [row.contact_id for row in self._tx.run(query.order_by(debt.c.contact_id).limit(limit))]

    def to_remind(self, department_id: int, today: date, after: int, limit: int) -> list[int]:
        """Of them, those whose reminders do not rest, of whom no payment waits for an answer, and to whom no reminder
        is on its way or has just come: who presses again after a slice of it was done reminds nobody twice."""
        query = _to_remind(department_id, today, self._tx.now).where(debt.c.contact_id > after)
        return [row.contact_id for row in self._tx.run(query.order_by(debt.c.contact_id).limit(limit))]

    def told_since(self, cycle: Cycle, at: datetime) -> bool:
        """Whether a reminder of theirs came or is on its way since."""
        query = sa.select(outbox.c.id).where(
            outbox.c.contact_id == cycle.contact_id, _told_since(cycle.department_id, at)
        )
        return self._tx.run(query.limit(1)).first() is not None

    def count_to_remind(self, department_id: int, today: date) -> int:
        query = sa.select(sa.func.count()).select_from(_to_remind(department_id, today, self._tx.now).subquery())
        return int(self._tx.run(query).scalar_one())

    # --- debts -------------------------------------------------------------------------------

    def add(
        self, *, contact_id: int, department_id: int, amount: Money, due_on: date, who: str,
        kind: str = DebtKind.MANUAL.value, reference: str = "", note: str = "",
    ) -> Debt:  # fmt: skip
        """A new debt; what was paid beyond earlier ones covers it at once. Raises DebtRefused (same_reference) when
        the person owes under that reference already, KeyError for an unknown kind."""
        reference = reference.strip()[:64]
        self._tx.people.lock(contact_id)  # who owes nothing yet has no row that `hold` could lock
        self.hold(contact_id, department_id)
        if reference and self.find(department_id, reference, contact_id):
            raise DebtRefused("same_reference")
        joined = {"contact_id": contact_id, "department_id": department_id}
        self._tx.people.join(contact_id, department_id)
        made = self._tx.insert(
            debt, **joined, kind=DebtKind(kind).value, reference=reference, amount=amount.minor,
            currency=amount.currency, due_on=due_on, state=DebtState.OPEN.value, note=note[:300], who=who,
            created_at=self._tx.now,
        )  # fmt: skip
        self._note(who, "debt_added", department_id, debt=made, contact=contact_id, minor=amount.minor,
                   currency=amount.currency, reference=reference)  # fmt: skip
        self.changed(contact_id, department_id)
        return self.get(made)

    def move_due(self, debt_id: int, due_on: date, who: str) -> Debt:
        """Another due day."""
        found = self.get(debt_id)
        self._tx.update(debt, {"id": debt_id}, due_on=due_on)
        self._note(who, "debt_moved", found.department_id, debt=debt_id, was=str(found.due_on), now=str(due_on))
        self.changed(found.contact_id, found.department_id)
        return self.get(debt_id)

    def cancel(self, debt_id: int, who: str) -> Debt:
        """Cancel it; what was paid for it covers the others. Harmless when cancelled already."""
        return self._set(debt_id, DebtState.CANCELLED, who, "debt_cancelled")

    def dispute(self, debt_id: int, who: str) -> Debt:
        """The person contests it: it stays owed, without reminders until staff decide. Raises DebtRefused
        (not_owed) when it is paid or cancelled."""
        if self.get(debt_id).state not in (DebtState.OPEN, DebtState.DISPUTED):
            raise DebtRefused("not_owed")
        return self._set(debt_id, DebtState.DISPUTED, who, "debt_disputed")

    def reopen(self, debt_id: int, who: str) -> Debt:
        """Reopen a disputed or cancelled debt. Raises DebtRefused (same_reference) when the person owes under the
        reference of a cancelled one again."""
        found = self.get(debt_id)
        named = found.state is DebtState.CANCELLED and found.reference
        if named and self.find(found.department_id, named, found.contact_id):
            raise DebtRefused("same_reference")
        return self._set(debt_id, DebtState.OPEN, who, "debt_reopened")

    def _set(self, debt_id: int, state: DebtState, who: str, what: str) -> Debt:
        found = self.get(debt_id)
        if found.state is state:
            return found
        self._tx.update(debt, {"id": debt_id}, state=state.value, closed_at=None)
        self._note(who, what, found.department_id, debt=debt_id, contact=found.contact_id)
        self.changed(found.contact_id, found.department_id)
        return self.get(debt_id)

    # --- payments ----------------------------------------------------------------------------

    def pay(
        self, *, contact_id: int, department_id: int, amount: Money, who: str, debt_id: int | None = None,
        reference: str = "",
    ) -> Payment:  # fmt: skip
        """A payment that came in. It ends the reminders when nothing overdue is left, and the person is told and
        thanked.

        debt_id: what it is for; without it the oldest first. Raises DebtRefused (other_currency, not_owed), Gone.
        """
        made = self._add_payment(PaymentState.CONFIRMED, contact_id, department_id, amount, who, debt_id, reference)
        return self._came_in(made, who)

    def declare(
        self, *, contact_id: int, department_id: int, amount: Money, who: str, debt_id: int | None = None,
        within: timedelta = timedelta(0),
    ) -> Payment:  # fmt: skip
        """What the person says they paid: counts for nothing until staff confirm it, and the cycle waits for them.

        within: one declared so shortly before is corrected by it.
        """
        last = next(reversed(self.declared(contact_id, department_id)), None)
        if last is not None:
            last = self.payment(last.id)  # staff may be confirming it in this moment
        if (
            last is not None
            and last.state is PaymentState.DECLARED
            and last.created_at > self._tx.now - within
            and last.debt_id == debt_id
        ):
            self._tx.update(payment, {"id": last.id}, amount=amount.minor, currency=amount.currency)
            return self.payment(last.id)
        made = self._add_payment(PaymentState.DECLARED, contact_id, department_id, amount, who, debt_id)
        self.changed(contact_id, department_id)
        return made

    def confirm(self, payment_id: int, who: str) -> Payment:
        """Staff found the payment they were told of. Raises DebtRefused (not_owed) when it was answered already."""
        return self._came_in(self._answer(payment_id, PaymentState.DECLARED, PaymentState.CONFIRMED), who)

    def refuse(self, payment_id: int, who: str) -> Payment:
        """Staff did not find it: the reminders go on."""
        return self._discount(payment_id, PaymentState.DECLARED, who, "payment_refused")

    def undo_payment(self, payment_id: int, who: str) -> Payment:
        """One that was noted by mistake counts for nothing any more. Raises DebtRefused (not_owed) when it did not."""
        return self._discount(payment_id, PaymentState.CONFIRMED, who, "payment_undone")

    def declared(self, contact_id: int, department_id: int) -> list[Payment]:
        """Declared payments that staff have not answered."""
        return [p for p in self.payments(contact_id, department_id) if p.state is PaymentState.DECLARED]

    def _add_payment(
        self, state: PaymentState, contact_id: int, department_id: int, amount: Money, who: str, debt_id: int | None,
        reference: str = "",
    ) -> Payment:  # fmt: skip
        self._tx.people.lock(contact_id)  # as `add` does: it may be the first debt that is noted in this moment
        self.hold(contact_id, department_id)
        if debt_id is not None:
            self._fits(self.get(debt_id), contact_id, department_id, amount)
        made = self._tx.insert(
            payment, contact_id=contact_id, department_id=department_id, debt_id=debt_id, amount=amount.minor,
            currency=amount.currency, state=state.value, reference=reference.strip()[:64], who=who,
            created_at=self._tx.now,
        )  # fmt: skip
        return self.payment(made)

    def _fits(self, found: Debt, contact_id: int, department_id: int, amount: Money) -> None:
        if (found.contact_id, found.department_id) != (contact_id, department_id):
            raise Gone(f"debt {found.id}")
        if found.state is DebtState.CANCELLED:
            raise DebtRefused("not_owed")
        if found.amount.currency != amount.currency:
            raise DebtRefused("other_currency")

    def _discount(self, payment_id: int, was: PaymentState, who: str, what: str) -> Payment:
        found = self._answer(payment_id, was, PaymentState.REFUSED)
        self._note(who, what, found.department_id, payment=payment_id, contact=found.contact_id)
        self.changed(found.contact_id, found.department_id)
        return found

    def _answer(self, payment_id: int, was: PaymentState, state: PaymentState) -> Payment:
        found = self.payment(payment_id)
        if found.state is not was:
            raise DebtRefused("not_owed")
        self._tx.update(payment, {"id": payment_id}, state=state.value, closed_at=self._tx.now)
        return self.payment(payment_id)

    def _came_in(self, made: Payment, who: str) -> Payment:
        self._note(who, "payment_noted", made.department_id, payment=made.id, contact=made.contact_id,
                   minor=made.amount.minor, currency=made.amount.currency)  # fmt: skip
        self.thank(made, self.changed(made.contact_id, made.department_id), who)
        return made

    def thank(self, made: Payment, now: Statement, who: str) -> None:
        """Tell the person that their payment came in. `now`: their statement after it; `who` recorded it."""
        received = PaymentReceived(made.amount, now.total, now.credit)
        say = Say(
            message=received, to=To.CONTACT, contact_id=made.contact_id, department_id=made.department_id,
            key=f"payment:{made.id}",
        )  # fmt: skip
        self._tx.speech.say(say, Cause(_begun_by(who)))

    # --- what a change means -----------------------------------------------------------------

    def changed(self, contact_id: int, department_id: int) -> Statement:
        """Recompute the balance: mark what is paid in full, move the plan. The person's statement now."""
        debts = self.of(contact_id, department_id)
        now = statement(debts, self.payments(contact_id, department_id))
        self.mark(debts, {o.debt.id for o in now.owed})
        key = {"contact_id": contact_id, "department_id": department_id}
        if not now.owed:
            self._tx.update(debt_cycle, key, sent=0, last_at=None, promised_on=None)
        elif now.ended(self._tx.today(self._tx.departments.get(department_id).zone)):
            self._tx.update(debt_cycle, key, sent=0)
        self.replan(self.cycle(contact_id, department_id))
        return now

    def mark(self, debts: Iterable[Debt], left: Container[int]) -> None:
        """Close what is paid in full, open what is no longer. `left`: debts of which something remains."""
        for found in debts:
            if found.state in (DebtState.OPEN, DebtState.DISPUTED) and found.id not in left:
                self._tx.update(debt, {"id": found.id}, state=DebtState.SETTLED.value, closed_at=self._tx.now)
                self._tell("debt.paid", found)
            elif found.state is DebtState.SETTLED and found.id in left:
                state = DebtState.DISPUTED if self._contested(found) else DebtState.OPEN
                self._tx.update(debt, {"id": found.id}, state=state.value, closed_at=None)
                self._tell("debt.reopened", found)

    def _contested(self, found: Debt) -> bool:
        """Whether it was contested when it was paid: its reminders still wait for staff to decide."""
        decided = audit.c.what.in_(("debt_disputed", "debt_reopened")) & (
            audit.c.facts["debt"].as_integer() == found.id
        )
        query = sa.select(audit.c.what).where(audit.c.department_id == found.department_id, decided)
        return bool(self._tx.run(query.order_by(audit.c.id.desc()).limit(1)).scalar() == "debt_disputed")

    def _tell(self, event: str, found: Debt) -> None:
        """Tell other systems, once for each time it is paid in full and each time it is no longer."""
        self._tx.hooks.tell(
            event, found.department_id, f"{found.id}:{self._tx.now.isoformat()}", debt_id=found.id,
            contact_id=found.contact_id, reference=found.reference, amount=str(major(found.amount)),
            currency=found.amount.currency,
        )  # fmt: skip

    def settling(self, contact_id: int, department_id: int) -> Statement:
        """`statement` for an act that depends on it: nobody changes it before this is committed."""
        self._tx.people.lock(contact_id)  # who owes nothing yet has no row that `hold` could lock
        self.hold(contact_id, department_id)
        return self.statement(contact_id, department_id)

    def hold(self, contact_id: int, department_id: int) -> None:
        """Lock a person's debts for this transaction where there are several writers: two payments at the same moment,
        or a payment and a debt, must each see the other, and what is said of a balance must be true."""
        if not self._tx.postgres:
            return
        key = (debt.c.contact_id == contact_id) & (debt.c.department_id == department_id)
        self._tx.run(self._tx.lock(sa.select(debt.c.id).where(key).order_by(debt.c.id))).all()

    # --- cycles ------------------------------------------------------------------------------

    def cycle(self, contact_id: int, department_id: int) -> Cycle:
        """The cycle of a person at a desk; begun when there is none yet."""
        whose = {"contact": contact_id, "desk": department_id}
        row = self._tx.run(_CYCLE, whose).first()
        if row is None:
            self._tx.insert_new(debt_cycle, contact_id=contact_id, department_id=department_id)
            row = self._tx.run(_CYCLE, whose).one()
        return read_cycle(row)

    def cycle_by_id(self, cycle_id: int) -> Cycle | None:
        row = self._tx.run(self._tx.lock(sa.select(debt_cycle).where(debt_cycle.c.id == cycle_id))).first()
        return read_cycle(row) if row else None

    def set_cycle(self, found: Cycle, **values: Any) -> None:
        """Set sent, last_at, promised_on or suspended, and plan anew."""
        self._tx.update(debt_cycle, {"id": found.id}, **values)
        self.replan(self.cycle(found.contact_id, found.department_id))

    def replan(self, found: Cycle, *, late: bool = False) -> Cycle:
        """The plan a cycle should have now: one row at most, under a new plan number when it moves.

        late: also plan what should have been said already. Only the job `dun` does: a debt recorded by mistake can be
        taken back before it reaches anybody.
        """
        there = self.next_of(found)
        step = self._wanted(found)
        at = to_plan(step, there, self._tx.now)
        if at is None and step is not None and late:
            at = self._soon(found)
        if at == there and at is not None:
            return found
        key = {"kind": "debt", "subject_id": found.id, "state": "planned"}
        self._tx.update(planned, key, state="cancelled", why="the debts have changed")
        return found if step is None or at is None else self._planned(found, replace(step, at=at))

    def _wanted(self, found: Cycle) -> Step | None:
        """The next reminder; none in a dry run, nor while staff look for a declared payment."""
        desk = self._tx.departments.get(found.department_id)
        if desk.rules.debt_dry_run or self.declared(found.contact_id, found.department_id):
            return None
        return self.due_step(found)

    def due_step(self, found: Cycle) -> Step | None:
        """The next reminder of a cycle by the rules alone; its instant may lie in the past."""
        desk = self._tx.departments.get(found.department_id)
        owed = self.statement(found.contact_id, found.department_id)
        return next_reminder(found, owed, desk.rules, self._zone(found), self._tx.now)

    def _zone(self, found: Cycle) -> ZoneInfo:
        return self._tx.people.get(found.contact_id).zone or self._tx.departments.get(found.department_id).zone

    def _soon(self, found: Cycle) -> datetime:
        return after_quiet(self._tx.now, self._tx.departments.get(found.department_id).rules, self._zone(found))

    def _planned(self, found: Cycle, step: Step) -> Cycle:
        self._tx.update(debt_cycle, {"id": found.id}, plan_no=found.plan_no + 1)
        again = self.cycle(found.contact_id, found.department_id)
        self._tx.plans.lay_debts([(again, step)])
        return again

    def next_of(self, found: Cycle) -> datetime | None:
        """The instant of a cycle's planned reminder, None without one."""
        at: datetime | None = self._tx.run(_NEXT_OF, {"cycle": found.id}).scalar()
        return at

    # --- small things ------------------------------------------------------------------------

    def _note(self, who: str, what: str, department_id: int, **facts: Any) -> None:
        self._tx.audit.note(who, what, department_id, **facts)


def _who_owe(department_id: int) -> sa.Select[Any]:
    here = (debt.c.department_id == department_id) & debt.c.state.in_(OWED)
    return sa.select(debt.c.contact_id).where(here).distinct()


def _who_is_late(department_id: int, today: date) -> sa.Select[Any]:
    here = (debt.c.department_id == department_id) & (debt.c.state == DebtState.OPEN.value)
    return sa.select(debt.c.contact_id).where(here, debt.c.due_on < today).distinct()


def _to_remind(department_id: int, today: date, now: datetime) -> sa.Select[Any]:
    rests = sa.exists().where(
        debt_cycle.c.contact_id == debt.c.contact_id, debt_cycle.c.department_id == department_id,
        debt_cycle.c.suspended.is_(True),
    )  # fmt: skip
    declared = sa.exists().where(
        payment.c.contact_id == debt.c.contact_id, payment.c.department_id == department_id,
        payment.c.state == PaymentState.DECLARED.value,
    )  # fmt: skip
    told = outbox.c.contact_id == debt.c.contact_id
    just_told = sa.exists().where(told, _told_since(department_id, now - AGAIN_AFTER))
    return _who_is_late(department_id, today).where(~rests, ~declared, ~just_told)


def _told_since(department_id: int, at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        outbox.c.department_id == department_id, outbox.c.message == STEP, outbox.c.created_at > at, LEFT_OR_WILL
    )


def _begun_by(who: str) -> BegunBy:
    """Whether quiet hours hold for what follows: not for what a person does in the chat."""
    return "api" if who.startswith("api") else "clock" if who.startswith("import") else "person"


def read_debt(row: Any) -> Debt:
    return Debt(
        row.id, row.contact_id, row.department_id, DebtKind(row.kind), row.reference, Money(row.amount, row.currency),
        row.due_on, DebtState(row.state), row.created_at, row.debtor, row.note,
    )  # fmt: skip


def read_payment(row: Any) -> Payment:
    return Payment(
        row.id, row.contact_id, row.department_id, row.debt_id, Money(row.amount, row.currency),
        PaymentState(row.state), row.created_at, row.reference, row.who,
    )  # fmt: skip


def read_cycle(row: Any) -> Cycle:
    return Cycle(
        row.id, row.contact_id, row.department_id, row.plan_no, row.sent, row.last_at, row.promised_on, row.suspended
    )
