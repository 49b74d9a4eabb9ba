"""RESERVER: to be told when an item is back, and to leave the list again."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import partial

from bot.core.conversation import UNDO_LASTS, Choice, Heard, Rows, Say, echo
from bot.core.due import Due, Unclear
from bot.core.finding import Matches, Named, find
from bot.core.intents import Understood
from bot.core.items import ItemState
from bot.core.messages import (
    AlreadyYours,
    HoldPlaced,
    ItemTaken,
    NoSuchItem,
    NothingHeld,
    Undone,
    WhichHold,
    WhichToHold,
)
from bot.store import Tx
from bot.store.holds import Hold
from bot.store.items import ItemRow
from handlers import borrow
from handlers.waiting import passed_on

SHOWN = 8
UNTIL = re.compile(r"(?i)\b(?:jus[qk]|until\b|till?\b)")
CAN_COME_BACK = frozenset({ItemState.AVAILABLE, ItemState.IN_REPAIR})


def reserve(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """RESERVER perceuse; alone after "not available" it means that item, else it asks which."""
    offered = heard.question.facts.get("reserve") if heard.question and not said.rest else None
    item = _here(tx, heard, offered) if offered else None
    if item:
        return with_item(tx, heard, item)
    # "Pour jeudi" is when it is fetched, and a question asks first.
    until = said.due if said.certainty == "act" and UNTIL.search(heard.text) else None
    return _by_words(tx, heard, borrow.without_purpose(tx, heard, said).rest, until)


def _by_words(tx: Tx, heard: Heard, typed: str, until: Due | Unclear | None = None) -> list[Say]:
    items = [i for i in tx.items.likely(heard.department.id, typed) if i.state in CAN_COME_BACK]
    found = find(typed, [Named(i, i.name, i.code) for i in items]) if typed else Matches()
    if found.one is not None:
        return with_item(tx, heard, found.one, until)
    if typed and not found.sure:
        return [Say(message=NoSuchItem(echo(typed), tuple(i.shown for i in found.near)), choices=_rows(found.near))]
    out = tx.loans.open_of_items([] if found.sure else [i.id for i in items])
    shown = list(found.sure) or [i for i in items if i.id in out or i.state is not ItemState.AVAILABLE]
    which = _one_of_each_name(tx, heard, shown)
    if not which:
        return [Say(message=NothingHeld())]
    if typed and len(which) == 1:
        return with_item(tx, heard, which[0], until)
    return [Say(message=WhichToHold(echo(typed)), choices=_rows(which[:SHOWN]), ask="reserve_which")]


def _one_of_each_name(tx: Tx, heard: Heard, items: Sequence[ItemRow]) -> list[ItemRow]:
    """Of those called alike the one to be had first: nobody can choose between three *Chaise pliante*."""
    called: dict[str, list[ItemRow]] = {}
    for item in items:
        called.setdefault(item.shown, []).append(item)
    return [min(alike, key=partial(_wait, tx, heard)) if alike[1:] else alike[0] for alike in called.values()]


def _wait(tx: Tx, heard: Heard, item: ItemRow) -> tuple[bool, bool, int, float]:
    """How long it may take: another than theirs, the one they wait for already, a short line, an early return."""
    loan, line = tx.loans.open_of_item(item.id), tx.holds.line(item.id)
    free = heard.at.timestamp() if item.state is ItemState.AVAILABLE else math.inf
    mine = loan is not None and loan.contact_id == heard.contact.id
    waits = any(h.contact_id == heard.contact.id for h in line)
    return mine, not waits, len(line), loan.due_at.timestamp() if loan else free


def _rows(items: tuple[ItemRow, ...] | list[ItemRow]) -> Rows:
    return tuple((Choice("mine.hold", (i.id,), text=i.shown),) for i in items)


def _here(tx: Tx, heard: Heard, item_id: object) -> ItemRow | None:
    item = tx.items.get(int(str(item_id)))
    return item if item is not None and item.department_id == heard.department.id else None


def chose_item(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    item = _here(tx, heard, choice.args[0])
    return with_item(tx, heard, item) if item else [Say(message=NoSuchItem(""))]


def typed_item(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    return _by_words(tx, heard, heard.text)


def with_item(tx: Tx, heard: Heard, item: ItemRow, until: Due | Unclear | None = None) -> list[Say]:
    """The item is known: stand in its line; one that is free is lent at once, until then where that was said."""
    item = tx.items.hold(item)  # returned in this moment, it would be free with somebody waiting for its return
    loan = tx.loans.open_of_item(item.id)
    if loan is not None and loan.contact_id == heard.contact.id:
        return [Say(message=AlreadyYours(item.shown, loan.due_at))]
    if item.state not in CAN_COME_BACK:
        return [Say(message=ItemTaken(item.shown))]
    kept = tx.holds.ready_of(item.id)
    mine = kept is not None and kept.contact_id == heard.contact.id
    if loan is None and item.state is ItemState.AVAILABLE and (kept is None or mine):
        return borrow.with_item(tx, heard, item, until)
    if tx.holds.add(item.id, heard.contact.id, item.department_id):
        tx.people.join(heard.contact.id, item.department_id)
        tx.loans.remember_undo(heard.contact.id, "hold", heard.at + UNDO_LASTS, item=item.id)
    return [placed(tx, heard, item)]


def placed(tx: Tx, heard: Heard, item: ItemRow) -> Say:
    """The person's place in the line, and when the item should be back."""
    line = tx.holds.line(item.id)
    place = next(n for n, h in enumerate(line, 1) if h.contact_id == heard.contact.id)
    loan = tx.loans.open_of_item(item.id)
    back_at = loan.due_at if loan and loan.due_at > heard.at else None
    return Say(message=HoldPlaced(item.shown, place, back_at, bool(loan and back_at is None)))


# --- leaving the list ------------------------------------------------------------------------------


def leave(tx: Tx, heard: Heard, words: str = "") -> list[Say]:
    """ANNULER: out of the line named, or the only one; none when the person stands in no line."""
    held = tx.holds.of(heard.contact.id)
    named = find(words, [Named(h, h.item, h.code) for h in held]).sure if words else ()
    which = list(named) or held
    if len(which) > 1:
        rows = tuple((Choice("mine.leave", (h.id,), text=h.item),) for h in which[:SHOWN])
        return [Say(message=WhichHold(), choices=rows)]
    return _leave(tx, which[0]) if which else []


def left(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    found = next((h for h in tx.holds.of(heard.contact.id) if (h.id,) == choice.args[:1]), None)
    return _leave(tx, found) if found else [Say(message=NothingHeld())]


def undo(tx: Tx, heard: Heard, item_id: int) -> list[Say]:
    """ANNULER right after RESERVER."""
    found = next((h for h in tx.holds.of(heard.contact.id) if h.item_id == item_id), None)
    return _leave(tx, found) if found else []


def _leave(tx: Tx, found: Hold) -> list[Say]:
    now = tx.holds.still(found)
    if now is None:
        return [Say(message=NothingHeld())]
    over = tx.holds.close(now, "left")
    told = passed_on(tx, over, "left") if now.ready else []
    return [Say(message=Undone("hold", found.item)), *told]
