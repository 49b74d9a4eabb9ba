"""Which of a borrower's loans is meant."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.conversation import Choice, Heard, Say
from bot.core.finding import Named, find, spellings, wanted_words
from bot.core.intents import Understood
from bot.core.loans import Loan
from bot.core.messages import Message, NoSuchLoan
from bot.core.spoken import words
from bot.store import Tx
from handlers.showing import lines
from handlers.staff_words import BETWEEN, named_items

THE_REST = frozenset("le les reste autres the rest others".split())


def meant(tx: Tx, heard: Heard, said: Understood, loans: Sequence[Loan]) -> list[Loan] | None:
    """The loans somebody means among their own: by number, TOUT, the message replied to, or name.

    An empty list when several could be meant, None when what was named is none of them.
    """
    if said.everything or (said.rest and THE_REST.issuperset(words(said.rest))):
        return list(loans)
    if said.numbers:
        by_number = [loan for loan in loans if loan.number in said.numbers]
        if len(by_number) == len(set(said.numbers)):
            return by_number
    if said.rest:
        found = find(said.rest, [Named(loan, loan.item, loan.code) for loan in loans])
        if found.sure:
            return list(found.sure) if len(found.sure) == 1 else []
        each = _each_named(said.rest, loans)
        if each:
            return each
        if _names_something_else(tx, heard, said.rest):
            return None
        spoken_of = _spoken_of(said.rest, loans)
        if len(spoken_of) == 1:
            return spoken_of
    if said.numbers:
        return None
    replied = _replied_to(tx, heard, loans)
    if replied is not None:
        return [replied]
    return list(loans) if len(loans) == 1 else []


def _each_named(words: str, loans: Sequence[Loan]) -> list[Loan]:
    """ "la perceuse et l'échelle": each part names one; nothing when any of them does not."""
    parts = [part for part in BETWEEN.split(words) if part.strip()]
    found = [find(part, [Named(loan, loan.item, loan.code) for loan in loans]).one for part in parts]
    named = {loan.id: loan for loan in found if loan is not None}
    return list(named.values()) if len(parts) > 1 and len(named) == len(parts) else []


def _spoken_of(typed: str, loans: Sequence[Loan]) -> list[Loan]:
    """ "mon frère … la tente": the loans whose first word stands in what is said; the words around it name nothing."""
    said = {spellings(word)[0] for word in words(typed)}
    return [loan for loan in loans if {spellings(word)[0] for word in wanted_words(loan.item)[:1]} & said]


def _names_something_else(tx: Tx, heard: Heard, words: str) -> bool:
    """Whether the words name an item of this desk that is not theirs; chatter beside RENDU names nothing."""
    return bool(find(words, named_items(tx, heard.department.id, words)).sure)


def _replied_to(tx: Tx, heard: Heard, loans: Sequence[Loan]) -> Loan | None:
    if not heard.inbound.on_message:
        return None
    loan_id = tx.outbox.loan_of(heard.inbound.channel, heard.inbound.on_message)
    return next((loan for loan in loans if loan.id == loan_id), None)


def ask_which(
    question: Message, act: str, loans: Sequence[Loan], *, all_label: str = "", args: tuple[str, ...] = ()
) -> Say:
    """Put the question with one choice a loan (and one for all of them), numbered as the loans are."""
    rows = [(Choice(act, (loan.id, *args), text=loan.item, number=loan.number),) for loan in loans]
    if all_label:
        ids = "all"
        rows.append((Choice(act, (ids, *args), label=all_label),))
    return Say(message=question, choices=tuple(rows))


def none_such(heard: Heard, said: str, loans: Sequence[Loan]) -> list[Say]:
    """What is not yours and what does not exist are answered alike."""
    return [Say(message=NoSuchLoan(said.strip()[:60], lines(loans, heard.at)))]
