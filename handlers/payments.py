"""Staff note debts and payments: one line with its parts in any order, or a question for what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bot.core.conversation import Choice, Heard, Say, To, echo
from bot.core.debt_words import Terms, before_due, read_terms
from bot.core.debts import Debt, DebtKind, DebtRefused, DebtState, Payment, PaymentState
from bot.core.due import Due
from bot.core.duesense import month_first
from bot.core.messages import Done, DueUnclear, Message, PersonWhich
from bot.core.messages_debts import DebtNotKept, DebtSettled, MoneyHowMuch, MoneyWho, PaymentNotFound, PaymentUndone
from bot.core.money import BadAmount, Money, find_money
from bot.core.people import BadPhone, Contact
from bot.core.spoken import fold
from bot.store import Tx
from handlers import person_page
from handlers.buttons import in_rows
from handlers.debt_showing import debt_card, payment_card, today
from handlers.rights import is_staff, name_of, refused, who
from handlers.staff_words import MOST_WORDS, bad_number, members_named, parts_typed, person_by_phone, told_apart
from handlers.toasts import toast

OFFERED = 8
LONGEST_LABEL = 60
ALL = frozenset({"tout", "total", "solde", "all", "everything"})
LATEST_DUE = timedelta(days=3660)


def debt(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/dette Awa 127000 facture FAC-12 échéance 4/12"""
    return _begin(tx, heard, "debt", words)


def paid(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/paye Awa 50000 [FAC-12]"""
    return _begin(tx, heard, "payment", words)


def _begin(tx: Tx, heard: Heard, act: str, words: str) -> list[Say]:
    desk = heard.department
    english = desk.language == "en" and month_first(heard.at.astimezone(desk.zone))
    terms = read_terms(words, desk.rules.currency, today(tx, desk), tx.desk.region, month_first=english)
    if terms.due_on is None:
        parts = parts_typed(tx, heard, terms.words)
        if isinstance(parts.due, Due):
            terms = replace(terms, due_on=parts.due.at.astimezone(desk.zone).date(), words=parts.words, unread="")
    # With an unread due day the debt would be due today, and its reminder would leave tomorrow.
    if terms.unread and (act == "debt" or terms.why == "nothing"):
        kept = {"act": act, "line": before_due(words, terms.unread)}
        return [Say(message=DueUnclear(terms.unread, terms.why), ask="money_due", facts=kept)]
    try:
        person = _person(tx, heard, terms)
    except BadPhone as error:
        return bad_number(tx, terms.phone, error.why)
    if not isinstance(person, Contact) and terms.words:
        terms, person = _with_label(tx, heard, act, terms, person)
    if not person and act == "payment" and (named := _by_reference(tx, heard, terms)):
        terms, person = named
    if isinstance(person, Contact):
        return _with_person(tx, heard, act, _as_they_owe(tx, heard, act, words, terms, person), person)
    if (
        act == "payment"
        and terms.reference
        and not (terms.words or terms.phone or tx.debts.find(desk.id, terms.reference))
    ):
        return [Say(message=DebtNotKept("no_reference", "", terms.reference))]
    if act == "debt" and not person and _is_label(words, terms):
        terms = replace(terms, words="", reference=terms.words[:LONGEST_LABEL])
    return [_ask_who(tx, heard, act, terms, person)]


def _as_they_owe(tx: Tx, heard: Heard, act: str, words: str, terms: Terms, person: Contact) -> Terms:
    """ "/paye Awa 5" of somebody who owes pounds alone: a sum without its currency is of what is owed."""
    if act != "payment" or terms.amount is None:
        return terms
    owed = tx.debts.statement(person.id, heard.department.id).owed
    named = [o for o in owed if terms.reference and fold(o.debt.reference) == fold(terms.reference)]
    currencies = {o.left.currency for o in named or owed}
    if len(currencies) != 1:
        return terms
    again = read_terms(words, currencies.pop(), today(tx, heard.department), tx.desk.region)
    return replace(terms, amount=again.amount or terms.amount)


def _with_label(
    tx: Tx, heard: Heard, act: str, terms: Terms, found: Sequence[Contact]
) -> tuple[Terms, Contact | Sequence[Contact]]:
    """ "Awa 30,50 caution": the words begin with the person, and what follows says what for; after /paye, TOUT is all
    that is owed. As it was when no beginning of the words means one person."""
    tokens = terms.words.split()
    for count in range(min(len(tokens) - 1, MOST_WORDS), 0, -1):
        person = _person(tx, heard, replace(terms, words=" ".join(tokens[:count])))
        if isinstance(person, Contact):
            return _labelled(tx, heard, act, terms, person, " ".join(tokens[count:])), person
    return terms, found


def _labelled(tx: Tx, heard: Heard, act: str, terms: Terms, person: Contact, label: str) -> Terms:
    if act == "debt":
        return replace(terms, reference=terms.reference or label[:LONGEST_LABEL]) if terms.amount else terms
    return _whole(tx, heard, terms, person) if fold(label) in ALL else terms


def _is_label(words: str, terms: Terms) -> bool:
    """ "5000 caution": behind an amount, and written small, it is what for and nobody's name."""
    return words.lstrip()[:1].isdigit() and bool(terms.amount) and terms.words.islower() and not terms.reference


def _whole(tx: Tx, heard: Heard, terms: Terms, person: Contact) -> Terms:
    """TOUT: all that is left of the bill named, else of all that is owed, where that is one sum."""
    stands = tx.debts.settling(person.id, heard.department.id)  # a colleague may be noting the same in this moment
    bill = [o.left for o in stands.owed if o.debt.reference and fold(o.debt.reference) == fold(terms.reference)]
    left = bill if terms.reference else stands.total
    return replace(terms, amount=left[0]) if len(left) == 1 and not terms.amount else terms


def _person(tx: Tx, heard: Heard, terms: Terms) -> Contact | Sequence[Contact]:
    """The one person meant, else those who may be. Raises BadPhone."""
    if terms.phone:
        return person_by_phone(tx, heard, terms.phone, terms.words)
    if not terms.words:
        return ()
    found = members_named(tx, heard.department.id, terms.words)
    return found.one or found.sure or found.near


def _by_reference(tx: Tx, heard: Heard, terms: Terms) -> tuple[Terms, Contact] | None:
    """ "/paye FAC-12": nobody is named, but the debt of one person bears that reference."""
    label = terms.reference or terms.words.strip()
    owed = tx.debts.find(heard.department.id, label) if label else []
    if len({debt.contact_id for debt in owed}) != 1:
        return None
    person, said = tx.people.get(owed[0].contact_id), replace(terms, words="", reference=label)
    return _whole(tx, heard, said, person) if fold(terms.words) in ALL else said, person


# --- what is missing ---------------------------------------------------------------------------------


def _ask_who(tx: Tx, heard: Heard, act: str, terms: Terms, near: Sequence[Contact]) -> Say:
    """Who? Those the words may mean; without words those who owe something, or borrowed last."""
    offered = list(near)
    if not offered and act == "payment":
        offered = [tx.people.get(i) for i in tx.debts.debtors(heard.department.id, limit=OFFERED)]
    if not offered:
        offered = tx.people.recent(heard.department.id)
    shown = offered[:OFFERED]
    choices = [Choice("money.who", (c.id,), text=name) for c, name in zip(shown, told_apart(tx, shown), strict=True)]
    message: Message = MoneyWho(act, "" if near else echo(terms.words))
    if near and terms.phone:  # the number is somebody else's than the name
        message = PersonWhich(echo(terms.words), owner=near[0].name)
    return Say(message=message, choices=in_rows(choices), ask="money_who", facts=_facts(act, terms))


def _ask_amount(tx: Tx, heard: Heard, act: str, terms: Terms, person: Contact, why: str) -> Say:
    left = tx.debts.statement(person.id, heard.department.id).total if act == "payment" else ()
    whole = [Choice("money.all", (person.id, m.minor, m.currency), "all_paid") for m in left] if len(left) == 1 else []
    facts = {**_facts(act, terms), "person": person.id}
    message = MoneyHowMuch(act, person.name, why, left)
    return Say(message=message, choices=in_rows(whole), ask="money_amount", facts=facts)


def _facts(act: str, terms: Terms) -> dict[str, Any]:
    """What was understood so far, kept with the open question."""
    amount = [terms.amount.minor, terms.amount.currency] if terms.amount else None
    due = terms.due_on.isoformat() if terms.due_on else ""
    return {"act": act, "amount": amount, "reference": terms.reference, "invoice": terms.invoice, "due_on": due}


def _terms(facts: dict[str, Any]) -> Terms:
    amount = Money(*facts["amount"]) if facts.get("amount") else None
    due = date.fromisoformat(facts["due_on"]) if facts.get("due_on") else None
    return Terms(amount, "", str(facts.get("reference", "")), bool(facts.get("invoice")), due, "", "")


def typed_person(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """The answer to "who?" typed in reply."""
    kept = _terms(facts)
    typed = read_terms(heard.text, heard.department.rules.currency, today(tx, heard.department), tx.desk.region)
    try:
        person = _person(tx, heard, replace(typed, words=typed.words or heard.text.strip()))
    except BadPhone as error:
        return bad_number(tx, typed.phone, error.why)
    if not isinstance(person, Contact):
        return [_ask_who(tx, heard, str(facts["act"]), replace(kept, words=typed.words, phone=typed.phone), person)]
    return _with_person(tx, heard, str(facts["act"]), kept, person)


def typed_due(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """The day typed in reply, which completes the line."""
    return _begin(tx, heard, str(facts["act"]), f"{facts['line']} {heard.text}")


def typed_amount(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """The answer to "how much?" typed in reply."""
    person, kept, act = tx.people.get(int(facts["person"])), _terms(facts), str(facts["act"])
    try:
        found = find_money(heard.text, heard.department.rules.currency)
    except BadAmount as error:
        return [_ask_amount(tx, heard, act, kept, person, error.why)]
    if found is None:
        return [_ask_amount(tx, heard, act, kept, person, "unreadable")]
    return _with_person(tx, heard, act, replace(kept, amount=found.money), person)


def chose_person(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A name under "who?". The line it belongs to is the question's, so only who was asked can answer it."""
    question, person = heard.question, person_page.mine(tx, heard, choice.args[0])
    if person is None:
        return refused(heard)
    if question is None or question.kind != "money_who":
        return [_decided_before(heard)]
    tx.questions.close(heard.contact.id, heard.inbound.chat)
    facts = dict(question.facts)
    return _with_person(tx, heard, str(facts["act"]), _terms(facts), person)


def _decided_before(heard: Heard) -> Say:
    """Nothing was noted by this press. In private a toast alone would have it followed by "c'est noté"."""
    return Say(message=Done("stale"), to=To.HERE if heard.private else To.PRESS)


def chose_all(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Tout est payé]"""
    person = person_page.mine(tx, heard, choice.args[0])
    if person is None:
        return refused(heard)
    amount = Money(int(choice.args[1]), str(choice.args[2]))
    if amount not in tx.debts.settling(person.id, heard.department.id).total:
        return [_decided_before(heard)]
    tx.questions.close(heard.contact.id, heard.inbound.chat)
    return _with_person(tx, heard, "payment", Terms(amount, "", "", False, None, "", ""), person)


# --- writing it down ---------------------------------------------------------------------------------


def _with_person(tx: Tx, heard: Heard, act: str, terms: Terms, person: Contact) -> list[Say]:
    if terms.amount is None:
        return [_ask_amount(tx, heard, act, terms, person, terms.fault)]
    tx.people.join(person.id, heard.department.id)
    try:
        if act == "debt":
            return [_note_debt(tx, heard, terms, person, terms.amount)]
        return [_note_payment(tx, heard, terms, person, terms.amount)]
    except DebtRefused as error:
        return [Say(message=DebtNotKept(error.why, person.name, terms.reference))]


def _note_debt(tx: Tx, heard: Heard, terms: Terms, person: Contact, amount: Money) -> Say:
    """Without a day it is due today; the card's buttons give it 15 or 30 days."""
    on = today(tx, heard.department)
    due = min(terms.due_on or on, on + LATEST_DUE)
    kind = DebtKind.INVOICE if terms.invoice else DebtKind.MANUAL
    noted = tx.debts.add(
        contact_id=person.id, department_id=heard.department.id, amount=amount, due_on=due, kind=kind.value,
        reference=terms.reference, who=who(heard),
    )  # fmt: skip
    return debt_card(tx, noted, name_of(heard))


def _note_payment(tx: Tx, heard: Heard, terms: Terms, person: Contact, amount: Money) -> Say:
    """For the debt of that reference, else for the oldest. Raises DebtRefused."""
    here = heard.department.id
    aimed = tx.debts.find(here, terms.reference, person.id) if terms.reference else []
    if terms.reference and not aimed:
        raise DebtRefused("no_reference")
    noted = tx.debts.pay(
        contact_id=person.id, department_id=here, amount=amount, debt_id=aimed[0].id if aimed else None,
        who=who(heard),
    )  # fmt: skip
    return payment_card(tx, noted, name_of(heard))


# --- the cards' buttons ------------------------------------------------------------------------------


def _debt_of(tx: Tx, heard: Heard, choice: Choice, *states: DebtState) -> Debt | list[Say]:
    """The debt of a button that has a meaning in these states; else what is said instead: who pressed it is not staff
    there, or the debt was paid, cancelled or decided on since it was drawn. Raises Gone."""
    found = tx.debts.get(int(choice.args[0]))
    if not is_staff(tx, heard, found.department_id):
        return refused(heard)
    if found.state in states:
        return found
    return [toast("stale"), debt_card(tx, found, replace=True)]


def _payment_of(tx: Tx, heard: Heard, choice: Choice, state: PaymentState) -> Payment | list[Say]:
    """As `_debt_of`, of a payment."""
    found = tx.debts.payment(int(choice.args[0]))
    if not is_staff(tx, heard, found.department_id):
        return refused(heard)
    return found if found.state is state else [toast("stale"), payment_card(tx, found, replace=True)]


def put_due(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Échéance dans 15 jours] [… 30 jours], counted from today."""
    found = _debt_of(tx, heard, choice, DebtState.OPEN)
    if isinstance(found, list):
        return found
    days = 15 if choice.args[1] == 15 else 30
    desk = tx.departments.get(found.department_id)
    moved = tx.debts.move_due(found.id, today(tx, desk) + timedelta(days=days), who(heard))
    return [toast("noted"), debt_card(tx, moved, name_of(heard), replace=True)]


def cancel_debt(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Annuler la créance]: somebody who contested it is told."""
    found = _debt_of(tx, heard, choice, DebtState.OPEN, DebtState.DISPUTED)
    if isinstance(found, list):
        return found
    return _settle(tx, heard, found, tx.debts.cancel(found.id, who(heard)))


def restore(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Rétablir la créance]: the wrong one was cancelled. Who was told of that is told again."""
    found = _debt_of(tx, heard, choice, DebtState.CANCELLED)
    if isinstance(found, list):
        return found
    try:
        again = tx.debts.reopen(found.id, who(heard))
    except DebtRefused as error:
        return [Say(message=DebtNotKept(error.why, found.debtor, found.reference))]
    return _settle(tx, heard, found, again, told=choice.args[1:] == (1,))


def uphold(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Maintenir]: the debt is asked for again, and the person told."""
    found = _debt_of(tx, heard, choice, DebtState.DISPUTED)
    if isinstance(found, list):
        return found
    return _settle(tx, heard, found, tx.debts.reopen(found.id, who(heard)))


def _settle(tx: Tx, heard: Heard, was: Debt, now: Debt, *, told: bool = False) -> list[Say]:
    """Who contested it is told what became of it; so is who was `told` before."""
    tells = now.state is not was.state and (told or was.state is DebtState.DISPUTED)
    shown = debt_card(tx, now, name_of(heard), replace=True, told=tells)
    says = [toast("noted"), shown]
    if not tells:
        return says
    desk = tx.departments.get(now.department_id)
    left = tx.debts.statement(now.contact_id, desk.id).left_of(now.id) or now.amount
    outcome = "cancelled" if now.state is DebtState.CANCELLED else "open"
    settled = DebtSettled(now.reference, left, outcome, desk.contact_line)
    key = f"in:{heard.letter_id}:debt:{now.id}"
    return [*says, Say(message=settled, to=To.CONTACT, contact_id=now.contact_id, department_id=desk.id, key=key)]


def confirm(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Confirmer]: the payment a person told of is there; they are thanked."""
    return _decide(tx, heard, choice, tx.debts.confirm)


def refuse(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Pas reçu]: kindly said to the person; the reminders go on."""
    return _decide(tx, heard, choice, tx.debts.refuse)


def _decide(tx: Tx, heard: Heard, choice: Choice, decided: Callable[[int, str], Payment]) -> list[Say]:
    found = _payment_of(tx, heard, choice, PaymentState.DECLARED)
    if isinstance(found, list):
        return found
    noted = decided(found.id, who(heard))
    shown = [toast("noted"), payment_card(tx, noted, name_of(heard), replace=True)]
    return shown if noted.state is PaymentState.CONFIRMED else [*shown, _not_found(tx, noted)]


def undo(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Annuler le paiement]: it was noted by mistake. The person, who was thanked for it, is told."""
    found = _payment_of(tx, heard, choice, PaymentState.CONFIRMED)
    if isinstance(found, list):
        return found
    undone = tx.debts.undo_payment(found.id, who(heard))
    desk = tx.departments.get(undone.department_id)
    left = tx.debts.statement(undone.contact_id, desk.id).total
    shown = payment_card(tx, undone, name_of(heard), replace=True, now="undone")
    told = _to_payer(undone, PaymentUndone(undone.amount, left, desk.contact_line), "undone")
    return [toast("noted"), shown, told]


def _not_found(tx: Tx, payment: Payment) -> Say:
    desk = tx.departments.get(payment.department_id)
    return _to_payer(payment, PaymentNotFound(payment.amount, desk.contact_line), "refused")


def _to_payer(payment: Payment, message: Message, what: str) -> Say:
    """Something about a payment, said once to who paid it."""
    return Say(
        message=message, to=To.CONTACT, contact_id=payment.contact_id, department_id=payment.department_id,
        key=f"payment:{payment.id}:{what}",
    )  # fmt: skip
