"""A return that the borrower declares: staff get a card, unless it is trusted; said again, amended, undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.core.conversation import UNDO_LASTS, Heard, Say
from bot.core.finding import find
from bot.core.intents import Understood
from bot.core.loans import Loan, LoanState
from bot.core.messages import AlreadyDeclared, ContactPerson, LoanList, Message, ReturnDeclared
from bot.store import Tx
from handlers import lacking, photos
from handlers.choosing import loans_by_name
from handlers.own_loans import nothing_out
from handlers.planning import replan
from handlers.rights import who
from handlers.several import in_one
from handlers.showing import all_cards, quiet_card, receipt, return_card, words_card
from handlers.waiting import free_again


def declare(
    tx: Tx,
    heard: Heard,
    loans: Sequence[Loan],
    *,
    missing: Mapping[int, lacking.Missing] | None = None,
    note: str = "",
    problem: bool = False,
) -> list[Say]:
    """The borrower says it is back: reminders pause, staff get a card; or it is returned, where trusted.

    missing: loan → what of its pieces is not among it. note: words of theirs that staff should read, so
    that they look at it even where returns are trusted. problem: the note tells that something is wrong.
    """
    photos.keep(tx, heard, "return", loans)
    for loan in loans:
        tx.pieces.say(loan.id, (missing or {}).get(loan.id, lacking.NOTHING))
    checked = [loan for loan in loans if note or tx.departments.get(loan.department_id).rules.approve_returns]
    trusted = _trusted(tx, heard, [loan for loan in loans if loan not in checked])
    if not checked:
        return trusted
    said = [_declare_one(tx, heard, loan, note) for loan in checked]
    tx.loans.remember_undo(heard.contact.id, "return", heard.at + UNDO_LASTS, loans=[loan.id for loan in said])
    gone = tuple(piece for loan in said for piece in lacking.gone(tx, loan)) if missing else ()
    answer = ReturnDeclared(tuple(loan.item for loan in said), tx.loans.count_active(heard.contact.id), gone, problem)
    cards = (s for loan in said for s in (return_card(tx, loan, note=note), *quiet_card(tx, loan)))
    return [*trusted, Say(message=answer), *cards]


def _declare_one(tx: Tx, heard: Heard, loan: Loan, note: str) -> Loan:
    loan = tx.loans.move(loan, LoanState.RETURN_DECLARED, who(heard), note, declared_at=heard.at)
    tx.plans.drop(loan.id, "return declared")
    return loan


def _trusted(tx: Tx, heard: Heard, loans: Sequence[Loan]) -> list[Say]:
    back = [_taken_back(tx, heard, loan) for loan in loans]
    said: list[Say] = []
    for loan in back:
        missing = lacking.settle(tx, loan, who(heard))
        words = replace(receipt(tx, loan, missing), followed=loan is not back[-1], trusted=True)
        said += [Say(message=words, loan=loan), *all_cards(tx, loan, heard.contact.name), *free_again(tx, loan.item_id)]
    return said


def _taken_back(tx: Tx, heard: Heard, loan: Loan) -> Loan:
    loan = tx.loans.move(loan, LoanState.RETURNED, who(heard), returned_at=heard.at)
    tx.plans.drop(loan.id, "returned")
    return loan


def declared_before(tx: Tx, heard: Heard, said: Understood, active: Sequence[Loan] = ()) -> list[Loan]:
    """The loans declared earlier that these words name: "j'ai rendu la perceuse" said twice is not the ladder's return.
    Empty when they name none of them, or any of the active ones."""
    declared = tx.loans.open_of(heard.contact.id, ("return_declared",))
    if said.numbers:
        named = [loan for loan in declared if loan.number in said.numbers]
        return named if len(named) == len(set(said.numbers)) else []
    found = find(said.rest, loans_by_name((*active, *declared)))
    if not found.sure:
        return lacking.holding(tx, said.rest, declared)
    return [found.sure[0]] if found.one is not None and found.one.state is LoanState.RETURN_DECLARED else []


def told_again(tx: Tx, heard: Heard, said: Understood, declared: Sequence[Loan]) -> list[Say]:
    """Declared already; perhaps what is missing is said now, or shown on a photo."""
    named = lacking.partly(tx, said, declared)
    if len(named) == 1:
        return _amended(tx, heard, named[0])
    kept = find(said.omission.words, loans_by_name(declared)).one if said.omission else None
    if kept is not None:  # "la perceuse, mais pas le projecteur", of both
        return [Say(message=_denied(tx, heard, [kept]))]
    photos.keep(tx, heard, "return", declared)
    return [Say(message=AlreadyDeclared(tuple(loan.item for loan in declared)))]


def _amended(tx: Tx, heard: Heard, named: lacking.Partly) -> list[Say]:
    """Declared already, and now they say what is missing."""
    tx.pieces.say(named.loan.id, named.missing)
    answer = ReturnDeclared((named.loan.item,), tx.loans.count_active(heard.contact.id), lacking.gone(tx, named.loan))
    return [Say(message=answer), *all_cards(tx, named.loan)]


def none_active(tx: Tx, heard: Heard, named: Sequence[Loan]) -> list[Say]:
    """Nothing is out but perhaps what they declared returned (`named`, or all of it), and how to take that back."""
    declared = named or tx.loans.open_of(heard.contact.id, ("return_declared",))
    awaited = lacking.told(tx.pieces.owed_by(heard.contact.id)) if not declared else ()
    if awaited:
        return [Say(message=LoanList((), awaited=awaited))]
    if not declared:
        return [Say(message=nothing_out(tx, heard))]
    denied = _denied(tx, heard, declared)
    return [Say(message=denied)] if denied.undoable else and_to_the_team(heard, denied)


def denied_late(tx: Tx, heard: Heard) -> list[Say]:
    """ "C'était une erreur, je ne l'ai pas rendue", after the ten minutes: the team, who would confirm it, reads that.
    Nothing without a return."""
    declared = tx.loans.open_of(heard.contact.id, ("return_declared",))
    if declared and len(heard.text.split()) > 1:
        return and_to_the_team(heard, _denied(tx, heard, declared))
    return denied_where_trusted(tx, heard)


def denied_where_trusted(tx: Tx, heard: Heard) -> list[Say]:
    """The same of a return that counted at once: without the team nobody would correct it. Nothing where returns are
    confirmed, for a bare word, and from somebody who has had no loan lately."""
    trusted = heard.department.chat and not heard.department.rules.approve_returns
    if not trusted or len(heard.text.split()) < 2 or not tx.loans.numbers_in_use(heard.contact.id):
        return []
    return [Say(message=ContactPerson("", "", True)), words_card(heard)]


def and_to_the_team(heard: Heard, answer: Message) -> list[Say]:
    """The answer, and that the team reads the words; the answer alone where there is no group to read them."""
    if not heard.department.chat:
        return [Say(message=answer)]
    return in_one([Say(message=answer), Say(message=ContactPerson("", "", True)), words_card(heard)])


def _denied(tx: Tx, heard: Heard, declared: Sequence[Loan]) -> AlreadyDeclared:
    last = tx.loans.last_act(heard.contact.id)
    undoable = last is not None and last[0] == "return"
    line = heard.department.contact_line
    return AlreadyDeclared(tuple(loan.item for loan in declared), True, undoable, line)


def undo_return(tx: Tx, heard: Heard, loan_ids: Sequence[int]) -> list[Loan]:
    """ANNULER after RENDU: active again unless staff have answered meanwhile."""
    undone = []
    for loan_id in loan_ids:
        loan = tx.loans.get(loan_id)
        if loan.state is LoanState.RETURN_DECLARED:
            loan = tx.loans.move(loan, LoanState.ACTIVE, who(heard), "undone")
            tx.pieces.unsay(loan.id)
            undone.append(replan(tx, loan, "return undone"))
    return undone
