"""Staff take back: they confirm a declared return, contest it, see a problem, or need no word of the borrower's."""

from __future__ import annotations

from datetime import datetime

from bot.core.conversation import Choice, Heard, Say
from bot.core.intents import Intent, Understood, understand
from bot.core.items import ItemState
from bot.core.loans import OUT, Loan, LoanState
from bot.core.messages import Done, ReturnContested, ReturnProblem, Usage
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers import lacking
from handlers.named_loans import loans_named, several_named, to_choose, with_its_person
from handlers.planning import replan
from handlers.rights import name_of, who
from handlers.showing import all_cards, pressed_loan, receipt, rows_out, to_borrower
from handlers.staff_words import item_named
from handlers.toasts import toast_if_pressed
from handlers.waiting import free_again

LONGEST_NOTE = 300


def confirm(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Confirmer]: returned, and the borrower gets a receipt."""
    loan = pressed_loan(tx, heard, choice, LoanState.RETURN_DECLARED)
    return loan if isinstance(loan, list) else take_back(tx, heard, loan)


def take_back(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """Staff have the item in hand."""
    return [*toast_if_pressed(heard, "confirmed"), *close(tx, loan, who(heard), name_of(heard), heard.at)]


def close(tx: Tx, loan: Loan, by: str, name: str, at: datetime) -> list[Say]:
    """The loan is over: cards, the borrower's receipt, and a word to who waits for the item. `by`, `name`: who took it
    back, as the history and the cards have them."""
    loan = tx.loans.move(loan, LoanState.RETURNED, by, returned_at=loan.declared_at_if_declared or at)
    tx.plans.drop(loan.id, "returned")
    missing = lacking.settle(tx, loan, by)
    free = free_again(tx, loan.item_id)
    thanks = to_borrower(loan, receipt(tx, loan, missing), f"loan:{loan.id}:returned")
    return [*all_cards(tx, loan, name), thanks, *free]


def contest(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Pas rendu]: active again, reminders planned anew, the borrower told."""
    loan = pressed_loan(tx, heard, choice, LoanState.RETURN_DECLARED)
    if isinstance(loan, list):
        return loan
    loan = replan(tx, tx.loans.move(loan, LoanState.ACTIVE, who(heard), "not found"), "return contested")
    tx.pieces.unsay(loan.id)
    contact_line = tx.departments.get(loan.department_id).contact_line
    told = ReturnContested(loan.item, loan.due_at, loan.number, contact_line)
    key = f"in:{heard.letter_id}:contested:{loan.id}"
    return [*toast_if_pressed(heard, "contested"), *all_cards(tx, loan, name_of(heard)), to_borrower(loan, told, key)]


def problem(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Problème]: it came back, but not as it should; the item rests and somebody calls."""
    loan = pressed_loan(tx, heard, choice, LoanState.RETURN_DECLARED)
    return loan if isinstance(loan, list) else came_back_wrong(tx, heard, loan)


def came_back_wrong(tx: Tx, heard: Heard, loan: Loan, note: str = "") -> list[Say]:
    """note: what staff wrote about it, for the history and the cards."""
    back = loan.declared_at_if_declared or heard.at
    loan = tx.loans.move(loan, LoanState.DAMAGED, who(heard), note, returned_at=back)
    tx.plans.drop(loan.id, "problem at return")
    lacking.settle(tx, loan, who(heard))
    tx.items.change(loan.item_id, state=ItemState.IN_REPAIR)
    told = ReturnProblem(loan.item, tx.departments.get(loan.department_id).contact_line)
    key = f"loan:{loan.id}:problem"
    cards = all_cards(tx, loan, name_of(heard), note)
    return [*toast_if_pressed(heard, "problem"), *cards, to_borrower(loan, told, key)]


def back_button(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Rendu] on a loan's card: staff take it back without the borrower's word."""
    loan = pressed_loan(tx, heard, choice, *OUT)
    return loan if isinstance(loan, list) else take_back(tx, heard, loan)


def take_back_command(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/retour PERC-001, alone, with others, with what is missing (/retour PERC-001 sauf le chargeur) or what is wrong:
    /retour PERC-001 cassée."""
    if not words.strip():
        return [Say(message=Usage("returned"), choices=rows_out(tx, heard.department.id, "loan.back"))]
    said = understand(f"RENDU {words}", language=heard.department.language, now=heard.at)
    item = item_named(tx, heard, words) or (
        item_named(tx, heard, said.rest) if said.omission or _tells_more(said) else None
    )
    loan = tx.loans.open_of_item(item.id) if item else with_its_person(tx, heard, words)
    several = [] if item else several_named(tx, heard, words)
    if several:
        return [say for each in several for say in take_back(tx, heard, each)]
    if loan is None or loan.state not in OUT:
        found = loans_named(tx, heard, item.shown if item else words)
        if isinstance(found, Say):
            return [found]
        # Named by a person only, a press says which: a return is not taken back.
        return [Say(message=Usage("returned"), choices=to_choose(found, "loan.back"))]
    if not note_missing(tx, said, loan) and _not_as_it_should(heard, words, loan):
        note = " ".join(words.split())[:LONGEST_NOTE]
        return [Say(message=Done("problem")), *came_back_wrong(tx, heard, loan, note)]
    return take_back(tx, heard, loan)


def _not_as_it_should(heard: Heard, words: str, loan: Loan) -> bool:
    """/retour perceuse cassée, /retour perceuse manque le chargeur: as [Problème]. The names themselves say nothing: a
    *Casse-noix* is whole."""
    names = {*words_of(loan.item), *words_of(loan.code), *words_of(loan.borrower)}
    left = " ".join(word for word in words.split() if not names.issuperset(words_of(word)))
    said = understand(f"RENDU {left}", language=heard.department.language, now=heard.at)
    return _tells_more(said)


def _tells_more(said: Understood) -> bool:
    """Whether it is said what is wrong or what is missing; a drill *sans fil* is whole."""
    return said.intent is Intent.PROBLEM or (said.omission is not None and said.omission.sure)


def note_missing(tx: Tx, said: Understood, loan: Loan) -> bool:
    """Staff's words leave out pieces of this kit: noted; False when they do not."""
    named = lacking.partly(tx, said, [loan])
    if named:
        tx.pieces.say(loan.id, named[0].missing)
    return bool(named)
