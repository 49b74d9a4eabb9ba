"""What was said as a question or with a doubt is asked back before anything changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.conversation import Choice, Heard, Say
from bot.core.due import Due
from bot.core.finding import find
from bot.core.intents import Intent, Understood
from bot.core.items import ItemState
from bot.core.messages import ConfirmWish, Stale
from bot.core.opening import is_open_day
from bot.store import Tx
from handlers.borrow import WISH_ANSWERS, read_time, without_purpose
from handlers.choosing import meant
from handlers.not_back import keep_until
from handlers.several_things import begins_counted
from handlers.staff_words import named_items

LASTS = timedelta(hours=2)  # "jusqu'à demain" said yesterday is another day

Again = Callable[[Tx, Heard, str], list[Say]]
NOTHING: tuple[None, dict[str, Any]] = (None, {})  # to ask


def asked_first(tx: Tx, heard: Heard, said: Understood, text: str) -> list[Say] | None:
    """The question to ask before a wish is granted. None where nothing would change yet: something is missing, and the
    handler asks for that; or the words left no doubt."""
    if said.certainty != "ask" or said.others:
        return None
    wish, of = _wish(tx, heard, said)
    if isinstance(wish, Say):
        return [wish]
    facts = {"said": text, **of}
    return None if wish is None else [Say(message=wish, choices=(WISH_ANSWERS,), ask="choice", facts=facts)]


def _wish(tx: Tx, heard: Heard, said: Understood) -> tuple[ConfirmWish | Say | None, dict[str, Any]]:
    """The question, and what it is about: the code of an item or the number of a loan, and until when."""
    if said.intent is Intent.START:
        return ConfirmWish("start"), {}
    if said.intent is Intent.BORROW:
        return _borrowing(tx, heard, said)
    return _keeping(tx, heard, said) if said.intent is Intent.EXTEND else NOTHING


def _borrowing(tx: Tx, heard: Heard, said: Understood) -> tuple[ConfirmWish | None, dict[str, Any]]:
    if begins_counted(said.rest):  # "2 chaises" is no chair of number 2
        return NOTHING
    said = without_purpose(tx, heard, said)
    item = find(said.rest, named_items(tx, heard.department.id, said.rest)).one
    if item is None or not isinstance(said.due, Due):
        return NOTHING
    if item.state is not ItemState.AVAILABLE or tx.loans.open_of_item(item.id) is not None:
        return NOTHING
    return ConfirmWish("borrow", item.shown, said.due.at), {"item": item.code, "until": said.due.at.isoformat()}


def _keeping(tx: Tx, heard: Heard, said: Understood) -> tuple[ConfirmWish | Say | None, dict[str, Any]]:
    which = meant(tx, heard, said, tx.loans.open_of(heard.contact.id, ("active",)))
    if not which or len(which) > 1:
        return NOTHING
    timed = read_time(heard, base=which[0].due_at.astimezone(heard.department.zone))  # "un jour de plus"
    due = timed[0] if timed else None
    later = isinstance(due, Due) and due.at > which[0].due_at  # what is not is refused, not asked about
    if not isinstance(due, Due) or not later:
        return NOTHING
    if not is_open_day(due.at.date(), heard.department.rules):  # OUI is to another day than the words name
        return keep_until(tx, which[0], due.at), {}
    return ConfirmWish("extend", which[0].item, due.at), {"loan": which[0].id, "until": due.at.isoformat()}


def granted(tx: Tx, heard: Heard, choice: Choice, again: Again) -> list[Say]:
    """OUI: the words are taken as if they had been meant from the start."""
    asked = heard.question
    text = str(asked.facts.get("said", "")) if asked is not None else ""
    if asked is None or not text or heard.at - asked.asked_at > LASTS:
        return [Say(message=Stale())]
    return again(tx, replace(heard.saying(text), question=None), text)
