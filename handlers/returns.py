"""Giving back: the borrower says RENDU, staff confirm, contest, or see a problem."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.core.conversation import Choice, Heard, Say, To
from bot.core.intents import Understood
from bot.core.loans import OUT, Loan, LoanState
from bot.core.messages import (
    AlreadyDeclared,
    ConfirmReturn,
    Done,
    NoSuchItem,
    NothingOut,
    ReturnContested,
    ReturnDeclared,
    ReturnProblem,
    Stale,
    StillOut,
    Usage,
    WhichReturn,
)
from bot.core.people import Role
from bot.store import Tx
from handlers import photos
from handlers.choosing import ask_which, meant, none_such
from handlers.planning import replan
from handlers.rights import allowed, name_of, refused, role_in, who
from handlers.showing import all_cards, card, left_out, lines, quiet_card, receipt, return_card, to_borrower
from handlers.staff_words import item_named
from handlers.waiting import free_again

UNDO_LASTS = timedelta(minutes=10)


# --- the borrower --------------------------------------------------------------------------------


def give_back(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """RENDU: one loan, several, or a question which."""
    photos.note(tx, heard)
    active = tx.loans.open_of(heard.contact.id, ("active",))
    if not active:
        return _nothing_active(tx, heard)
    which = meant(tx, heard, said, active)
    if which is None:
        return none_such(heard, said.rest or " ".join(map(str, said.numbers)), active)
    if not which:
        return [ask_which(WhichReturn(lines(active, heard.at)), "mine.return", active, all_label="return_all")]
    if said.certainty == "ask":
        return [_ask_first(loan) for loan in which[:1]]
    return declare(tx, heard, which)


def _nothing_active(tx: Tx, heard: Heard) -> list[Say]:
    declared = tx.loans.open_of(heard.contact.id, ("return_declared",))
    if declared:
        photos.keep(tx, heard, "return", declared)
        return [Say(message=AlreadyDeclared(tuple(loan.item for loan in declared)))]
    return [Say(message=NothingOut())]


def _ask_first(loan: Loan) -> Say:
    yes = Choice("mine.return", (loan.id,), "yes")
    return Say(message=ConfirmReturn(loan.item), choices=((yes, Choice("mine.nothing", label="no")),))


def declare(tx: Tx, heard: Heard, loans: Sequence[Loan]) -> list[Say]:
    """The borrower says it is back: reminders pause, staff get a card; or it is returned, where trusted."""
    photos.keep(tx, heard, "return", loans)
    if not heard.department.rules.approve_returns:
        return [say for loan in loans for say in _trusted(tx, heard, loan)]
    said = [_declare_one(tx, heard, loan) for loan in loans]
    tx.loans.remember_undo(heard.contact.id, "return", heard.at + UNDO_LASTS, loans=[loan.id for loan in said])
    answer = ReturnDeclared(tuple(loan.item for loan in said), left_out(tx, heard.contact.id))
    return [Say(message=answer), *(s for loan in said for s in (return_card(tx, loan), *quiet_card(tx, loan)))]


def _declare_one(tx: Tx, heard: Heard, loan: Loan) -> Loan:
    tx.plans.drop(loan.id, "return declared")
    return tx.loans.move(loan, LoanState.RETURN_DECLARED, who(heard), declared_at=heard.at, nudged_at=None)


def _trusted(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    tx.plans.drop(loan.id, "returned")
    loan = tx.loans.move(loan, LoanState.RETURNED, who(heard), returned_at=heard.at)
    free = free_again(tx, loan.item_id)
    return [
        Say(message=receipt(loan, left_out(tx, loan.contact_id)), loan=loan),
        *all_cards(tx, loan, heard.contact.name),
        *free,
    ]


def choose_return(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A loan chosen from the list, or all of them."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    which = active if choice.args[:1] == ("all",) else [loan for loan in active if (loan.id,) == choice.args[:1]]
    return declare(tx, heard, which) if which else _nothing_active(tx, heard)


def not_yet(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """ "Pas encore rendu": nothing changes; the due date is said again."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    return [Say(message=StillOut(lines(active, heard.at)) if active else NothingOut())]


def undo_return(tx: Tx, heard: Heard, loan_ids: Sequence[int]) -> list[Loan]:
    """ANNULER after RENDU: active again unless staff have answered meanwhile."""
    undone = []
    for loan_id in loan_ids:
        loan = tx.loans.get(loan_id)
        if loan.state is LoanState.RETURN_DECLARED:
            loan = tx.loans.move(loan, LoanState.ACTIVE, who(heard), "undone")
            undone.append(replan(tx, loan, "return undone"))
    return undone


# --- staff ---------------------------------------------------------------------------------------


def confirm(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Confirmer]: returned, and the borrower gets a receipt."""
    loan = tx.loans.get(int(choice.args[0]))
    if not allowed(role_in(tx, heard, loan.department_id), Role.STAFF):
        return refused(heard)
    if loan.state is not LoanState.RETURN_DECLARED:
        return stale(tx, heard, loan)
    return take_back(tx, heard, loan)


def take_back(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """Staff have the item in hand."""
    tx.plans.drop(loan.id, "returned")
    loan = tx.loans.move(loan, LoanState.RETURNED, who(heard), returned_at=loan.declared_at_if_declared or heard.at)
    free = free_again(tx, loan.item_id)
    thanks = to_borrower(loan, receipt(loan, left_out(tx, loan.contact_id)), f"loan:{loan.id}:returned")
    return [*_toast(heard, "confirmed"), *all_cards(tx, loan, name_of(heard)), thanks, *free]


def contest(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Pas rendu]: active again, reminders planned anew, the borrower told."""
    loan = tx.loans.get(int(choice.args[0]))
    if not allowed(role_in(tx, heard, loan.department_id), Role.STAFF):
        return refused(heard)
    if loan.state is not LoanState.RETURN_DECLARED:
        return stale(tx, heard, loan)
    loan = replan(tx, tx.loans.move(loan, LoanState.ACTIVE, who(heard), "not found"), "return contested")
    contact_line = tx.departments.get(loan.department_id).contact_line
    told = ReturnContested(loan.item, loan.due_at, loan.number, contact_line)
    key = f"in:{heard.letter_id}:contested:{loan.id}"
    return [*_toast(heard, "contested"), *all_cards(tx, loan, name_of(heard)), to_borrower(loan, told, key)]


def problem(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Problème]: it came back, but not as it should; the item rests and somebody calls."""
    loan = tx.loans.get(int(choice.args[0]))
    if not allowed(role_in(tx, heard, loan.department_id), Role.STAFF):
        return refused(heard)
    if loan.state is not LoanState.RETURN_DECLARED:
        return stale(tx, heard, loan)
    tx.plans.drop(loan.id, "problem at return")
    back = loan.declared_at_if_declared or heard.at
    loan = tx.loans.move(loan, LoanState.DAMAGED, who(heard), returned_at=back)
    tx.items.change(loan.item_id, state="in_repair")
    told = ReturnProblem(loan.item, tx.departments.get(loan.department_id).contact_line)
    key = f"loan:{loan.id}:problem"
    return [*_toast(heard, "problem"), *all_cards(tx, loan, name_of(heard)), to_borrower(loan, told, key)]


def back_button(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Rendu] on a loan's card: staff take it back without the borrower's word."""
    loan = tx.loans.get(int(choice.args[0]))
    if not allowed(role_in(tx, heard, loan.department_id), Role.STAFF):
        return refused(heard)
    return take_back(tx, heard, loan) if loan.state in OUT else stale(tx, heard, loan)


def take_back_command(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/retour PERC-001"""
    if not words.strip():
        out = tx.loans.out(heard.department.id, 8)
        rows = tuple((Choice("loan.back", (loan.id,), text=f"{loan.item} · {loan.borrower}"),) for loan in out)
        return [Say(message=Usage("returned"), choices=rows)]
    item = item_named(tx, heard, words)
    if item is None:
        return [Say(message=NoSuchItem(words.strip()[:60]))]
    loan = tx.loans.open_of_item(item.id)
    if loan is None:
        return [Say(message=NothingOut())]
    return take_back(tx, heard, loan)


def stale(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """A button whose time is over: a kind word, the card brought up to date, nothing changed."""
    return [Say(message=Stale(), to=To.PRESS), *([card(tx, loan)] if not heard.private else [])]


def _toast(heard: Heard, what: str) -> list[Say]:
    return [Say(message=Done(what), to=To.PRESS)] if heard.inbound.press_id else []
