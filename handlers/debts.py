"""A person asks what they owe, says that they paid or when they will, or that it is not theirs to pay."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot.core.conversation import LONGEST_QUOTE, UNDO_LASTS, Choice, Heard, Say, To, echo
from bot.core.debt_words import (
    LONGEST_PROMISE,
    amount_alone,
    bill_named,
    in_letters,
    is_promise,
    pays_now,
    somebody_else,
    will_pay,
)
from bot.core.debts import Debt, DebtState, PaymentState, Statement, may_learn
from bot.core.due import Due, Grain, Unclear
from bot.core.duetime import read_due
from bot.core.errors import Gone
from bot.core.finding import find
from bot.core.intents import Intent, Understood, understand
from bot.core.linking import one_account
from bot.core.messages import DueUnclear, Undone
from bot.core.messages_debts import (
    Balance,
    DisputeNoted,
    NothingOwed,
    PayAsked,
    PaymentDeclared,
    PayWhich,
    PromiseCard,
    PromiseNoted,
    WrongPerson,
    WrongPersonCard,
)
from bot.core.money import BadAmount, Money, currencies, read_money, totals
from bot.core.people import Address, Department
from bot.core.spoken import fold
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers.borrow import read_time
from handlers.choosing import loans_by_name
from handlers.debt_showing import debt_card, payment_card, today, two_lists
from handlers.in_talk import DAYS_LATER, was_asked
from handlers.rights import who
from handlers.showing import address_shown

MOST_CARDS = 5
REMINDED = frozenset({"debt_reminder"})
MISTAKEN = frozenset("erreur erreurs error mistake".split())

Account = tuple[Department, Statement]


def _account(tx: Tx, heard: Heard) -> Account | None:
    """The desk at which the writer has debts, else one that holds money of theirs, and how they stand there; None where
    it may not be told: a denied address learns nothing, like one that owes nothing."""
    here = _address(tx, heard)
    if here is None or not may_learn(here):
        return None
    known = tx.debts.desks_of(heard.contact.id)
    desks = sorted(known, key=lambda found: found != heard.department.id)
    for desk in sorted(known):
        tx.debts.hold(heard.contact.id, desk)  # staff may be noting a payment in this moment
    stands = [(desk, tx.debts.statement(heard.contact.id, desk)) for desk in desks]
    owing = [(desk, theirs) for desk, theirs in stands if theirs.owed]
    for desk, theirs in owing or [(desk, theirs) for desk, theirs in stands if theirs.credit]:
        return tx.departments.get(desk), theirs
    return None


def _address(tx: Tx, heard: Heard) -> Address | None:
    return tx.people.find_address(heard.inbound.channel, heard.inbound.address)


# --- SOLDE -------------------------------------------------------------------------------------------


def balance(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """What remains of each invoice and debt, due or not."""
    account = _account(tx, heard)
    if account is None:
        return [Say(message=NothingOwed(heard.department.contact_line))]
    desk, stands = account
    on = today(tx, desk)
    invoices, manual = two_lists(stands.owed, on)
    cycle = tx.debts.cycle(heard.contact.id, desk.id)
    promised = cycle.promised_on if cycle.promised_on and cycle.promised_on >= on else None
    declared = totals(p.amount for p in tx.debts.declared(heard.contact.id, desk.id))
    return [Say(message=Balance(invoices, manual, stands.total, stands.credit, declared, promised))]


# --- PAYE --------------------------------------------------------------------------------------------


def paid(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """PAYE, PAYE 50 000, "je paie vendredi"; nothing when nothing is owed: then a person reads it."""
    account = _account(tx, heard)
    if account is None or not account[1].owed:
        return []
    debt, said = _bill(account, heard, said)
    alone = "" if debt else amount_alone(heard.text, account[1].owed[0].left.currency)
    said = replace(said, rest=alone, due=None) if alone else said
    if said.due is not None and is_promise(heard.text):
        return _promise(tx, heard, account, said.due)
    if said.certainty == "ask" and said.due is None and will_pay(heard.text):
        if pays_now(heard.text):
            return _promise(tx, heard, account, Due(heard.at, Grain.DAY, ""))
        return [Say(message=DueUnclear("", "nothing"), ask="promise_when")]
    try:
        amount = _amount(account[0], account[1], debt, said.rest, today(tx, account[0]))
    except BadAmount as error:
        return [Say(message=PayWhich(account[1].total, error.why), ask="pay_amount")]
    if amount is None or in_letters(heard.text):
        why = "no_currency" if amount is None and said.rest else ""
        return [Say(message=PayWhich(account[1].total, why), ask="pay_amount")]
    if said.certainty == "ask":
        yes = Choice("mine.paid", (amount.minor, amount.currency, debt.id if debt else 0), "yes")
        return [Say(message=PayAsked(amount), choices=((yes, Choice("mine.nothing", label="no")),))]
    return _declare(tx, heard, account, amount, debt, whole=not said.rest)


def is_it_paid(tx: Tx, heard: Heard) -> list[Say]:
    """ "Oui" or "c'est fait" to "C'est déjà fait ? Répondez PAYE": asked; nothing where no reminder of a debt came
    last."""
    reminded = was_asked(tx, heard, REMINDED, within=DAYS_LATER)
    return paid(tx, heard.saying("PAYE"), Understood(Intent.PAID, "ask")) if reminded else []


def is_it_wrong(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """ "C'est une erreur", to a reminder of a debt, contests it; ANNULER alone does not."""
    told = len(heard.text.split()) > 1 and was_asked(tx, heard, REMINDED, within=DAYS_LATER)
    return dispute(tx, heard, said) if told and MISTAKEN & set(words_of(heard.text)) else []


def typed_amount(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """The answer to "how much?", as if PAYE stood before it; nothing for words without a figure."""
    if not any(sign.isdigit() for sign in heard.text):
        return []
    text = f"PAYE {heard.text}"
    return paid(tx, heard.saying(text), _understood(heard, heard.department, text))


def _understood(heard: Heard, desk: Department, text: str) -> Understood:
    return understand(text, language=heard.language, now=heard.at.astimezone(desk.zone), closing=desk.rules.closing)


def _bill(account: Account, heard: Heard, said: Understood) -> tuple[Debt | None, Understood]:
    """The debt whose reference the words hold, and what is said besides: its digits are no amount."""
    desk, stands = account
    reference, left = bill_named(heard.text, (o.debt.reference for o in stands.owed if o.debt.reference))
    named = next((o.debt for o in stands.owed if reference and o.debt.reference == reference), None)
    if named is None:
        return None, said
    again = _understood(heard, desk, left)
    return named, replace(said, rest=again.rest if again.intent is Intent.PAID else "", due=again.due)


def _amount(desk: Department, stands: Statement, debt: Debt | None, rest: str, on: date) -> Money | None:
    """What was typed, in the currency of what is owed; without it what the debt, else all that is overdue, else all
    that is owed comes to. None when that may be in several currencies. Raises BadAmount."""
    owed = {debt.amount.currency} if debt else {o.left.currency for o in stands.owed} or {desk.rules.currency}
    if rest:
        return _read_amount(rest, owed)
    if debt is not None:
        return stands.left_of(debt.id)
    asked = totals(o.left for o in stands.to_remind(on)) or stands.total
    return asked[0] if len(asked) == 1 else None


def _read_amount(typed: str, owed: Collection[str]) -> Money | None:
    """A number alone is of the currency owed; None where it may be of several. Raises BadAmount."""
    read: dict[str, Money] = {}
    wrong: BadAmount | None = None
    for usual in owed:
        try:
            amount = read_money(typed, usual)
            read[amount.currency] = amount
        except BadAmount as error:  # "12,50" is of no currency without cents
            wrong = error
    if wrong is not None and not read:
        raise wrong
    return read.popitem()[1] if len(read) == 1 else None


def _declare(
    tx: Tx, heard: Heard, account: Account, amount: Money, debt: Debt | None, *, whole: bool = False
) -> list[Say]:
    desk, stands = account
    if debt is not None and debt.amount.currency != amount.currency:
        left = stands.left_of(debt.id)
        return [Say(message=PayWhich(totals([left or debt.amount]), "other_currency"), ask="pay_amount")]
    noted = tx.debts.declare(
        contact_id=heard.contact.id, department_id=desk.id, amount=amount, debt_id=debt.id if debt else None,
        who=who(heard), within=UNDO_LASTS,
    )  # fmt: skip
    tx.loans.remember_undo(heard.contact.id, "payment", heard.at + UNDO_LASTS, payment=noted.id)
    card = payment_card(tx, noted, words=heard.text.strip()[:LONGEST_QUOTE])
    return [Say(message=PaymentDeclared(amount, whole)), card]


def declared(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Oui] under "Avez-vous payé … ?"."""
    account = _account(tx, heard)
    minor, currency, debt_id = int(choice.args[0]), str(choice.args[1]), int(choice.args[2])
    if account is None or minor <= 0 or currency not in currencies():
        return [Say(message=NothingOwed(heard.department.contact_line))]
    debt = next((o.debt for o in account[1].owed if o.debt.id == debt_id), None)
    return _declare(tx, heard.saying(""), account, Money(minor, currency), debt)  # "oui" says nothing on the card


# --- a promise ---------------------------------------------------------------------------------------


def _promise(tx: Tx, heard: Heard, account: Account, due: Due | Unclear) -> list[Say]:
    """The cycle rests until the day is over. A day that is not clear is asked for."""
    desk, stands = account
    on = today(tx, desk)
    if not isinstance(due, Due) or due.at.astimezone(desk.zone).date() < on:
        why = "past" if isinstance(due, Due) else due.why
        return [Say(message=DueUnclear(echo(heard.text), why), ask="promise_when")]
    day = min(due.at.astimezone(desk.zone).date(), on + LONGEST_PROMISE)
    cycle = tx.debts.cycle(heard.contact.id, desk.id)
    was = cycle.promised_on.isoformat() if cycle.promised_on else ""
    tx.debts.set_cycle(cycle, promised_on=day)
    tx.audit.note(who(heard), "payment_promised", desk.id, contact=heard.contact.id, day=day.isoformat())
    tx.loans.remember_undo(heard.contact.id, "promise", heard.at + UNDO_LASTS, desk=desk.id, was=was)
    return [Say(message=PromiseNoted(day, stands.total)), _promise_card(tx, heard, desk, day, stands)]


def _promise_card(
    tx: Tx, heard: Heard, desk: Department, day: date, stands: Statement, *, withdrawn: bool = False
) -> Say:
    words = "" if withdrawn else heard.text.strip()[:LONGEST_QUOTE]
    message = PromiseCard(tx.people.get(heard.contact.id).name, day, stands.total, withdrawn, words)
    card = f"promise:{heard.contact.id}:{day.isoformat()}"
    return Say(message=message, to=To.STAFF, department_id=desk.id, card=card)


def typed_promise(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """The answer to "which day?", by itself or in a sentence: "vendredi", "je paie vendredi". Nothing for a payment
    that is told of: "j'ai payé lundi"."""
    account = _account(tx, heard)
    if account is None:
        return [Say(message=NothingOwed(heard.department.contact_line))]
    if not is_promise(heard.text):
        return []
    desk, now = account[0], heard.at.astimezone(account[0].zone)
    due = read_due(heard.text, now=now, language=heard.language, closing=desk.rules.closing)
    timed = read_time(heard) if isinstance(due, Unclear) and due.why == "nothing" else None
    return _promise(tx, heard, account, timed[0] if timed else due)


# --- taking back -------------------------------------------------------------------------------------


def undo_dispute(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """ANNULER after "je conteste"; nothing of what staff have answered already."""
    contested = [debt for one in facts["debts"] if (debt := tx.debts.get(int(one))).state is DebtState.DISPUTED]
    if not contested:
        return []
    cards = [debt_card(tx, tx.debts.reopen(debt.id, who(heard))) for debt in contested]
    return [Say(message=Undone("dispute")), *cards[:MOST_CARDS]]


def undo(tx: Tx, heard: Heard, what: str, facts: dict[str, Any]) -> list[Say]:
    """ANNULER after PAYE or after a promise; nothing when staff have answered already."""
    if what == "payment":
        payment = tx.debts.payment(int(facts["payment"]))
        if payment.state is not PaymentState.DECLARED:
            return []
        tx.debts.refuse(payment.id, who(heard))
        card = payment_card(tx, tx.debts.payment(payment.id), now="withdrawn")
        return [Say(message=Undone("payment")), card]
    desk = tx.departments.get(int(facts["desk"]))
    cycle = tx.debts.cycle(heard.contact.id, desk.id)
    if cycle.promised_on is None:
        return []
    was = date.fromisoformat(facts["was"]) if facts["was"] else None
    tx.debts.set_cycle(cycle, promised_on=was)
    stands = tx.debts.statement(heard.contact.id, desk.id)
    card = _promise_card(tx, heard, desk, cycle.promised_on, stands, withdrawn=True)
    if was is not None and was >= today(tx, desk):  # the day that was promised before holds again
        return [Say(message=PromiseNoted(was, stands.total)), card]
    return [Say(message=Undone("promise")), card]


# --- "je conteste", "ce n'est pas moi" ---------------------------------------------------------------


def dispute(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """The debts contested rest until staff answer; nothing when none is known: then a person reads it."""
    if somebody_else(heard.text):
        return not_them(tx, heard)
    account = _account(tx, heard)
    if account is None or not account[1].owed:
        return []
    desk, stands = account
    meant, _ = _bill(account, heard, said)
    if meant is None and _of_a_loan(tx, heard):
        return []
    open_ = [o.debt for o in stands.owed if o.debt.state is DebtState.OPEN]
    due = [o.debt for o in stands.to_remind(today(tx, desk))]
    contested = [meant] if meant else due or open_
    words = heard.text.strip()[:LONGEST_QUOTE]
    fresh = [debt.id for debt in contested if debt.state is DebtState.OPEN]
    cards = [debt_card(tx, tx.debts.dispute(debt.id, who(heard)), words=words) for debt in contested]
    if fresh:
        tx.loans.remember_undo(heard.contact.id, "dispute", heard.at + UNDO_LASTS, debts=fresh)
    names = tuple(debt.reference for debt in contested if debt.reference)
    answer = DisputeNoted(names if len(names) == len(contested) else (), desk.contact_line)
    return [Say(message=answer), *cards[:MOST_CARDS]]


_BORROWED = re.compile(r"\b(?:emprunt|borrow)")


def _of_a_loan(tx: Tx, heard: Heard) -> bool:
    """*Je n'ai jamais emprunté ça*, *je ne connais pas cette perceuse*, of somebody with loans: no bill is meant."""
    mine = loans_by_name(tx.loans.open_of(heard.contact.id))
    said = fold(heard.text)
    named = (word for word in re.findall(r"[a-z]{4,}", said) if find(word, mine).sure)
    return bool(mine) and (_BORROWED.search(said) is not None or any(named))


def not_them(tx: Tx, heard: Heard) -> list[Say]:
    """Whoever reads here is somebody else: what is owed is never told at this number again. Nothing without debts."""
    here = _address(tx, heard)
    if here is None or not tx.debts.desks_of(heard.contact.id):
        return []
    for address in _same(tx, here):
        tx.people.deny(address.id)
    desk = _owing_desk(tx, heard)
    tx.audit.note(who(heard), "address_denied", desk.id, contact=heard.contact.id, address=here.id)
    return [Say(message=WrongPerson(desk.contact_line)), wrong_person_card(tx, here, desk, heard.text)]


def _same(tx: Tx, here: Address) -> Sequence[Address]:
    """The rows of one number: who holds its WhatsApp, also where that hides the number, holds its SMS."""
    theirs = tx.people.addresses(here.contact_id)
    names = {a.value for a in theirs if a.channel == here.channel and one_account(a.channel, a.value, here.value)}
    return [a for a in theirs if a.value in names]


def _owing_desk(tx: Tx, heard: Heard) -> Department:
    known = tx.debts.desks_of(heard.contact.id)
    return heard.department if heard.department.id in known else tx.departments.get(known[0])


def wrong_person_card(tx: Tx, address: Address, desk: Department, words: str, by: str = "") -> Say:
    state = "known" if by else "open"
    name = tx.people.get(address.contact_id).name
    message = WrongPersonCard(
        name, address.channel, address_shown(tx, address), words.strip()[:LONGEST_QUOTE], state, by
    )
    known = ((Choice("debt.known", (address.id,), "its_them"),),) if not by else ()
    return Say(message=message, to=To.STAFF, department_id=desk.id, card=f"wrong:{address.id}", choices=known)


def allow_again(tx: Tx, address_id: int) -> Address:
    """Staff made sure whose address it is. Raises Gone."""
    address = tx.people.address(address_id)
    if address is None:
        raise Gone(f"address {address_id}")
    for one in _same(tx, address):
        tx.people.deny(one.id, denied=False)
    return address
