"""What was not understood, and what a person has to read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.core.conversation import UNDO_LASTS, Choice, Heard, Question, Say, To
from bot.core.due import Due
from bot.core.finding import find
from bot.core.intents import Intent, Understood
from bot.core.messages import (
    ContactPerson,
    Help,
    MediaUnread,
    NothingToUndo,
    NotUnderstood,
    PersonWrites,
    ProblemCard,
    ProblemNoted,
    Undone,
)
from bot.core.people import words_card_of
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers import (
    borrow,
    consent,
    debts,
    extend,
    holds,
    newcomers,
    people,
    photos,
    reminders,
    returns,
    several,
    wishes,
)
from handlers.choosing import meant
from handlers.in_talk import was_asked
from handlers.showing import all_cards
from handlers.staff_words import named_items

ASKS_FOR_IT = frozenset({"reminder_2h", "reminder_day_1", "reminder_day_2", "reminder_due_day", "reminders", "overdue"})
TELLS_OF_IT = frozenset(
    {"loan_created", "extended", "loan_requested", "return_declared", "returned", "stopped", "started"}
)
LIKELY = (
    (Choice("mine.say", ("list",), "list"),),
    (Choice("mine.say", ("return",), "return"), Choice("mine.say", ("borrow",), "borrow")),
)
TO_A_PERSON = (Choice("mine.say", ("human",), "contact"),)
PHONE_ALONE = re.compile(r"\+?\d(?:[ .-]?\d){8,14}")
LONGEST_QUOTE = 500
ONLY_A_PROBLEM = frozenset(
    """probleme problemes souci soucis un une des j ai y a il avec le la les l de du d mon ma numero n
    problem problems issue an the with my i have there is number""".split()
)
POLITE = frozenset("svp stp s il vous te plait please merci bonjour bonsoir salut hello hi".split())
# Beside a time alone: "oui mais demain", "ok, demain matin sans faute".
WITH_A_TIME = frozenset(
    """oui ok d accord et mais non plutot sans faute promis alors donc c est pour je a la le l ouais bon pas ca va vous
    te mieux rdv yes yeah sure but no not rather promise then it is for i will at the by better okay""".split()
)


def yes(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """OUI to no question. To "Déjà fait ? Répondez RENDU" it may say so: asked; to other news it is a nod."""
    if was_asked(tx, heard, ASKS_FOR_IT):
        return returns.is_it_back(tx, heard) or unknown(tx, heard, said)
    return people.thanks(tx, heard, said) if was_asked(tx, heard, TELLS_OF_IT) else unknown(tx, heard, said)


def unknown(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """One line saying so and the things most likely meant; the second time in a row a person reads it."""
    if heard.new:
        return [newcomers.welcome(tx, heard)]
    if not heard.text.strip():
        return _without_words(tx, heard)
    if PHONE_ALONE.fullmatch(heard.text.strip()):
        return to_a_person(tx, heard, said)
    numbered = returns.number_alone(tx, heard)
    if numbered is not None:
        return numbered
    if isinstance(said.due, Due) and WITH_A_TIME.issuperset(words_of(said.rest)) and _out(tx, heard):
        return returns.not_yet(tx, heard, said)
    if _somebody_else(heard):
        return debts.not_them(tx, heard) or to_a_person(tx, heard, said)
    wanted = reminders.email_said(tx, heard) or _thing_alone(tx, heard, said)
    if wanted is not None:
        return wanted
    if was_asked(tx, heard):
        return to_a_person(tx, heard, said)
    again = tx.people.strike(heard.contact.id) >= 2
    message = NotUnderstood(again, heard.department.contact_line)
    return [Say(message=message, choices=(*LIKELY, TO_A_PERSON) if again else LIKELY)]


def _somebody_else(heard: Heard) -> bool:
    """ "Je ne suis pas Awa", "Awa n'est pas là": who reads here is not who we think."""
    typed, names = words_of(heard.text), set(words_of(heard.contact.name))
    named = [place for place, word in enumerate(typed) if word in names]
    return any({"pas", "not"} & {*typed[max(0, place - 2) : place], *typed[place + 1 : place + 4]} for place in named)


def _thing_alone(tx: Tx, heard: Heard, said: Understood) -> list[Say] | None:
    """ "Tente ?", "la tente samedi svp": the name of a thing of the desk alone, that they have not got: to borrow it.
    With a day, of a thing they have: when it comes back."""
    name = " ".join(word for word in words_of(said.rest) if word not in POLITE)
    items = named_items(tx, heard.department.id, name) if name else []
    sure = find(name, items).sure
    if not sure:
        return None
    mine = {loan.item_id for loan in tx.loans.open_of(heard.contact.id)}
    if any(item.id in mine for item in sure):
        return returns.not_yet(tx, heard, replace(said, rest=name)) if isinstance(said.due, Due) else None
    wish = replace(said, intent=Intent.BORROW, rest=name)
    return wishes.asked_first(tx, heard, wish, heard.text) or borrow.ask_for(tx, heard, wish)


def _out(tx: Tx, heard: Heard) -> bool:
    return bool(tx.loans.open_of(heard.contact.id, ("active",)))


def _without_words(tx: Tx, heard: Heard) -> list[Say]:
    said = heard.inbound
    asked = photos.alone(tx, heard)
    if asked is not None:
        return asked
    kind = said.media[0].kind if said.media else "location" if said.location else "contact" if said.contact else ""
    return [Say(message=MediaUnread(kind))] if kind else []


def help_me(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """AIDE: what can be asked here."""
    return [Say(message=Help(heard.department.name, heard.department.contact_line))]


def to_a_person(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """Somebody wants a person, or says what only a person can answer: staff get the words on a card."""
    desk = heard.department
    words = heard.text.strip()[:LONGEST_QUOTE]
    passed = Say(
        message=PersonWrites(heard.contact.name, words),
        to=To.STAFF,
        card=words_card_of(heard.contact.id, heard.letter_id),
    )
    answer = Say(message=ContactPerson(desk.contact_line, desk.place, bool(desk.chat)))
    return [answer, passed] if desk.chat else [answer]


def problem(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """PROBLEME: noted with the loan, and on a card for staff; of what is back, on the card of the return."""
    if said.returned:
        back = returns.with_problem(tx, heard, said)
        if back is not None:
            return back
    noted = _problem_of(tx, heard, said)
    return [*noted, *returns.which_is_back(tx, heard)] if said.returned else noted


def _problem_of(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    which = meant(tx, heard, said, tx.loans.open_of(heard.contact.id, ("active", "return_declared"))) or []
    loan = which[0] if len(which) == 1 else None
    photos.note(tx, heard)
    photo = photos.keep(tx, heard, "problem", [loan] if loan else []) > 0
    if loan is not None:
        tx.loans.note(
            loan.id, "problem", f"{heard.inbound.channel}:{heard.inbound.address}", heard.text[:LONGEST_QUOTE]
        )
    item = loan.item if loan else ""
    card = ProblemCard(heard.contact.name, item, heard.text.strip()[:LONGEST_QUOTE], photo)
    subject = f"problem:{heard.letter_id}"
    told = Say(message=card, to=To.STAFF, card=subject, loan=loan)
    bare = not photo and _says_nothing(heard.text, item)
    answer = ProblemNoted(item, photo, heard.department.contact_line, bare)
    facts = {"card": subject, "loan": loan.id if loan else 0}
    return [Say(message=answer, ask="problem_what" if bare else "", facts=facts), told]


def _says_nothing(text: str, item: str) -> bool:
    """PROBLEME, alone or with its loan ("problème 2", "un souci avec la Makita"): what is wrong is still to be told."""
    typed = words_of(text)
    return len(typed) < 2 or all(word in ONLY_A_PROBLEM or word.isdecimal() or word in words_of(item) for word in typed)


def typed_problem(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    """The answer to "what is wrong?": on the card that staff have already."""
    words = heard.text.strip()[:LONGEST_QUOTE]
    loan = next((x for x in tx.loans.open_of(heard.contact.id) if x.id == facts["loan"]), None)
    if loan is not None:
        tx.loans.note(loan.id, "problem", f"{heard.inbound.channel}:{heard.inbound.address}", words)
    photos.note(tx, heard)
    photo = photos.keep(tx, heard, "problem", [loan] if loan else []) > 0
    item = loan.item if loan else ""
    told = Say(
        message=ProblemCard(heard.contact.name, item, words, photo), to=To.STAFF, card=str(facts["card"]), loan=loan
    )
    return [Say(message=ProblemNoted(item, photo, heard.department.contact_line)), told]


def undo(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """ANNULER: leave the open question, else undo the last act of the last ten minutes.

    Choices offered under the answer to a change are no question of their own: there ANNULER means the change.
    """
    closed = tx.questions.close(heard.contact.id, heard.inbound.chat)
    last = tx.loans.last_act(heard.contact.id)
    asked = heard.question
    if closed and asked is not None and not _acted_since(tx, heard, asked) and not _beside(asked, last is not None):
        return [Say(message=Undone("question"))]
    if last is None or said.rest:
        gone = holds.leave(tx, heard, said.rest)
        if gone or last is None:
            return gone or [Say(message=NothingToUndo())]
    tx.loans.forget_undo(heard.contact.id)
    what, facts = last
    return several.in_one(_undo(tx, heard, what, facts)) or [Say(message=NothingToUndo())]


def _acted_since(tx: Tx, heard: Heard, asked: Question) -> bool:
    """Whether something was changed after the question was asked: the answer to that said how to take it back."""
    until = tx.loans.undoable_until(heard.contact.id)
    return until is not None and until - UNDO_LASTS > asked.asked_at


def _beside(asked: Question, acted: bool) -> bool:
    """Whether ANNULER means the last change all the same: choices under its answer, words offered because something
    was not understood, or a name still asked for."""
    if asked.facts.get("after_change"):
        return True
    offered = all(choice.act == "mine.say" for choice in asked.choices) if asked.kind == "choice" else False
    return acted and (offered or asked.kind == "own_name")


def _undo(tx: Tx, heard: Heard, what: str, facts: dict[str, Any]) -> list[Say]:
    name = heard.contact.name
    if what == "several":
        return [say for each, its in facts["acts"] for say in _undo(tx, heard, each, its)]
    if what == "return":
        ids = [int(str(i)) for i in facts["loans"]] if isinstance(facts["loans"], list) else []
        loans = returns.undo_return(tx, heard, ids)
        cards = [say for loan in loans for say in all_cards(tx, loan, name)]
        return [Say(message=Undone("return", items=tuple(loan.item for loan in loans))), *cards] if loans else []
    if what == "reminders":
        return reminders.undo(tx, heard, facts)
    if what in ("payment", "promise"):
        return debts.undo(tx, heard, what, facts)
    if what == "hold":
        return holds.undo(tx, heard, int(str(facts["item"])))
    if what == "pause":
        consent.end_pause(tx, heard.contact.id)
        return [Say(message=Undone("pause"))]
    loan = tx.loans.get(int(str(facts["loan"])))
    if what == "request" and loan.state.value == "requested":
        return [Say(message=Undone("request", loan.item)), *borrow.withdraw(tx, heard, loan)]
    if what == "extension_asked":
        shown = extend.withdraw(tx, loan, int(str(facts["stamp"])))
        return [Say(message=Undone("extension", loan.item)), *shown] if shown else []
    if what == "extension" and loan.state.value == "active":
        loan = extend.grant(tx, loan, datetime.fromisoformat(str(facts["was"])), name)
        loan = tx.loans.change(loan.id, extensions=max(0, loan.extensions - 2))
        return [Say(message=Undone("extension", loan.item)), *all_cards(tx, loan, name)]
    return []
