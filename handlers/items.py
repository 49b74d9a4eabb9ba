"""/materiel: what the desk has to lend, in a list, and each item on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.core.conversation import Asked, Choice, Heard, Rows, Say
from bot.core.items import CODE, MAY_BECOME, ItemState
from bot.core.loans import OUT, Loan, LoanState
from bot.core.messages import (
    ItemAsked,
    ItemLine,
    ItemList,
    ItemPage,
    ItemSaved,
    LoanLost,
    Usage,
)
from bot.core.spoken import fold
from bot.core.spoken import words as words_of
from bot.store import Tx
from bot.store.items import ItemRow
from handlers.buttons import in_rows, page_among, turns
from handlers.lacking import found_buttons, told
from handlers.named_loans import unknown
from handlers.people import ADD
from handlers.rights import is_staff, name_of, refused, who
from handlers.showing import all_cards, to_borrower
from handlers.staff_words import items_named
from handlers.toasts import toast, too_late
from handlers.waiting import state_changed

PREFIX = 4  # letters of a name that begin a code we draw: PERC-001
MOST_OF_A_PREFIX = 1000
LONGEST_NAME, LONGEST_CHECK = 120, 300
PER_PAGE = 8
LONGEST_SOUGHT = 40  # bytes
# What is typed after a code and is no name: "VP-001 réparation" would be the projector's name for ever.
STATE_WORDS = {
    word: state
    for state, typed in {
        ItemState.AVAILABLE: (
            "disponible, libre, repare, reparee, retrouve, retrouvee, available, repaired, found, back"
        ),
        ItemState.IN_REPAIR: "reparation, en reparation, a reparer, en panne, casse, cassee, repair, in repair, broken",
        ItemState.LOST: "perdu, perdue, vole, volee, lost, stolen",
        ItemState.RETIRED: "retire, retiree, retirer, hors service, retired, out of service",
    }.items()
    for word in typed.split(", ")
}
LABELS = {ItemState.IN_REPAIR: "repair", ItemState.LOST: "lost", ItemState.RETIRED: "retire"}
AVAILABLE_AGAIN = {ItemState.IN_REPAIR: "repaired", ItemState.LOST: "found", ItemState.RETIRED: "lend_back"}


# --- /materiel -----------------------------------------------------------------------------------


def item(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/materiel ajouter PERC-001 Perceuse Bosch; /materiel alone lists; /materiel perceuse shows one."""
    named = to_be_added(words)
    if named is not None:
        return add(tx, heard, named)[1]
    if not words.strip():
        return [_list(tx, heard, tx.items.all(heard.department.id))]
    found = items_named(tx, heard.department.id, words)
    if found.one is not None:
        return [page(tx, found.one)]
    if not found.sure:
        return [unknown(words.strip(), tuple(i.shown for i in found.near), new=True)]
    return [_list(tx, heard, found.sure, words=words.strip())]


def to_be_added(words: str) -> str | None:
    """ "ajouter Perceuse Bosch", "PERC-001 Perceuse Bosch": what is to be in the list. None for words that look
    something up."""
    first, _, rest = words.strip().partition(" ")
    if (words_of(first) or [""])[0] in ADD:
        return rest
    coded = rest.strip() and CODE.fullmatch(first.upper()) and any(c.isdigit() for c in first)
    return words if coded else None


def add(tx: Tx, heard: Heard, words: str) -> tuple[ItemRow | None, list[Say]]:
    """What is in the list now under the code typed, or drawn for the name, and what to say."""
    code, name = _code_and_name(tx, " ".join(words.split()))
    says = _add(tx, heard, code, name)
    it = tx.items.by_code(code)
    return it if it is not None and it.department_id == heard.department.id else None, says


def _add(tx: Tx, heard: Heard, code: str, name: str) -> list[Say]:
    if not CODE.fullmatch(code) or not name:
        return [Say(message=Usage("item"))]
    known = tx.items.by_code(code)
    if known is not None and known.department_id != heard.department.id:
        return [Say(message=ItemSaved(code, "", "taken"))]
    if known is not None and known.name == name:
        lent = known.state == ItemState.AVAILABLE
        return [Say(message=ItemSaved(code, known.shown, "exists")) if lent else page(tx, known)]
    if known is not None and fold(name) in STATE_WORDS:
        return _put_by_word(tx, heard, known, STATE_WORDS[fold(name)])
    if known is not None and known.state != ItemState.AVAILABLE:  # the code of a thing no longer lent: its page says so
        return [_change(tx, heard, known, "name", name=name)]
    if known is not None:
        act = _write(tx, heard, known, name=name)
        return [Say(message=ItemSaved(code, name, "renamed"), choices=((_taking_back(act),),))]
    tx.items.add(heard.department.id, code, name)
    return [Say(message=ItemSaved(code, name, "added"))]


def _code_and_name(tx: Tx, words: str) -> tuple[str, str]:
    """What is typed begins with a code ("PERC-001 Perceuse Bosch"), or gets the next free one ("Perceuse Bosch")."""
    first, _, rest = words.partition(" ")
    code = first.upper()
    if first == code or any(sign.isdigit() for sign in first) or tx.items.by_code(code) is not None:
        return code, rest[:LONGEST_NAME]
    prefix = "".join(sign for sign in fold(first).upper() if sign.isalnum())[:PREFIX]
    drawn = (f"{prefix}-{number:03}" for number in range(1, MOST_OF_A_PREFIX))
    return next((code for code in drawn if tx.items.by_code(code) is None), code), words[:LONGEST_NAME]


def _list(
    tx: Tx, heard: Heard, items: Sequence[ItemRow], number: int = 1, *, words: str = "", replace: bool = False
) -> Say:
    """words: what the items were looked for by. Longer than a button can carry, they lead to no further page."""
    number, pages = page_among(len(items), number, PER_PAGE)
    shown = items[(number - 1) * PER_PAGE : number * PER_PAGE]
    out = tx.loans.open_of_items([it.id for it in shown])
    message = ItemList(tuple(_line(it, out.get(it.id)) for it in shown), len(items), number, pages)
    buttons = in_rows([Choice("item.show", (it.id,), text=it.shown) for it in shown])
    sought = (words,) if words else ()
    turned = turns("item.list", number, pages, *sought) if len(words.encode()) <= LONGEST_SOUGHT else ()
    return Say(message=message, choices=(*buttons, *turned), replace=replace)


def _line(it: ItemRow, loan: Loan | None) -> ItemLine:
    if loan is None:
        return ItemLine(it.code, it.name, it.state)
    return ItemLine(it.code, it.name, "on_loan", loan.due_at, loan.borrower)


def turn_page(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[‹] [›]: the list is written over."""
    if not is_staff(tx, heard, heard.department.id):
        return refused(heard)
    *sought, number = choice.args
    words = str(sought[0]) if sought else ""
    items = items_named(tx, heard.department.id, words).sure if words else tx.items.all(heard.department.id)
    return [_list(tx, heard, items, max(1, int(number)), words=words, replace=True)]


# --- one item ------------------------------------------------------------------------------------


def page(
    tx: Tx, it: ItemRow, done: str = "", by: str = "", *, taking_back: Choice | None = None, replace: bool = False
) -> Say:
    """The item's page. taking_back: [Annuler] for the change that was just made."""
    owed = tx.pieces.owed_of(it.id)
    loan, line = tx.loans.open_of_item(it.id), tx.holds.line(it.id)
    kept = next((hold for hold in line if hold.ready), None)
    message = ItemPage(
        it.code, it.shown, "on_loan" if loan else it.state, it.check, loan.borrower if loan else "",
        loan.due_at if loan else None, done, by, pieces=tuple(tx.pieces.of_item(it.id)), awaited=told(owed),
        kept_for=kept.name if kept else "", kept_until=kept.expires_at if kept else None,
        waiting=tuple(hold.name for hold in line if not hold.ready),
    )  # fmt: skip
    found = found_buttons(owed, tx.departments.get(it.department_id).language, "item")
    choices = (*(((taking_back,),) if taking_back else ()), *found, *_acts(it, loan))
    return Say(message=message, choices=choices, department_id=it.department_id, replace=replace)


def _taking_back(act: int) -> Choice:
    return Choice("item.undo", (act,), "undo")


def _acts(it: ItemRow, loan: Loan | None) -> Rows:
    check, pieces = Choice("item.ask", (it.id, "check"), "what_to_check"), Choice("piece.ask", (it.id,), "pieces")
    wording = (Choice("item.ask", (it.id, "name"), "rename"), check, pieces)
    if loan is not None:
        return (wording, (Choice("loan.show", (loan.id,), "see"), _move(it, ItemState.LOST)))
    moves = [_move(it, state) for state in MAY_BECOME[it.state]]
    if it.state is ItemState.AVAILABLE:
        moves.insert(0, Choice("lend.item", (it.id, 0), "lend"))
    return (wording, *in_rows(moves))


def _move(it: ItemRow, to: ItemState) -> Choice:
    label = AVAILABLE_AGAIN[it.state] if to is ItemState.AVAILABLE else LABELS[to]
    return Choice("item.put", (it.id, to.value), label)


def mine(tx: Tx, heard: Heard, item_id: object) -> ItemRow | None:
    """The item, when the writer is of its department's staff; what is another's does not exist for them."""
    it = tx.items.get(int(str(item_id)))
    return it if it is not None and is_staff(tx, heard, it.department_id) else None


def show(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    it = mine(tx, heard, choice.args[0])
    return refused(heard) if it is None else [page(tx, it, replace=True)]


def put(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[En réparation] [Réparé] [Perdu] [Retrouvé] [Retirer du prêt] [Remettre en prêt]"""
    it, state = mine(tx, heard, choice.args[0]), str(choice.args[1])
    if it is None:
        return refused(heard)
    it = tx.items.hold(it)
    loan = tx.loans.open_of_item(it.id)
    if loan is not None:
        return _lose(tx, heard, it, loan, sure="sure" in choice.args) if state == ItemState.LOST else _moved_on(tx, it)
    return _put(tx, heard, it, state, replace=True) if state in MAY_BECOME[it.state] else _moved_on(tx, it)


def _put(tx: Tx, heard: Heard, it: ItemRow, state: str, *, replace: bool = False) -> list[Say]:
    return [_change(tx, heard, it, state, replace=replace, state=state), *state_changed(tx, it.id)]


def _put_by_word(tx: Tx, heard: Heard, it: ItemRow, state: str) -> list[Say]:
    """/materiel PERC-001 réparation. Of what is lent, or is so already, the page shows what can be done."""
    it = tx.items.hold(it)
    may = state in MAY_BECOME[it.state] and tx.loans.open_of_item(it.id) is None
    return _put(tx, heard, it, state) if may else [page(tx, it)]


def _moved_on(tx: Tx, it: ItemRow) -> list[Say]:
    return [too_late(), page(tx, it, replace=True)]


def _lose(tx: Tx, heard: Heard, it: ItemRow, loan: Loan, *, sure: bool) -> list[Say]:
    """[Perdu] of an item that is lent ends the loan: asked first, since a loan that is over does not come back."""
    if not sure:
        asked = ItemPage(it.code, it.shown, "on_loan", "", loan.borrower, loan.due_at, asks=True)
        yes = Choice("item.put", (it.id, ItemState.LOST.value, "sure"), "lost")
        return [Say(message=asked, choices=((yes, Choice("item.show", (it.id,), "never_mind")),), replace=True)]
    if loan.state not in OUT:
        return _moved_on(tx, it)
    loan = tx.loans.move(loan, LoanState.LOST, who(heard))
    tx.plans.drop(loan.id, "lost")
    words = LoanLost(loan.item, tx.departments.get(loan.department_id).contact_line)
    shown = _change(tx, heard, it, "lost", replace=True, undoable=False, state=ItemState.LOST)
    return [shown, *all_cards(tx, loan, name_of(heard)), to_borrower(loan, words, f"loan:{loan.id}:lost")]


def _change(
    tx: Tx, heard: Heard, it: ItemRow, done: str, *, replace: bool = False, undoable: bool = True, **values: str
) -> Say:
    """Set columns of an item; its page, with a button that takes the change back."""
    act = _write(tx, heard, it, **values)
    now = tx.items.get(it.id) or it
    return page(tx, now, done, name_of(heard), taking_back=_taking_back(act) if undoable else None, replace=replace)


def _write(tx: Tx, heard: Heard, it: ItemRow, **values: str) -> int:
    """Set columns of an item; the number of the change in the audit."""
    was = {name: getattr(it, name) for name in values}
    tx.items.change(it.id, **values)
    return tx.audit.note(who(heard), "item_changed", it.department_id, item=it.id, was=was, now=values)


def undo(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Annuler] under a change: only while the item still is as that change left it."""
    act = tx.audit.get(int(choice.args[0]))
    it = mine(tx, heard, act.facts["item"]) if act is not None and act.what == "item_changed" else None
    if act is None or it is None:
        return refused(heard)
    it = tx.items.hold(it)
    if any(getattr(it, name) != value for name, value in act.facts["now"].items()) or _out(tx, it, act.facts):
        return _moved_on(tx, it)
    shown = _change(tx, heard, it, "undone", replace=True, undoable=False, **act.facts["was"])
    return [shown, *state_changed(tx, it.id)]


def _out(tx: Tx, it: ItemRow, facts: dict[str, Any]) -> bool:
    """Whether it was lent since: what is with a borrower is neither in repair nor lost."""
    return "state" in facts["now"] and tx.loans.open_of_item(it.id) is not None


# --- name and what to check ------------------------------------------------------------------------


def ask(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Changer le nom] [Point à vérifier]: the words are typed in answer."""
    it, what = mine(tx, heard, choice.args[0]), str(choice.args[1])
    if it is None:
        return refused(heard)
    question: Asked = "item_check" if what == "check" else "item_name"
    asked = ItemAsked(it.shown, "check" if what == "check" else "name")
    return [toast("shown"), Say(message=asked, ask=question, facts={"item": it.id}, department_id=it.department_id)]


def typed_name(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    it, name = mine(tx, heard, facts["item"]), " ".join(heard.text.split())[:LONGEST_NAME]
    if it is None:
        return refused(heard)
    return [_change(tx, heard, it, "name", name=name)] if name else []


def typed_check(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """What borrowers are told to look at; a lone "-" empties it."""
    it, words = mine(tx, heard, facts["item"]), " ".join(heard.text.split())[:LONGEST_CHECK]
    if it is None:
        return refused(heard)
    return [_change(tx, heard, it, "check", check="" if words in ("-", "–", "") else words)]
