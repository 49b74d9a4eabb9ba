"""*Non, l'échelle*, *pardon, dimanche*: what was just done was meant of another thing, or for another day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from bot.core.conversation import Heard, Say
from bot.core.due import Due, Grain
from bot.core.finding import find
from bot.core.intents import Intent, Understood
from bot.core.loans import Loan, LoanState
from bot.core.spoken import words
from bot.store import Tx
from handlers import borrow, declaring, extend, not_back, several, undoing
from handlers.borrow import read_time
from handlers.choosing import loans_by_name
from handlers.staff_words import named_items

# Beside the time that is named instead; who only agrees with it may tell when they come.
OTHERWISE = frozenset(
    """non nan no mais but plutot rather pardon sorry enfin finalement alors en fait actually instead a le la l the c
    est it is pour for d until si possible if svp stp please merci thanks make that can could we i meant mean""".split()
)
BUT = frozenset("mais plutot but rather".split())
AGREED = frozenset("oui ok accord ouais yes yeah okay sure".split())
OTHER = frozenset({"autre", "other", "other one"})
LONGEST = 8  # words
WITH_A_DAY = frozenset({Intent.EXTEND, Intent.NOT_RETURN})
BEGINS = frozenset(
    "non nan nn no pardon oups oops erreur plutot enfin euh desole sorry rather actually make wait".split()
)
BESIDE = BEGINS | frozenset(
    """c est etait la le les l un une pas je voulais dire me suis trompe i meant it s the not a until till til instead
    please""".split()
)


def corrected(tx: Tx, heard: Heard, said: Understood) -> list[Say] | None:
    """The last act taken back and done as it was meant; None for words that correct nothing."""
    typed = words(heard.text)
    doubtful = said.intent in (Intent.UNKNOWN, Intent.NO)
    doubtful |= said.intent is Intent.EXTEND and said.certainty == "ask" and "make" in typed  # "make it saturday"
    if not (doubtful or said.intent in WITH_A_DAY) or not _begins_like_one(typed):
        return None
    last = tx.loans.last_act(heard.contact.id)
    if not doubtful and (last is None or last[0] != "request"):  # "plutôt jusqu'à lundi", of what waits for an answer
        return None
    name = " ".join(word for word in words(said.rest) if word not in BESIDE)
    other = _another_than_asked(tx, heard, name)
    if other is not None:
        return other
    if last is None:
        return None
    if isinstance(said.due, Due) and not_back.comes_back(heard, said) is None:
        return None  # "non, pas samedi" names no other day
    due = said.due if isinstance(said.due, Due) else None
    what, facts = last
    if what == "return" and due is None:
        return _another_returned(tx, heard, name)
    if what in ("extension", "extension_asked") and due is not None and not name:
        return _another_end(tx, heard, what, facts, due)
    return _another_requested(tx, heard, tx.loans.get(int(facts["loan"])), name, due) if what == "request" else None


def at_another_time(tx: Tx, heard: Heard) -> list[Say] | None:
    """ "Voulez-vous garder la perceuse jusqu'au jeudi ?" "Non, vendredi": the same wish until then. None for an answer
    that is no time alone, and once the loan is over."""
    asked = heard.question
    if asked is None or asked.kind != "choice" or "until" not in asked.facts:
        return None
    item, loan = str(asked.facts.get("item", "")), extend.mine(tx, heard, asked.facts.get("loan"))
    if not item and loan is None:
        return None
    until = datetime.fromisoformat(str(asked.facts["until"]))
    timed = _time_instead(heard, until, loan)
    if timed is None or not (OTHERWISE | AGREED).issuperset(words(timed[1])):
        return None
    if _only_agrees(words(heard.text)) and timed[0].at.date() != until.astimezone(heard.department.zone).date():
        return None
    tx.questions.close(heard.contact.id, heard.inbound.chat)
    if loan is not None:
        return extend.extend_to(tx, heard, loan, timed[0].at)
    return borrow.ask_for(tx, heard, Understood(Intent.BORROW, due=timed[0], rest=item))


def _time_instead(heard: Heard, asked: datetime, loan: Loan | None = None) -> tuple[Due, str] | None:
    """The time that is named instead, and the words beside it: an hour alone is one of the day that was asked about,
    and "deux semaines" of more time count from the due time."""
    zone = heard.department.zone
    day = asked.astimezone(zone).date()
    that_day = _named(heard, datetime.combine(day, time.min, zone))
    if that_day is not None and that_day[0].at.date() == day:
        return that_day
    return _named(heard, loan.due_at.astimezone(zone) if loan else None)


def _named(heard: Heard, base: datetime | None) -> tuple[Due, str] | None:
    timed = read_time(heard, base=base)
    return (timed[0], timed[1]) if timed is not None and isinstance(timed[0], Due) else None


def _only_agrees(typed: Sequence[str]) -> bool:
    """ "Oui demain" may tell when they come, "oui mais demain" does not."""
    return bool(AGREED.intersection(typed)) and not BUT.intersection(typed)


def _begins_like_one(typed: Sequence[str]) -> bool:
    return 0 < len(typed) <= LONGEST and typed[0] in BEGINS


def _undone(tx: Tx, heard: Heard) -> list[Say]:
    return undoing.undo(tx, replace(heard, question=None), Understood(Intent.CANCEL))


def _another_than_asked(tx: Tx, heard: Heard, name: str) -> list[Say] | None:
    """ "Vous avez rendu la perceuse ?" "Non, la tente." """
    offered = heard.question.choices if heard.question is not None else ()
    asked = [choice for choice in offered if choice.act == "mine.return"]
    if len(asked) != 1 or asked[0].label != "yes":
        return None
    active = tx.loans.open_of(heard.contact.id, ("active",))
    loan = find(name, loans_by_name(active)).one
    if loan is None or loan.id == asked[0].args[0]:
        return None
    tx.questions.close(heard.contact.id, heard.inbound.chat)
    return declaring.declare(tx, heard, [loan])


def _another_returned(tx: Tx, heard: Heard, name: str) -> list[Say] | None:
    """ "Non, l'échelle", "non, l'autre", of two things that are out."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    loan = active[0] if name in OTHER and len(active) == 1 else find(name, loans_by_name(active)).one
    return None if loan is None else several.in_one([*_undone(tx, heard), *declaring.declare(tx, heard, [loan])])


def _another_end(tx: Tx, heard: Heard, what: str, facts: Mapping[str, Any], due: Due) -> list[Say] | None:
    """ "Non, dimanche", of what was just given more time, or asked to have it. Nothing once staff have it back."""
    loan = extend.mine(tx, heard, facts["loan"])
    if loan is None:
        return None
    asked = loan.due_at if what == "extension" else datetime.fromtimestamp(int(facts["stamp"]), UTC)
    undone = _undone(tx, heard)
    loan = tx.loans.get(loan.id)
    timed = _time_instead(heard, asked, loan)
    until = timed[0] if timed else due
    return several.in_one([*undone, *extend.extend_to(tx, heard, loan, until.at)])


def _another_requested(tx: Tx, heard: Heard, loan: Loan, name: str, due: Due | None) -> list[Say] | None:
    """ "Non, dimanche" or "non, la perceuse": the other of the two stays as it was said."""
    timed = _time_instead(heard, loan.due_at) if due else None
    until = timed[0] if timed else Due(loan.due_at, Grain.MINUTE, "")
    named = find(name, named_items(tx, heard.department.id, name)).sure if name else ()
    if loan.state is not LoanState.REQUESTED or not (named if name else due):
        return None
    wish = Understood(Intent.BORROW, due=until, rest=name or loan.code)
    return several.in_one([*_undone(tx, heard), *borrow.ask_for(tx, heard, wish)])
