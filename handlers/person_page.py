"""/contact Awa: one person's page, and which person is meant when several could be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.core.conversation import Choice, Heard, Rows, Say, To, echo
from bot.core.loans import Loan, LoanState, is_late
from bot.core.messages import (
    AddressLine,
    History,
    Message,
    NoSuchPerson,
    OnMachine,
    Overdue,
    PersonAsked,
    PersonCard,
    PersonWhich,
    Reminded,
    Reminders,
)
from bot.core.opening import reopens
from bot.core.people import Address, Contact, Role
from bot.store import Tx
from handlers.buttons import in_rows
from handlers.overview import just_reminded, remind_loan, unspoken
from handlers.rights import is_staff, name_of, refused, who
from handlers.showing import address_shown, lines
from handlers.staff_words import members_named, told_apart
from handlers.toasts import toast

LAST_SHOWN, HISTORY_SHOWN = 3, 15
OFFERED = 8
LONGEST_NAME = 120


# --- which one -----------------------------------------------------------------------------------


def named(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """The page of the one person the words mean, else a choice of those they may mean."""
    found = members_named(tx, heard.department.id, words)
    if found.one is not None:
        return [page(tx, heard, found.one)]
    if not found.sure and not found.near:
        return [Say(message=NoSuchPerson(echo(words)))]
    return [which(tx, heard, found.sure or found.near, words)]


def which(tx: Tx, heard: Heard, people: Sequence[Contact], said: str = "", act: str = "person.show") -> Say:
    """Who is meant? One button a person; namesakes are told apart by the end of their number."""
    offered = people[:OFFERED]
    choices = [Choice(act, (c.id,), text=name) for c, name in zip(offered, told_apart(tx, offered), strict=True)]
    message = PersonWhich(echo(said), more=len(people) > OFFERED)
    return Say(message=message, choices=in_rows(choices), department_id=heard.department.id)


# --- the page ------------------------------------------------------------------------------------


def page(tx: Tx, heard: Heard, person: Contact, done: str = "", *, replace: bool = False) -> Say:
    """What the desk knows of a person, with what staff can do. Loans and messages of other desks are not shown."""
    loans = _loans(tx, heard, person)
    addresses = tuple(_address(tx, a) for a in tx.people.addresses(person.id))
    last = tuple(tx.reports.last_said(person.id, heard.department.id, LAST_SHOWN))
    paused = person.paused_until if person.paused_until and person.paused_until > heard.at else None
    by = name_of(heard) if done else ""
    lives_by = person.zone.key if person.zone else ""
    owed = tx.debts.statement(person.id, heard.department.id).total
    message = PersonCard(person.name, addresses, lines(loans, heard.at), last, paused, done, by, owed, lives_by)
    choices = _acts(heard, person, loans, len(addresses), owes=bool(owed))
    return Say(message=message, choices=choices, department_id=heard.department.id, replace=replace)


def _address(tx: Tx, address: Address) -> AddressLine:
    return AddressLine(address.channel, address_shown(tx, address), address.consent.value, address.state.value)


def _acts(heard: Heard, person: Contact, loans: Sequence[Loan], addresses: int, *, owes: bool) -> Rows:
    opened = in_rows([Choice("loan.show", (loan.id,), text=loan.item) for loan in loans[:OFFERED]])
    runs = any(loan.state is LoanState.ACTIVE for loan in loans)
    remind = [Choice("person.remind", (person.id,), "remind")] if runs else []
    rest = [*remind, Choice("person.history", (person.id,), "history"), Choice("person.ask", (person.id,), "rename")]
    rest.append(Choice("person.zone", (person.id,), "local_time"))
    rest.append(Choice("person.link", (person.id,), "link"))
    if owes:
        rest.append(Choice("debt.page", (person.id,), "debts"))
    if addresses > 1:
        rest.append(Choice("person.addresses", (person.id,), "detach"))
    rest.append(Choice("person.export", (person.id,), "export"))
    if heard.role is Role.ADMIN:
        rest.append(Choice("person.forget", (person.id,), "erase"))
    return (*opened, *in_rows(rest))


def _loans(tx: Tx, heard: Heard, person: Contact) -> list[Loan]:
    return [loan for loan in tx.loans.open_of(person.id) if loan.department_id == heard.department.id]


def mine(tx: Tx, heard: Heard, contact_id: object) -> Contact | None:
    """The person, when the writer is staff here and the person belongs here; else they do not exist for them."""
    number, here = int(str(contact_id)), heard.department.id
    if not is_staff(tx, heard, here) or not tx.people.belongs(number, here):
        return None
    return tx.people.get(number)


def show(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    person = mine(tx, heard, choice.args[0])
    return refused(heard) if person is None else [page(tx, heard, person, replace=True)]


def history(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Historique]: in place of the page, with a way back."""
    person = mine(tx, heard, choice.args[0])
    if person is None:
        return refused(heard)
    found, total = tx.reports.of_person(person.id, heard.department.id, HISTORY_SHOWN)
    back = ((Choice("person.show", (person.id,), "back"),),)
    return [Say(message=History(person.name, tuple(found), total), choices=back, replace=True)]


def export(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Exporter]: how to get all that is held of a person. It is not sent through a chat, which would keep it for
    ever."""
    person = mine(tx, heard, choice.args[0])
    if person is None:
        return refused(heard)
    return [toast("shown"), Say(message=OnMachine("person", person.name))]


# --- reminding -----------------------------------------------------------------------------------


def remind(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Relancer]: what is late in one message, or else what is still to come; STOP and consent hold as always."""
    person = mine(tx, heard, choice.args[0])
    if person is None:
        return refused(heard)
    active = [loan for loan in _loans(tx, heard, person) if loan.state is LoanState.ACTIVE]
    meant = [loan for loan in active if is_late(loan, heard.at)] or active
    if not meant:
        return [toast("nothing_out")]
    if why := unspoken(meant):
        return [Say(message=Reminded(person.name, done=False, why=why), to=To.PRESS)]
    meant = [loan for loan in meant if not (loan.held or loan.silenced)]
    if len(meant) == 1:
        return remind_loan(tx, heard, meant[0])
    return _remind_of_all(tx, heard, person, meant)


def _remind_of_all(tx: Tx, heard: Heard, person: Contact, loans: Sequence[Loan]) -> list[Say]:
    desk = heard.department
    reachable = tx.speech.reach(person.id, desk) == "ok"
    answer = Say(message=Reminded(person.name, reachable), to=To.PRESS)
    if not reachable:
        return [answer]
    if all(just_reminded(tx, loan) for loan in loans):
        return [Say(message=Reminded(person.name, done=False, why="just_now"), to=To.PRESS)]
    for loan in loans:
        tx.loans.note(loan.id, "reminded", who(heard))
    told: Message = Reminders(lines(loans, heard.at), desk.place)
    if is_late(loans[0], heard.at):
        times = 1 + max(tx.reports.notices(x.id, person.id, x.due_at).count for x in loans)
        opens_at = reopens(heard.at, desk.rules, desk.zone)
        told = Overdue(lines(loans, heard.at), 1, times, desk.place, desk.contact_line, desk.rules.lateness, opens_at)
    key = f"in:{heard.letter_id}:remind:person:{person.id}"
    return [answer, Say(message=told, to=To.CONTACT, contact_id=person.id, department_id=desk.id, key=key)]


# --- the name ------------------------------------------------------------------------------------


def ask(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Changer le nom]: typed in answer."""
    person = mine(tx, heard, choice.args[0])
    if person is None:
        return refused(heard)
    question = Say(message=PersonAsked(person.name), ask="person_name", facts={"person": person.id})
    return [toast("shown"), question]


def typed_name(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    person, name = mine(tx, heard, facts["person"]), " ".join(heard.text.split())[:LONGEST_NAME]
    if person is None:
        return refused(heard)
    if not name:
        return []
    tx.audit.note(who(heard), "person_renamed", heard.department.id, person=person.id, was=person.name, now=name)
    tx.people.rename(person.id, name)
    return [page(tx, heard, tx.people.get(person.id), "renamed")]
