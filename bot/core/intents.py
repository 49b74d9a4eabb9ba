"""What a message wants: the words people type, on one screen, and how a message is held against them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from bot.core.due import Due, Unclear
from bot.core.intent import Answer, Certainty, Intent, Understood
from bot.core.intent_commands import COMMANDS, Command, CommandRow, read_command
from bot.core.spoken import clean, words

__all__ = [
    "COMMANDS", "TABLE", "Answer", "Certainty", "Command", "CommandRow", "Intent", "Understood", "read_answer",
    "read_command", "understand",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """The words that mean an intent, in each language."""

    intent: Intent
    fr: tuple[str, ...]
    en: tuple[str, ...]


TABLE = (
    Row(Intent.RETURN, fr=("rendu", "rendue", "rendus", "rendues", "retour", "rapporte"), en=("returned", "back")),
    Row(Intent.EXTEND, fr=("prolonger", "prolongation"), en=("extend", "renew")),
    Row(Intent.LIST, fr=("mes prets", "prets"), en=("my loans", "loans")),
    Row(Intent.BORROW, fr=("pret", "emprunt", "emprunter"), en=("borrow",)),
    Row(Intent.HELP, fr=("aide",), en=("help",)),
    Row(Intent.GREET, fr=("bonjour", "bonsoir", "salut"), en=("hello", "hi")),
    Row(Intent.THANKS, fr=("merci",), en=("thanks", "thank you")),
    Row(Intent.STOP, fr=("stop", "arret", "arreter", "desabonner", "desinscrire"),
        en=("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout")),
    Row(Intent.START, fr=("start",), en=("start", "unstop")),
    Row(Intent.PAUSE, fr=("pause",), en=("pause",)),
    Row(Intent.BALANCE, fr=("solde",), en=("balance",)),
    Row(Intent.PAID, fr=("paye",), en=("paid",)),
    Row(Intent.LANGUAGE, fr=("langue",), en=("language",)),
    Row(Intent.HUMAN, fr=("contact",), en=("contact",)),
    Row(Intent.PROBLEM, fr=("probleme",), en=("problem",)),
    Row(Intent.CANCEL, fr=("annuler",), en=("undo",)),
    Row(Intent.RESERVE, fr=("reserver",), en=("reserve",)),
    Row(Intent.QUITUS, fr=("quitus",), en=("clearance",)),
    Row(Intent.REMINDERS, fr=("rappels",), en=("reminders",)),
    Row(Intent.YES, fr=("oui",), en=("sure",)),
    Row(Intent.NO, fr=("non",), en=("no",)),
)  # fmt: skip

_WORDS = {word: row.intent for row in TABLE for word in row.en + row.fr}


def understand(text: str, *, language: str, now: datetime, closing: time = time(18, 0)) -> Understood:
    """What a message wants. Never raises; a text nothing is known of is UNKNOWN."""
    due, rest = _due(clean(text), now=now, language=language, closing=closing)
    typed = words(rest)
    for length in (2, 1):
        intent = _WORDS.get(" ".join(typed[:length]))
        if intent is not None:
            left = typed[length:]
            numbers = tuple(int(w) for w in left if w.isdigit() and len(w) < 5)
            everything = bool({"tout", "all"} & set(left))
            named = " ".join(w for w in left if not w.isdigit() and w not in ("tout", "all"))
            return Understood(intent, due=due, rest=named, numbers=numbers, everything=everything)
    return Understood(Intent.UNKNOWN, "ask", due=due, rest=rest)


def _due(sentence: str, **how: Any) -> tuple[Due | Unclear | None, str]:
    try:
        from bot.core.duetime import find_due
    except ImportError:
        return None, sentence
    return find_due(sentence, **how) or (None, sentence)


def read_answer(text: str, language: str) -> Answer | None:
    """A short answer to an open question, None when the words are more than that."""
    typed = words(text)
    if not typed:
        return None
    if typed in (["oui"], ["sure"], ["ok"]):
        return Answer(yes=True)
    if typed in (["non"], ["no"]):
        return Answer(no=True)
    if typed in (["tout"], ["all"]):
        return Answer(everything=True)
    if all(word.isdigit() and len(word) < 5 for word in typed if word != "et"):
        return Answer(numbers=tuple(int(word) for word in typed if word != "et"))
    return None
