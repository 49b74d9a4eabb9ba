"""What other systems may have the desk do, through the REST API: the same acts as those of staff."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from bot.core import settable
from bot.core.conversation import Say, To
from bot.core.debts import Debt, Payment
from bot.core.errors import Gone, Refusal, Unfit
from bot.core.items import ItemState
from bot.core.loans import OUT, Loan
from bot.core.money import Money
from bot.core.notices import Begun, Wish
from bot.core.people import Contact, Department
from bot.core.settable import BadValue, Setting
from bot.store import Tx
from bot.store.items import ItemRow
from bot.store.saying import Cause
from handlers import lend, notices, reports, rules, taking_back
from handlers.debt_showing import payment_card
from handlers.showing import card, loan_created, to_borrower
from handlers.waiting import kept_for_another, state_changed

UNREADABLE = {
    "flag": "must be yes or no", "span": "is no length; write 90 min, 2 h or 3 d", "clock": "is no time; write 21:00",
    "count": "must be a whole number", "text": "is no text", "zone": "is no time zone; write Europe/Paris",
    "country": "is no country; write FR", "language": "is no language of this desk", "option": "is not known",
    "several": "is not known", "order": "is not known",
}  # fmt: skip


class Outside:
    """The acts, as the REST API takes them. `who` is kept in the history; `department_id`: all that the caller may
    see, None for everything. Each raises Gone for what is not there or not the caller's to see, Unfit for a fact that
    can never do, and Refusal, with a sentence for a developer, when the state of things does not allow it."""

    def begin_notice(self, tx: Tx, wish: Wish) -> Begun:
        return notices.begin_notice(tx, wish)

    def resend(self, tx: Tx, ref: str, department_id: int | None) -> Begun:
        return notices.resend(tx, ref, department_id)

    def turn_job(self, tx: Tx, *, who: str, department_id: int, name: str, act: str) -> None:
        reports.turn_job(tx, who, department_id, name, act)

    # --- loans -------------------------------------------------------------------------------

    def lend(
        self, tx: Tx, *, who: str, department_id: int | None, item: str, contact_id: int, due_at: datetime
    ) -> Loan:
        """A loan that begins now; the borrower gets a copy, staff a card."""
        found, person = _item(tx, item, department_id, "item"), _person(tx, contact_id, department_id)
        _check_due(tx, found.department_id, due_at)
        if found.state is not ItemState.AVAILABLE or tx.loans.open_of_item(found.id) is not None:
            raise Refusal("this item is out, in repair or gone")
        if kept_for_another(tx, found.id, person.id) is not None:
            raise Refusal("this item is kept for somebody who reserved it")
        loan = lend.begin(tx, found.department_id, found.id, person.id, due_at, who)
        copy = to_borrower(loan, loan_created(tx, loan), f"loan:{loan.id}:loan_created")
        _say(tx, [card(tx, loan, who), copy], f"api:lend:{loan.id}")
        return loan

    def take_back(self, tx: Tx, *, who: str, department_id: int | None, loan_id: int) -> Loan:
        """The item is in hand again: the borrower gets a receipt, who waits for the item is told."""
        loan = tx.loans.get(loan_id)
        _visible(loan.department_id, department_id)
        if loan.state not in OUT:
            raise Refusal(f"this loan is {loan.state.value}")
        _say(tx, taking_back.close(tx, loan, who, who, tx.now), f"api:back:{loan.id}")
        return tx.loans.get(loan_id)

    # --- items and people --------------------------------------------------------------------

    def add_item(
        self, tx: Tx, *, who: str, department_id: int | None, code: str, name: str, category: str, check: str
    ) -> ItemRow:
        desk = tx.departments.named(department_id)
        if tx.items.by_code(code) is not None:
            raise Refusal("this code is taken")
        made = tx.items.add(desk.id, code, name, check=check, category=category)
        tx.audit.note(who, "item_added", desk.id, item=made.id, code=made.code)
        return made

    def change_item(
        self, tx: Tx, *, who: str, department_id: int | None, code: str, changes: dict[str, str]
    ) -> ItemRow:
        """Set name, category, check or state. An item that is out keeps its state until it is back."""
        found = _item(tx, code, department_id)
        if changes.get("state", found.state) != found.state and tx.loans.open_of_item(found.id) is not None:
            raise Refusal("this item is out on loan")
        tx.items.change(found.id, **changes)
        act = tx.audit.note(who, "item_changed", found.department_id, item=found.id, **changes)
        _say(tx, state_changed(tx, found.id), f"api:item:{act}")
        return _item(tx, code, department_id)

    def add_contact(
        self, tx: Tx, *, who: str, department_id: int | None, phone: str, name: str, language: str, attested_by: str
    ) -> Contact:
        """Who has the number; somebody new when nobody has. What is known of somebody is not changed. BadPhone."""
        person = notices.person_of_number(
            tx, phone, name=name, attested_by=attested_by, who=who, department_id=department_id
        )
        if language and not person.language:
            tx.people.set_language(person.id, language)
        return tx.people.get(person.id)

    # --- the desk itself -----------------------------------------------------------------------

    def change_settings(self, tx: Tx, *, who: str, department_id: int | None, values: Mapping[str, str]) -> Department:
        """Set what /settings can, all of it or nothing. Staff get the card of the change."""
        desk = tx.departments.hold(tx.departments.named(department_id).id)
        read = {name: _value(name, typed) for name, typed in values.items()}
        try:
            settable.check(read, desk, tx.departments.names_besides(desk.id))
        except BadValue as error:
            if error.why == "taken":
                raise Unfit("values.name", "is the name of another department") from None
            raise Unfit("values", f"would contradict {error.other}") from None
        changed = rules.put(tx, desk, read, who=who, by=who)
        if changed is not None:
            told = replace(changed, to=To.STAFF, department_id=desk.id, replace=False)
            _say(tx, [told], f"api:settings:{secrets.token_hex(8)}")
        return tx.departments.get(desk.id)

    # --- debts -------------------------------------------------------------------------------

    def add_debt(
        self, tx: Tx, *, who: str, department_id: int | None, contact_id: int, amount: Money, due_on: date, kind: str,
        reference: str, note: str,
    ) -> Debt:  # fmt: skip
        person = _person(tx, contact_id, department_id)
        theirs = None if department_id else tx.people.department_of(person.id)
        desk = theirs or tx.departments.named(department_id)
        return tx.debts.add(
            contact_id=person.id, department_id=desk.id, amount=amount, due_on=due_on, who=who, kind=kind,
            reference=reference, note=note,
        )  # fmt: skip

    def pay(
        self, tx: Tx, *, who: str, department_id: int | None, debt_id: int, amount: Money, reference: str
    ) -> Payment:
        """A payment for a debt; what is beyond it covers the person's other debts. Staff get the card that takes it
        back."""
        found = tx.debts.get(debt_id)
        _visible(found.department_id, department_id)
        noted = tx.debts.pay(
            contact_id=found.contact_id, department_id=found.department_id, amount=amount, who=who, debt_id=debt_id,
            reference=reference,
        )  # fmt: skip
        _say(tx, [payment_card(tx, noted, who)], f"api:pay:{noted.id}")
        return noted


def _visible(theirs: int, mine: int | None, fact: str = "") -> None:
    if mine is not None and theirs != mine:
        raise Gone("another department's", fact)


def _item(tx: Tx, code: str, department_id: int | None, fact: str = "") -> ItemRow:
    found = tx.items.by_code(code, hold=True)  # it cannot be lent while it is taken to repair
    if found is None:
        raise Gone("item", fact)
    _visible(found.department_id, department_id, fact)
    return found


def _person(tx: Tx, contact_id: int, department_id: int | None) -> Contact:
    person = tx.people.find(contact_id)
    if person is None or (department_id is not None and not tx.people.belongs(contact_id, department_id)):
        raise Gone("contact", "contact_id")
    return person


def _value(name: str, typed: str) -> Any:
    """What somebody types for a setting, read. Raises Unfit."""
    wanted = settable.settings().get(name)
    if wanted is None:
        raise Unfit(f"values.{name}", "is no setting")
    try:
        return rules.in_words(wanted, typed)
    except BadValue as error:
        raise Unfit(f"values.{name}", _why_not(wanted, error)) from None


def _why_not(wanted: Setting, error: BadValue) -> str:
    low, high, options = wanted.info.low, wanted.info.high, wanted.info.options
    match error.why:
        case "too_long":
            return f"must have at most {high} characters"
        case "empty":
            return "must not be empty"
        case "too_low":
            return f"must be at least {settable.written(wanted, low)}"
        case "too_high":
            return f"must be at most {settable.written(wanted, high)}"
    return f"must be of {', '.join(options)}" if options else UNREADABLE[wanted.kind]


def _check_due(tx: Tx, department_id: int, due_at: datetime) -> None:
    if due_at <= tx.now:
        raise Unfit("due_at", "is past")
    if due_at - tx.now > tx.departments.get(department_id).rules.longest_loan:
        raise Unfit("due_at", "lies further away than this desk lends")


def _say(tx: Tx, says: Sequence[Say], key: str) -> None:
    for number, say in enumerate(says):
        tx.speech.say(say, Cause("api"), default_key=f"{key}:{number}")
