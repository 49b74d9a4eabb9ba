"""/materiel: what the desk has to lend."""

from __future__ import annotations

import re

from bot.core.conversation import Heard, Say
from bot.core.messages import ItemLine, ItemList, ItemSaved, NoSuchItem, Usage
from bot.core.spoken import words as words_of
from bot.store import Tx
from bot.store.items import ItemRow
from handlers.people import ADD
from handlers.staff_words import items_named

CODE = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,39}")
SHOWN = 40


def item(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/materiel ajouter PERC-001 Perceuse Bosch; /materiel alone lists; /materiel perceuse shows one."""
    first, _, rest = words.strip().partition(" ")
    if (words_of(first) or [""])[0] in ADD:
        return _add(tx, heard, rest)
    if rest.strip() and CODE.fullmatch(first.upper()) and any(c.isdigit() for c in first):
        return _add(tx, heard, words)
    if not words.strip():
        return _list(tx, heard, tx.items.all(heard.department.id))
    found = items_named(tx, heard.department.id, words)
    if not found.sure:
        return [Say(message=NoSuchItem(words.strip()[:60], tuple(i.shown for i in found.near)))]
    return _list(tx, heard, list(found.sure))


def _add(tx: Tx, heard: Heard, words: str) -> list[Say]:
    code, _, name = words.strip().partition(" ")
    code, name = code.upper(), " ".join(name.split())[:120]
    if not CODE.fullmatch(code) or not name:
        return [Say(message=Usage("item"))]
    known = tx.items.by_code(code)
    if known is not None and known.department_id != heard.department.id:
        return [Say(message=ItemSaved(code, "", "taken"))]
    if known is not None and known.name == name:
        return [Say(message=ItemSaved(code, known.shown, "exists"))]
    if known is not None:
        tx.items.change(known.id, name=name)
        return [Say(message=ItemSaved(code, name, "renamed"))]
    tx.items.add(heard.department.id, code, name)
    return [Say(message=ItemSaved(code, name, "added"))]


def _list(tx: Tx, heard: Heard, items: list[ItemRow]) -> list[Say]:
    out = {loan.item_id: loan for loan in tx.loans.out(heard.department.id)}
    shown = []
    for it in items[:SHOWN]:
        loan = out.get(it.id)
        state = "on_loan" if loan else it.state
        shown.append(ItemLine(it.code, it.name, state, loan.due_at if loan else None, loan.borrower if loan else ""))
    return [Say(message=ItemList(tuple(shown), len(items)))]
