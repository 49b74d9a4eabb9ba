"""What other systems may have the desk do, through the REST API: the same acts as those of staff."""

from __future__ import annotations

from datetime import datetime

from bot.core.conversation import Say
from bot.core.errors import Gone, Refusal
from bot.core.loans import OUT, Loan, LoanState
from bot.core.notices import Begun, Wish
from bot.store import Tx
from bot.store.saying import Cause
from handlers import notices
from handlers.planning import plan
from handlers.showing import all_cards, card, left_out, loan_created, receipt, to_borrower
from handlers.waiting import free_again, kept_for_another, lent


class Outside:
    """The acts, as the REST API takes them. Each raises Gone for what is not there or not this caller's to see, and
    Refusal, with a sentence for a developer, when the state of things does not allow it."""

    def begin_notice(self, tx: Tx, wish: Wish) -> Begun:
        return notices.begin_notice(tx, wish)

    def resend(self, tx: Tx, ref: str, department_id: int | None) -> Begun:
        return notices.resend(tx, ref, department_id)

    def lend(
        self, tx: Tx, *, who: str, department_id: int | None, item: str, contact_id: int, due_at: datetime
    ) -> Loan:
        """A loan that begins now; the borrower gets a copy, staff a card."""
        found = tx.items.by_code(item)
        if found is None or (department_id is not None and found.department_id != department_id):
            raise Gone("item")
        person = tx.people.find(contact_id)
        if person is None or (department_id is not None and not tx.people.belongs(contact_id, department_id)):
            raise Gone("contact")
        _check_due(tx, found.department_id, due_at)
        if found.state != "available" or tx.loans.open_of_item(found.id) is not None:
            raise Refusal("this item is out, in repair or gone")
        if kept_for_another(tx, found.id, person.id) is not None:
            raise Refusal("this item is kept for somebody who reserved it")
        tx.people.join(person.id, found.department_id)
        loan = tx.loans.add(
            item_id=found.id, contact_id=person.id, department_id=found.department_id, state=LoanState.ACTIVE,
            due_at=due_at, who=who,
        )  # fmt: skip
        lent(tx, found.id, person.id)
        plan(tx, loan)
        copy = to_borrower(loan, loan_created(tx, loan), f"loan:{loan.id}:loan_created")
        _say(tx, [card(tx, loan, who), copy], f"api:lend:{loan.id}")
        return loan

    def take_back(self, tx: Tx, *, who: str, department_id: int | None, loan_id: int) -> Loan:
        """The item is in hand again: the borrower gets a receipt, who waits for the item is told."""
        loan = tx.loans.get(loan_id)
        if department_id is not None and loan.department_id != department_id:
            raise Gone("loan")
        if loan.state not in OUT:
            raise Refusal(f"this loan is {loan.state.value}")
        tx.plans.drop(loan.id, "returned")
        back = loan.declared_at_if_declared or tx.now
        loan = tx.loans.move(loan, LoanState.RETURNED, who, returned_at=back)
        free = free_again(tx, loan.item_id)
        thanks = to_borrower(loan, receipt(loan, left_out(tx, loan.contact_id)), f"loan:{loan.id}:returned")
        _say(tx, [*all_cards(tx, loan, who), thanks, *free], f"api:back:{loan.id}")
        return loan


def _check_due(tx: Tx, department_id: int, due_at: datetime) -> None:
    if due_at <= tx.now:
        raise Refusal("due_at is past")
    if due_at - tx.now > tx.departments.get(department_id).rules.longest_loan:
        raise Refusal("due_at lies further away than this desk lends")


def _say(tx: Tx, says: list[Say], key: str) -> None:
    for number, say in enumerate(says):
        tx.speech.say(say, Cause("api"), default_key=f"{key}:{number}")
