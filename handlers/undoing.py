"""ANNULER: what a person did last is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.core.conversation import UNDO_LASTS, Heard, Question, Say
from bot.core.finding import find
from bot.core.intents import Understood
from bot.core.loans import Loan, LoanState
from bot.core.messages import NothingToUndo, Undone
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers import borrow, consent, debts, declaring, extend, holds, reminders, several, unclear
from handlers.choosing import loans_by_name
from handlers.rights import who
from handlers.showing import all_cards

Facts = dict[str, Any]

# "Je veux annuler ma commande": of the business whose notices they get. Nothing that was said here is taken back, but
# for a request that may have been called so.
_BOUGHT = frozenset("commande commandes livraison livraisons order orders delivery deliveries".split())
_LISTS = frozenset("attente waitlist waiting".split())  # "retirez-moi de la liste d'attente"
BORROWED = frozenset({"request", "borrowed", "hold", "several"})


def undo(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """ANNULER: leave the open question, else undo the last act of the last ten minutes.

    Choices offered under the answer to a change are no question of their own: there ANNULER means the change.
    """
    closed = tx.questions.close(heard.contact.id, heard.inbound.chat)
    last = tx.loans.last_act(heard.contact.id)
    asked = heard.question
    about_it = asked is not None and not _acted_since(tx, heard, asked) and not _beside(asked, acted=last is not None)
    if closed and about_it:
        return [Say(message=Undone("question"))]
    if _BOUGHT.intersection(words_of(heard.text)) and (last is None or last[0] not in BORROWED):
        return unclear.to_a_person(tx, heard, said)
    named = _named(tx, heard, said)
    if named is not None and named.id not in _loans_in(*(last or ("", {}))):
        if named.state is not LoanState.REQUESTED:
            return unclear.to_a_person(tx, heard, said)
        return [Say(message=Undone("request", named.item)), *borrow.withdraw(tx, heard, named)]
    if last is None or said.rest or _LISTS.intersection(words_of(heard.text)):
        gone = holds.leave(tx, heard, said.rest)
        if gone or last is None:
            told = gone or declaring.denied_late(tx, heard) or debts.is_it_wrong(tx, heard, said)
            return told or [_nothing(tx, heard)]
    tx.loans.forget_undo(heard.contact.id)
    what, facts = last
    return several.in_one(_undo(tx, heard, what, facts)) or [_nothing(tx, heard)]


def _nothing(tx: Tx, heard: Heard) -> Say:
    final = not heard.department.rules.approve_returns
    return Say(message=NothingToUndo(out=bool(tx.loans.open_of(heard.contact.id)), final=final))


def _named(tx: Tx, heard: Heard, said: Understood) -> Loan | None:
    """ "J'annule la tente": the one of their loans and requests that is meant, whatever was done last."""
    return find(said.rest, loans_by_name(tx.loans.open_of(heard.contact.id))).one


def _loans_in(what: str, facts: Facts) -> set[int]:
    """The loans that an act was about."""
    if what == "several":
        return {loan for its_what, its in facts["acts"] for loan in _loans_in(its_what, its)}
    listed = facts.get("loans")
    return {int(str(one)) for one in (listed if isinstance(listed, list) else [facts.get("loan", 0)])}


def _acted_since(tx: Tx, heard: Heard, asked: Question) -> bool:
    """Whether something was changed after the question was asked: the answer to that said how to take it back."""
    until = tx.loans.undoable_until(heard.contact.id)
    return until is not None and until - UNDO_LASTS > asked.asked_at


def _beside(asked: Question, *, acted: bool) -> bool:
    """Whether ANNULER means the last change all the same: choices under its answer, words offered because something
    was not understood, or a name still asked for."""
    if asked.facts.get("after_change"):
        return True
    offered = all(choice.act == "mine.say" for choice in asked.choices) if asked.kind == "choice" else False
    return acted and (offered or asked.kind == "own_name")


def _undo(tx: Tx, heard: Heard, what: str, facts: Facts) -> list[Say]:
    """Take one act back; nothing when it cannot be any more."""
    return UNDOES[what](tx, heard, facts)


def _undo_several(tx: Tx, heard: Heard, facts: Facts) -> list[Say]:
    return [say for what, its in facts["acts"] for say in _undo(tx, heard, what, its)]


def _undo_return(tx: Tx, heard: Heard, facts: Facts) -> list[Say]:
    ids = [int(str(i)) for i in facts["loans"]] if isinstance(facts["loans"], list) else []
    loans = declaring.undo_return(tx, heard, ids)
    cards = [say for loan in loans for say in all_cards(tx, loan, heard.contact.name)]
    return [Say(message=Undone("return", items=tuple(loan.item for loan in loans))), *cards] if loans else []


def _undo_request(tx: Tx, heard: Heard, facts: Facts) -> list[Say]:
    loan = _loan_of(tx, facts)
    if loan.state is not LoanState.REQUESTED:
        return []
    return [Say(message=Undone("request", loan.item)), *borrow.withdraw(tx, heard, loan)]


def _undo_borrowed(tx: Tx, heard: Heard, facts: Facts) -> list[Say]:
    """Nothing once it was declared returned, or staff have given it another due time."""
    loan = _loan_of(tx, facts)
    if loan.state is not LoanState.ACTIVE or loan.extensions:
        return []
    return [Say(message=Undone("borrowed", loan.item)), *borrow.give_up(tx, heard, loan)]


def _undo_extension_asked(tx: Tx, heard: Heard, facts: Facts) -> list[Say]:
    loan = _loan_of(tx, facts)
    shown = extend.withdraw(tx, loan, int(str(facts["stamp"])))
    return [Say(message=Undone("extension", loan.item)), *shown] if shown else []


def _undo_extension(tx: Tx, heard: Heard, facts: Facts) -> list[Say]:
    """Nothing once staff have given it yet another due time."""
    loan = _loan_of(tx, facts)
    if loan.state is not LoanState.ACTIVE or loan.due_at != datetime.fromisoformat(str(facts["due"])):
        return []
    loan = extend.grant(tx, loan, datetime.fromisoformat(str(facts["was"])), who(heard))
    loan = tx.loans.change(loan.id, extensions=max(0, loan.extensions - 2))  # `grant` has counted this one too
    return [Say(message=Undone("extension", loan.item)), *all_cards(tx, loan, heard.contact.name)]


def _loan_of(tx: Tx, facts: Facts) -> Loan:
    return tx.loans.get(int(str(facts["loan"])))


# What an act is remembered as (`Loans.remember_undo`) → how it is undone.
UNDOES: dict[str, Callable[[Tx, Heard, Facts], list[Say]]] = {
    "several": _undo_several,
    "return": _undo_return,
    "request": _undo_request,
    "borrowed": _undo_borrowed,
    "extension": _undo_extension,
    "extension_asked": _undo_extension_asked,
    "reminders": reminders.undo,
    "payment": lambda tx, heard, facts: debts.undo(tx, heard, "payment", facts),
    "promise": lambda tx, heard, facts: debts.undo(tx, heard, "promise", facts),
    "dispute": debts.undo_dispute,
    "hold": lambda tx, heard, facts: holds.undo(tx, heard, int(str(facts["item"]))),
    "pause": consent.undo_pause,
}
