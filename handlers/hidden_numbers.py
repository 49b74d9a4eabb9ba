"""On WhatsApp without a number: who writes is found by the code of what they have, and by staff who know them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.conversation import Choice, Heard, Say, To
from bot.core.intents import Intent, Understood
from bot.core.linking import hides_number
from bot.core.loans import Loan
from bot.core.messages_linking import ClaimCard, ClaimRefused, ClaimSent, HiddenNumber, LinkRefused
from bot.core.people import Contact
from bot.store import Tx
from handlers.linking import join, may_try
from handlers.rights import is_staff, name_of, refused, who
from handlers.showing import greeted
from handlers.toasts import toast, too_late

HINTED = "hidden_number"  # the preference that keeps that we have asked
CLAIM = "claim"  # the preference that keeps for which loan staff were asked
CLAIM_LASTS = timedelta(days=1)


def hint(tx: Tx, heard: Heard, said: Understood, says: list[Say]) -> list[Say]:
    """Once, to somebody whose number we do not see: the code of what they have says who they are."""
    granted = said.intent is Intent.BORROW and all(say.message.name != "item_taken" for say in says)
    if granted or said.intent in (Intent.STOP, Intent.START) or not _nameless_number(tx, heard):
        return says
    if tx.preferences.noted(heard.contact.id, HINTED) is not None:
        return says
    tx.preferences.note(heard.contact.id, HINTED, True)
    return [Say(message=HiddenNumber()), *says]


def _nameless_number(tx: Tx, heard: Heard) -> bool:
    """A WhatsApp id is all that is known of the writer."""
    if not hides_number(heard.inbound.channel, heard.inbound.address):
        return False
    return all(hides_number(a.channel, a.value) for a in tx.people.addresses(heard.contact.id))


def claim(tx: Tx, heard: Heard, text: str) -> list[Say] | None:
    """The bare code of an item that is out, from somebody without a number. It is on a label that anybody can read: it
    proves nothing, so staff are asked. None when the words are no such code."""
    word = text.strip()
    if len(word.split()) != 1 or not _nameless_number(tx, heard):
        return None
    item = tx.items.by_code(word)
    loan = tx.loans.open_of_item(item.id) if item is not None else None
    if loan is None or loan.contact_id == heard.contact.id:
        return None
    if not may_try(tx, heard):
        return [Say(message=LinkRefused(tries=True))]
    tx.preferences.note(heard.contact.id, CLAIM, {"loan": loan.id, "at": heard.at.isoformat()})
    return [Say(message=ClaimSent()), _claim_card(heard.contact, loan)]


def _claim_card(writer: Contact, loan: Loan, state: str = "asked", by: str = "") -> Say:
    card = ClaimCard(greeted(writer.name), loan.item, loan.code, loan.borrower, state, by)
    args = (writer.id, loan.id)
    choices = ((Choice("person.same", args, "same_person"), Choice("person.other", args, "no")),)
    return Say(
        message=card, to=To.STAFF, department_id=loan.department_id, card=f"claim:{writer.id}:{loan.id}",
        choices=choices if state == "asked" else (),
    )  # fmt: skip


def same(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[C'est la même personne]: staff know the writer for the borrower."""
    return _decide(tx, heard, choice, yes=True)


def other(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Non]"""
    return _decide(tx, heard, choice, yes=False)


def _decide(tx: Tx, heard: Heard, choice: Choice, *, yes: bool) -> list[Say]:
    writer_id, loan = int(choice.args[0]), tx.loans.get(int(choice.args[1]))
    if not is_staff(tx, heard, loan.department_id):
        return refused(heard)
    writer, asked = tx.people.get(writer_id), tx.preferences.noted(writer_id, CLAIM)
    if not _still_asked(asked, loan, heard.at):
        return [too_late()]
    tx.preferences.forget(writer_id, CLAIM)
    shown = _claim_card(writer, loan, "yes" if yes else "no", name_of(heard))
    desk = tx.departments.get(loan.department_id)
    if not yes:
        tx.audit.note(who(heard), "claim_refused", desk.id, contact=writer_id, loan=loan.id)
        told = ClaimRefused(desk.contact_line)
        return [toast("noted"), shown, Say(message=told, to=To.CONTACT, contact_id=writer_id, department_id=desk.id)]
    return [toast("noted"), shown, *_joined_by_staff(tx, heard, writer, loan)]


def _still_asked(asked: Any, loan: Loan, at: datetime) -> bool:
    if asked is None or asked["loan"] != loan.id:
        return False
    return at - datetime.fromisoformat(asked["at"]) < CLAIM_LASTS


def _joined_by_staff(tx: Tx, heard: Heard, writer: Contact, loan: Loan) -> list[Say]:
    """As if the writer had linked themselves; told to them where they wrote, and to the addresses of before."""
    theirs = tx.people.addresses(writer.id)
    address = next(a for a in theirs if hides_number(a.channel, a.value))
    desk = tx.departments.get(loan.department_id)
    said = replace(heard.inbound, channel=address.channel, address=address.value, chat=address.value, group=False)
    there = replace(heard, inbound=said, contact=writer, department=desk)
    first, *rest = join(tx, there, tx.people.get(loan.contact_id), who(heard))
    told = replace(first, to=To.CONTACT, contact_id=loan.contact_id, address_id=address.id, department_id=desk.id)
    return [told, *rest]
