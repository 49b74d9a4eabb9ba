"""Several wishes in one message: each is granted as if it had been said alone, and all are answered at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.core.conversation import UNDO_LASTS, Heard, Say, To
from bot.core.finding import find
from bot.core.intent_several import apart, for_the_team
from bot.core.intents import Intent, Understood
from bot.core.messages import Part, Together, may_be_off
from bot.core.spoken import words
from bot.store import Tx
from handlers.choosing import THE_REST, loans_by_name, spoken_of
from handlers.staff_words import named_items

# These say that ANNULER takes them back.
TAKEN_BACK = frozenset({"return_declared", "extended", "extension_asked", "loan_requested", "hold_placed"})

# What is left after a return is what the others may mean; a STOP ends what was done before it.
FIRST_TO_LAST = {Intent.RETURN: 0, Intent.STOP: 2}
TAKEN = frozenset({Intent.BORROW, Intent.RESERVE})
PRICED = {Intent.BALANCE: Intent.HUMAN}
TOLD_OF_LOANS = frozenset({Intent.PROBLEM, Intent.NOT_RETURN})

W = TypeVar("W")
Wish = tuple[Heard, Understood]
Read = Callable[[Tx, Heard, str], Understood]


def wishes(tx: Tx, heard: Heard, said: Understood, text: str, read: Read) -> list[Wish]:
    """What a message wants, one by one; the message itself where it wants one thing."""
    if said.others:  # "1 RENDU, 2 PROLONGER"
        kinds = dict.fromkeys(intent for _, intent in said.others)
        others = {kind: tuple(n for n, intent in said.others if intent is kind) for kind in kinds}
        return [(heard, replace(said, others=())), *((heard, Understood(k, numbers=n)) for k, n in others.items())]
    zone, rules = heard.department.zone, heard.department.rules
    parts = apart(text, language=heard.language, now=heard.at.astimezone(zone), closing=rules.closing)
    if len(parts) == 1:  # "RENDU 1 et 9": what is theirs, and a word about what is not
        some = _known_first(tx, heard, said.numbers) if len(said.numbers) > 1 else []
        return [(heard, replace(said, numbers=numbers)) for numbers in some] if len(some) > 1 else [(heard, said)]
    found = [(heard.saying(part), for_the_team(read(tx, heard, part), part)) for part in parts]
    if any(_only_sounds_like_one(tx, heard, wish) for _, wish in found):
        return [(heard, said)]
    if any(wish.intent in TAKEN for _, wish in found):  # "je voudrais la tente, c'est combien ?": of no debt
        found = [(one, replace(wish, intent=PRICED.get(wish.intent, wish.intent))) for one, wish in found]
    if not _each_for_itself(tx, heard, [wish for _, wish in found]):
        return [(heard, said)]
    return sorted(found, key=lambda wish: FIRST_TO_LAST.get(wish[1].intent, 1))


def _each_for_itself(tx: Tx, heard: Heard, wishes: Sequence[Understood]) -> bool:
    """Whether these are several wishes, and not one with words that only add to it."""
    stops = any(wish.intent is Intent.STOP for wish in wishes)
    # "Rendu la perceuse, le mandrin est cassé" tells of the drill, and "Rendu la perceuse, réunion demain" of nothing
    # else: a chuck and a meeting are no loans.
    if not stops and any(wish.intent in TOLD_OF_LOANS and not _of_a_loan(tx, heard, wish) for wish in wishes):
        return False
    if any(wish.intent in TAKEN and _of_a_loan(tx, heard, wish) for wish in wishes):  # "rendu, prise hier la tente"
        return False
    return all(_of_a_loan(tx, heard, wish) or _of_a_thing(tx, heard, wish) for wish in _of_one_kind(wishes))


def _only_sounds_like_one(tx: Tx, heard: Heard, said: Understood) -> bool:
    """ "J'ai rendu la perceuse, vous avez vu ?": no *vu* is asked for."""
    return said.intent is Intent.BORROW and said.certainty == "ask" and not _of_a_thing(tx, heard, said)


def _known_first(tx: Tx, heard: Heard, numbers: Sequence[int]) -> list[tuple[int, ...]]:
    """The numbers of their loans, then the others; without a group that is empty."""
    known = {loan.number for loan in tx.loans.open_of(heard.contact.id)}
    mine = tuple(n for n in numbers if n in known)
    others = tuple(n for n in numbers if n not in known)
    return [some for some in (mine, others) if some]


def _of_a_loan(tx: Tx, heard: Heard, said: Understood) -> bool:
    loans = tx.loans.open_of(heard.contact.id)
    if said.numbers or (said.rest and THE_REST.issuperset(words(said.rest))):
        return True
    return bool(find(said.rest, loans_by_name(loans)).sure or spoken_of(said.rest, loans))


def _of_one_kind(wishes: Sequence[Understood]) -> list[Understood]:
    """Those that share their kind with another, each with its day: "prolonger perceuse lundi, échelle mardi". A payment
    and a promise are of no loan."""
    of_loans = [wish for wish in wishes if wish.intent is not Intent.PAID]
    return [wish for wish in of_loans if sum(other.intent is wish.intent for other in of_loans) > 1]


def _of_a_thing(tx: Tx, heard: Heard, said: Understood) -> bool:
    among = named_items(tx, heard.department.id, said.rest)
    return said.intent is Intent.BORROW and bool(find(said.rest, among).sure)


def each(
    tx: Tx,
    heard: Heard,
    asked: Sequence[tuple[Heard, W]],
    grant: Callable[[Tx, Heard, W, str], list[Say]],
    answered: Sequence[Say] = (),
    *,
    merged: bool = True,
) -> list[Say]:
    """Every wish granted, in one answer; one ANNULER takes all of it back.

    One question at a time: the wishes that would put another wait for the answer to the first.
    answered: what was said already to the answer they waited for. merged: in one message.
    """
    says = list(answered)
    acts = _last_acts(tx, heard) if answered else []
    question = next((say for say in says if puts_question(say)), None)
    waiting: list[str] = []
    for one, wish in asked:
        tx.loans.forget_undo(heard.contact.id)
        said, done = grant(tx, one, wish, one.text), _last_acts(tx, heard)
        asking = next((say for say in said if puts_question(say)), None)
        if asking is not None and question is not None and not done:
            waiting.append(one.text)
            continue
        says += said
        acts += done
        question = question or asking
    if acts:
        tx.loans.remember_undo(heard.contact.id, "several", heard.at + UNDO_LASTS, acts=acts)
    says = [_beside(say, waiting, changed=bool(acts)) if say is question else say for say in says]
    return in_one(says) if merged else says


def _last_acts(tx: Tx, heard: Heard) -> list[list[object]]:
    act = tx.loans.last_act(heard.contact.id)
    return [] if act is None else [list(act)]


def puts_question(say: Say) -> bool:
    return say.to is To.HERE and bool(say.ask or say.choices)


def _beside(question: Say, waiting: Sequence[str], *, changed: bool) -> Say:
    """The question with what waits for its answer. ANNULER means the changes told with it, where there are."""
    then = {"then": list(waiting)} if waiting else {}
    after = {"after_change": True} if changed else {}
    return replace(question, facts={**question.facts, **then, **after})


def in_one(says: Sequence[Say]) -> list[Say]:
    """What is said to the person who wrote, in one message; the question last. How to take it back is said once."""
    here = sorted((say for say in says if _is_answer(say)), key=puts_question)
    if len(here) < 2:
        return list(says)
    undoable = [say for say in here if say.message.name in TAKEN_BACK]
    parts = tuple(Part.of(say.message, hints=say not in undoable[:-1]) for say in here)
    whole = replace(here[-1], message=Together(tuple(dict.fromkeys(parts))), loan=None)
    return [whole, *(say for say in says if not _is_answer(say))]


def _is_answer(say: Say) -> bool:
    """What an admin may switch off, what only its reader may see, and what is bound to a card stands by itself."""
    kind = say.message
    bound = say.card or say.replace or say.key or kind.discreet or may_be_off(kind.name)
    return say.to is To.HERE and kind.about in ("answer", "notice") and not (bound or isinstance(kind, Together))
