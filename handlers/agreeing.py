"""OUI and more, to a question that OUI answers: *oui hier soir*, *oui merci c'est gentil*, *parfait*."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.core.conversation import Choice, Heard, Question
from bot.core.finding import find
from bot.core.intents import Intent, Understood
from bot.core.spoken import words
from bot.store import Tx
from handlers.choosing import STILL_OUT, loans_by_name
from handlers.wishes import LASTS

LONGEST_NOTE = 300  # characters, as of every other note on a loan's card
OUI = re.compile(
    r"^\W*(?:(?:ah|ben|bah|euh|mais) +)?(?:oui|ouais|ouep|yes|yeah|yep|yup|sure)\b\W*(?=\w)", re.IGNORECASE
)
# Said by who was asked whether they want what they had just asked for.
CONTENT = frozenset(
    """parfait super genial geniale nickel top impec impeccable cool excellent merci beaucoup bien infiniment mille
    c est ce serait ca serait gentil tres perfect great lovely brilliant excellent wonderful awesome thanks thank you
    thx so much that would be it is please svp stp oui bonne journee soiree bon""".split()
)
SURELY = frozenset(
    "parfait super genial nickel top impec impeccable excellent merci perfect great lovely thanks".split()
)
SAYS_NO_MORE = frozenset({Intent.UNKNOWN, Intent.THANKS, Intent.GREET, Intent.RETURN})
# "Mais sans le chargeur", "but not the case": of what is named after an article, and of nothing else.
LACKING = re.compile(
    r"(?i)\W*(?:(?:mais|par contre|but)\b\W*)?"
    r"(?:il (?:me )?manque|sans|sauf|pas|without|except|not|missing) "
    r"(?:le |la |les |l['’]|un |une |des |du |mon |ma |mes |the |a |my )[\w'’-]+(?: [\w'’-]+){0,2}\W*"
)


def agreed(tx: Tx, heard: Heard, question: Question, read: Callable[[str], Understood]) -> tuple[Heard, Choice] | None:
    """The OUI that was meant, and what was heard with it; None for words that name something else, doubt, or ask.

    read: understands words as a message of this person.
    """
    yes = next((choice for choice in question.choices if choice.label == "yes"), None)
    if yes is None or question.kind != "choice" or "?" in heard.text:
        return None
    rest = OUI.sub("", heard.text) if OUI.match(heard.text) else ""
    if yes.act == "mine.return":
        adds = rest and (_lacks(tx, heard, rest) or _only_adds(rest, read))
        return (_with_note(heard, question), yes) if adds else None
    if "until" not in question.facts or heard.at - question.asked_at > LASTS:  # a consent needs a plain OUI
        return None
    thanked = bool(rest) and read(rest).intent is Intent.THANKS
    return (heard, yes) if thanked or _content(heard.text) else None


def _content(text: str) -> bool:
    typed = set(words(text))
    return bool(typed & SURELY) and typed <= CONTENT


def _only_adds(rest: str, read: Callable[[str], Understood]) -> bool:
    """*Hier soir*, *ce matin à l'accueil*: when, where, by whom; no other thing, and nothing that is still to come."""
    said, alone = read(f"RENDU {rest}"), read(rest)
    if said.intent is not Intent.RETURN or said.certainty != "act" or alone.intent not in SAYS_NO_MORE:
        return False
    named = said.rest or said.numbers or said.everything or said.omission or said.others
    return not named and STILL_OUT.isdisjoint(words(rest))


def _lacks(tx: Tx, heard: Heard, rest: str) -> bool:
    """*Mais sans le chargeur*: it is back, not whole; *mais pas la tente* tells of another loan."""
    loans = loans_by_name(tx.loans.open_of(heard.contact.id))
    return LACKING.fullmatch(rest) is not None and not any(find(word, loans).sure for word in words(rest))


def _with_note(heard: Heard, question: Question) -> Heard:
    """Staff read the words on the card."""
    note = " ".join(heard.text.split())[:LONGEST_NOTE]
    return replace(heard, question=replace(question, facts={**question.facts, "note": note}))
