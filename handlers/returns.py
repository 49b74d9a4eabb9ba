"""Giving back: the borrower says RENDU, and which of their loans is meant."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile

from bot.core.conversation import Choice, Heard, Say, echo
from bot.core.finding import find
from bot.core.intent import Omission
from bot.core.intents import Intent, Understood, read_answer
from bot.core.loans import Loan
from bot.core.messages import ConfirmReturn, WhichReturn
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers import debts, lacking, photos
from handlers.choosing import (
    BESIDE,
    all_told,
    ask_which,
    loans_by_name,
    meant,
    names_another,
    none_such,
    spoken_of,
    through,
)
from handlers.declaring import and_to_the_team, declare, declared_before, told_again
from handlers.in_talk import was_asked
from handlers.own_loans import nothing_out, own_loans
from handlers.rights import who
from handlers.showing import own_lines
from handlers.staff_words import BETWEEN

LONGEST_NOTE = 300
ASKED_TOGETHER = 5  # loans of one question: their numbers must fit in its button
LOOKED_FOR = frozenset({"return_contested"})
AS_WELL = frozenset("aussi egalement pareil also too well".split())
DOUBT = frozenset("crois croyais pense pensais peut semble sais doute maybe perhaps think believe guess if si".split())
BUT = frozenset("mais contre cependant toutefois but however though".split())


def give_back(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """RENDU: one loan, several, or a question which."""
    photos.note(tx, heard)
    active = tx.loans.open_of(heard.contact.id, ("active",))
    if not active:
        return _nothing_active(tx, heard, said)
    before = declared_before(tx, heard, said, active)
    if before:
        return told_again(tx, heard, said, before)
    if said.omission is not None:
        answered = _not_whole(tx, heard, said, active)
        if answered is not None:
            return answered
    partly = None if _names_a_loan(said, active) else lacking.only_named(tx, said, heard.text, active)
    if partly is not None and said.certainty == "act":
        return declare(tx, heard, [partly.loan], missing={partly.loan.id: partly.missing})
    which = meant(tx, heard, said, active)
    if which is None:
        return none_such(heard, said.rest or ", ".join(map(str, said.numbers)), active)
    if which and said.certainty == "ask" and not _said_again(heard, which):
        return [_ask_first(which, note=_where(tx, heard))]
    if which and names_another(said, which):
        return [_ask_first(which, said.thing)]
    by_name = said.certainty == "act" and said.rest and not said.numbers
    told = all_told(heard.text, which, active) if by_name else which
    if not told:
        return which_is_back(tx, heard)
    return declare(tx, heard, told, note=_more_said(heard.text) or _where(tx, heard))


def _said_again(heard: Heard, which: Sequence[Loan]) -> bool:
    """ "Vous avez rendu la perceuse ?" "Oui, elle l'a rendue ce matin": the answer, and no reason to ask again."""
    asked = heard.question.choices if heard.question is not None else ()
    these = [choice for choice in asked if choice.act == "mine.return" and choice.label == "yes"]
    told = bool(these) and these[0].args == tuple(loan.id for loan in which)
    typed = dropwhile(lambda word: word == "si", words_of(heard.text))  # *si si, elle l'a rendue*
    return told and "?" not in heard.text and DOUBT.isdisjoint(typed)


def _names_a_loan(said: Understood, active: Sequence[Loan]) -> bool:
    among = loans_by_name(active)
    by_name = any(find(part, among).sure for part in BETWEEN.split(said.rest))
    return by_name or bool(said.numbers) or said.everything


def _not_whole(tx: Tx, heard: Heard, said: Understood, active: Sequence[Loan]) -> list[Say] | None:
    """ "RENDU sauf le chargeur": a kit without some of its pieces. None when the words leave out nothing of a kit."""
    omitted, named = said.omission, lacking.partly(tx, said, active)
    if omitted is None:
        return None
    if len(named) > 1:
        rows = tuple((_without(one),) for one in named)
        return [Say(message=WhichReturn(own_lines(tx, heard, [one.loan for one in named])), choices=rows)]
    if named:
        loans = active if omitted.of_all else [named[0].loan]
        return declare(tx, heard, loans, missing={named[0].loan.id: named[0].missing})
    others = _all_but(omitted, active)
    if others:
        return declare(tx, heard, others)
    which = meant(tx, heard, said, active) if omitted.sure else None
    if which and len(which) > 1 and omitted.lacks:  # "les deux, il manque le foret": of which, staff read on the cards
        return declare(tx, heard, which, note=heard.text.strip()[:LONGEST_NOTE])
    if not which or len(which) > 1:
        return None
    pieces = tx.pieces.of_loan(which[0].id, which[0].item_id)
    if pieces:
        return [lacking.which_missing(which[0], pieces)]
    # Something is missing of a thing that has no list of pieces: staff read the words on the card.
    told = omitted.lacks or omitted.words
    return declare(tx, heard, which, note=heard.text.strip()[:LONGEST_NOTE]) if told else None


def _all_but(omitted: Omission, active: Sequence[Loan]) -> list[Loan]:
    """ "Tout rendu sauf l'échelle": the other loans, where those words name one of them."""
    if not (omitted.of_all and omitted.sure and omitted.words):
        return []
    kept = find(omitted.words, loans_by_name(active)).one
    return [loan for loan in active if loan is not kept] if kept else []


def _without(one: lacking.Partly) -> Choice:
    args = (one.loan.id, lacking.packed(one.missing))
    return Choice("mine.lacks", args, text=one.loan.item, number=one.loan.number)


def with_problem(tx: Tx, heard: Heard, said: Understood) -> list[Say] | None:
    """ "Rendu, mais elle fume": declared, and what is wrong stands on the same card. None when it is not clear what is
    back: then the problem is noted alone."""
    which = meant(tx, heard, said, tx.loans.open_of(heard.contact.id, ("active",)))
    if not which or len(which) > 1:
        return None
    photos.note(tx, heard)
    words = heard.text.strip()[:LONGEST_NOTE]
    tx.loans.note(which[0].id, "problem", who(heard), words)
    return declare(tx, heard, which, note=words, problem=True)


def _more_said(text: str) -> str:
    """ "Rendu, mais les freins sont faibles": what follows a *mais* is for staff to read, whatever it says."""
    return text.strip()[:LONGEST_NOTE] if BUT & set(words_of(text)) else ""


def _where(tx: Tx, heard: Heard) -> str:
    """ "Dans le casier bleu", after the team looked and found nothing: they read where."""
    told = len(heard.text.split()) > 1 and was_asked(tx, heard, LOOKED_FOR)
    return heard.text.strip()[:LONGEST_NOTE] if told else ""


def which_is_back(tx: Tx, heard: Heard) -> list[Say]:
    """The question which of several loans is back; nothing when none is out."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    if not active:
        return []
    return [ask_which(WhichReturn(own_lines(tx, heard, active)), "mine.return", active, all_label="return_all")]


def is_it_back(tx: Tx, heard: Heard) -> list[Say]:
    """The question whether their loan is back, or which of several; nothing when none is out."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    return [_ask_first(active)] if len(active) == 1 else which_is_back(tx, heard)


def as_well(tx: Tx, heard: Heard, said: Understood) -> list[Say] | None:
    """ "Et la perceuse aussi", said after a return that can still be undone: is that back too? None for other words."""
    last, typed = tx.loans.last_act(heard.contact.id), set(words_of(heard.text))
    if last is None or last[0] != "return" or not typed & AS_WELL:
        return None
    which = spoken_of(said.rest, tx.loans.open_of(heard.contact.id, ("active",)))
    names = {word for loan in which for word in words_of(f"{loan.item} {loan.code}")}
    return [_ask_first(which)] if which and typed <= names | BESIDE | AS_WELL else None


def number_alone(tx: Tx, heard: Heard) -> list[Say] | None:
    """ "2", and nothing was offered under that number: is that loan back? None for words, and without loans."""
    answer = read_answer(heard.text)
    active = tx.loans.open_of(heard.contact.id, ("active",))
    if answer is None or not answer.numbers or answer.intents or not active:
        return None
    numbers = through(tx, heard, answer.numbers, heard.text)
    which = [loan for loan in active if loan.number in numbers]
    if len(which) != len(numbers):
        return none_such(heard, heard.text, active)
    return [_ask_first(which)] if len(which) == 1 else which_is_back(tx, heard)


def _ask_first(loans: Sequence[Loan], named: str = "", note: str = "") -> Say:
    """named: what they said was brought back, which is none of their loans. note: words of theirs that staff read once
    they say OUI."""
    loans = loans[:ASKED_TOGETHER]
    yes = Choice("mine.return", tuple(loan.id for loan in loans), "yes")
    return Say(
        message=ConfirmReturn(tuple(loan.item for loan in loans), echo(named)),
        choices=((yes, Choice("mine.nothing", label="no")),),
        facts={"note": note} if note else {},
    )


def _nothing_active(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    declared = tx.loans.open_of(heard.contact.id, ("return_declared",))
    if declared and said.numbers and not any(loan.number in said.numbers for loan in declared):
        return none_such(heard, ", ".join(map(str, said.numbers)), declared)
    if declared:
        named = declared_before(tx, heard, said) if said.omission is None else []
        return told_again(tx, heard, said, named or declared)
    asked = debts.is_it_paid(tx, heard) if said.certainty == "ask" else []
    return asked or lacking.brought(tx, heard, said) or _nothing_out(tx, heard, said)


def _nothing_out(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """Nothing of theirs is out. What they name all the same may be lent without a word here, or left from a kit: the
    team reads it."""
    if not said.thing or said.certainty != "act":
        return [Say(message=nothing_out(tx, heard))]
    return and_to_the_team(heard, nothing_out(tx, heard))


def chose_return(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A loan chosen from the list, those of a question, or all of them."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    which = active if choice.args[:1] == ("all",) else [loan for loan in active if loan.id in choice.args]
    note = str(heard.question.facts.get("note", "")) if heard.question else ""
    return declare(tx, heard, which, note=note) if which else _none_of_these(tx, heard, active)


def _none_of_these(tx: Tx, heard: Heard, active: Sequence[Loan]) -> list[Say]:
    """A button of a loan that is over by now, or was never theirs; others of theirs may well be out."""
    return own_loans(tx, heard) if active else _nothing_active(tx, heard, Understood(Intent.RETURN))


def chose_missing(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A piece that stays out, chosen from the list; or the kit that was meant."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    loans = [loan for loan in active if loan.id == choice.args[0]]
    if not loans:
        return _none_of_these(tx, heard, active)
    known = {piece.id: piece.count for piece in tx.pieces.of_loan(loans[0].id, loans[0].item_id)}
    wanted = lacking.unpacked(choice.args[1])
    missing = {piece: min(count, known[piece]) for piece, count in wanted.items() if piece in known}
    return declare(tx, heard, loans, missing={loans[0].id: missing})
