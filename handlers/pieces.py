"""The pieces of a kit: staff make its list, tick what did not come back, and note what is found again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.core.conversation import Choice, Heard, Say, echo
from bot.core.loans import OUT, Loan, LoanState
from bot.core.messages import ItemSaved
from bot.core.messages_kits import PieceFound, PiecesAsked, PiecesCard, PiecesRefused
from bot.core.pieces import BadPieces, Piece, read_pieces, written
from bot.store import Tx
from bot.store.items import ItemRow
from bot.store.pieces import Owed
from handlers import items, lacking
from handlers.buttons import in_rows
from handlers.named_loans import unknown
from handlers.rights import is_staff, name_of, refused, who
from handlers.showing import all_cards, card_choices, loan_card, pressed_loan, stale, to_borrower
from handlers.staff_words import item_named
from handlers.toasts import toast, too_late

# "/materiel PERC-001 pièces : chargeur, 2 batteries". The word may be left out where two or more are listed: "Livre :
# La Peste" is a name.
LIST = re.compile(
    r"\s*(?P<item>\S.*?)(?:\s+(?P<word>pi[eè]ces?|accessoires?|kit|pieces?|parts?))?\s*[:=]\s*(?P<list>.*)",
    re.IGNORECASE | re.DOTALL,
)


# --- the list -------------------------------------------------------------------------------------


def item(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/materiel: a kit's list, or anything else about items."""
    lines = (" ".join(line.split()) for line in words.splitlines())  # thousands of spaces would take seconds
    found = LIST.fullmatch("\n".join(line for line in lines if line))
    if found is None or not (found["word"] or _several(found["list"])):
        return items.item(tx, heard, words)
    it = item_named(tx, heard, found["item"])
    if it is not None:
        return _put(tx, heard, it, found["list"])
    named = items.to_be_added(found["item"])
    return _added(tx, heard, named, found["list"]) if named else [unknown(found["item"])]


def _several(words: str) -> bool:
    try:
        return len(read_pieces(words)) > 1
    except BadPieces:  # a list, with something to put right
        return True


def _added(tx: Tx, heard: Heard, words: str, listed: str) -> list[Say]:
    """/materiel ajouter Malle photo : boîtier, 2 objectifs"""
    try:
        wanted = read_pieces(listed)
    except BadPieces as error:
        return [Say(message=PiecesRefused(error.why, echo(error.what)))]
    it, says = items.add(tx, heard, words)
    if it is None:
        return says
    if not isinstance(says[0].message, ItemSaved) or says[0].message.done != "added":
        return [*says, *_put(tx, heard, it, listed)]
    tx.pieces.put(it.id, wanted)
    return [items.page(tx, it, "added", name_of(heard))]


def ask(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Pièces]: the list is typed in answer."""
    it = items.mine(tx, heard, choice.args[0])
    if it is None:
        return refused(heard)
    asked = PiecesAsked(it.shown, tuple(tx.pieces.of_item(it.id)))
    question = Say(message=asked, ask="item_pieces", facts={"item": it.id}, department_id=it.department_id)
    return [toast("shown"), question]


def typed(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    it = items.mine(tx, heard, facts["item"])
    return refused(heard) if it is None else _put(tx, heard, it, heard.text)


def _put(tx: Tx, heard: Heard, it: ItemRow, words: str) -> list[Say]:
    """Make the words the item's list of pieces; a lone dash empties it."""
    try:
        wanted = read_pieces(words)
    except BadPieces as error:
        return [Say(message=PiecesRefused(error.why, echo(error.what)))]
    it = tx.items.hold(it)  # of two lists of one moment the later replaces the earlier
    was, now = written(tx.pieces.of_item(it.id)), written(wanted)
    tx.pieces.put(it.id, wanted)
    act = tx.audit.note(who(heard), "pieces_changed", it.department_id, item=it.id, was=was, now=now)
    return [items.page(tx, it, "pieces", name_of(heard), taking_back=Choice("piece.undo", (act,), "undo"))]


def undo(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Annuler] under a new list: the one before, while nobody has changed it since."""
    act = tx.audit.get(int(choice.args[0]))
    it = items.mine(tx, heard, act.facts["item"]) if act is not None and act.what == "pieces_changed" else None
    if act is None or it is None:
        return refused(heard)
    it = tx.items.hold(it)
    if written(tx.pieces.of_item(it.id)) != act.facts["now"]:
        return [too_late(), items.page(tx, it, replace=True)]
    tx.pieces.put(it.id, read_pieces(act.facts["was"]))
    tx.audit.note(
        who(heard), "pieces_changed", it.department_id, item=it.id, was=act.facts["now"], now=act.facts["was"]
    )
    return [items.page(tx, it, "undone", name_of(heard), replace=True)]


# --- what did not come back ----------------------------------------------------------------------


def _out(tx: Tx, heard: Heard, choice: Choice) -> tuple[Loan, list[Piece]] | list[Say]:
    """The kit that is out and its pieces, or what to say instead."""
    loan = pressed_loan(tx, heard, choice, *OUT)
    if isinstance(loan, list):
        return loan
    pieces = tx.pieces.of_loan(loan.id, loan.item_id)
    return (loan, pieces) if pieces else stale(tx, heard, loan)


def tick_page(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Il manque…]: the pieces to tick, in place of the card's buttons."""
    found = _out(tx, heard, choice)
    return found if isinstance(found, list) else [_ticking(tx, *found)]


def tick(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """One more of this piece is missing; after the last, none."""
    found = _out(tx, heard, choice)
    if isinstance(found, list):
        return found
    loan, pieces = found
    missing = {p.id: p.missing for p in pieces if p.missing}
    ticked = next((p for p in pieces if p.id == choice.args[1]), None)
    if ticked is not None:
        missing[ticked.id] = (ticked.missing + 1) % (ticked.count + 1)
    tx.pieces.say(loan.id, missing)
    return [_ticking(tx, loan, tx.pieces.of_loan(loan.id, loan.item_id))]


def _ticking(tx: Tx, loan: Loan, pieces: Sequence[Piece]) -> Say:
    rows = in_rows([Choice("piece.tick", (loan.id, p.id), text=_ticked(p)) for p in pieces])
    act = ("loan.confirm", "confirm") if loan.state is LoanState.RETURN_DECLARED else ("loan.back", "return")
    last = (Choice(act[0], (loan.id,), act[1]), Choice("piece.leave", (loan.id,), "back"))
    return Say(message=loan_card(tx, loan), loan=loan, choices=(*rows, last), replace=True)


def _ticked(piece: Piece) -> str:
    if not piece.missing:
        return f"☐ {piece.shown}"
    return f"☑ {piece.name}" if piece.missing == piece.count else f"☑ {piece.name} {piece.missing}/{piece.count}"


def leave(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Revenir] without taking it back: ticks of a loan that still runs are forgotten, a borrower's own words stay."""
    found = _out(tx, heard, choice)
    if isinstance(found, list):
        return found
    loan = found[0]
    if loan.state is LoanState.ACTIVE:
        tx.pieces.unsay(loan.id)
    return [Say(message=loan_card(tx, loan), loan=loan, choices=card_choices(tx, loan), replace=True)]


# --- what is found again -------------------------------------------------------------------------


def found(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Retrouvé]: waited for no more; the borrower gets a receipt."""
    loan, piece_id = tx.loans.get(int(choice.args[0])), int(choice.args[1])
    if not is_staff(tx, heard, loan.department_id):
        return refused(heard)
    back = next((o.piece for o in tx.pieces.owed_of(loan.item_id) if _is(o, loan, piece_id)), None)
    if back is None or not tx.pieces.found(loan.id, piece_id):
        return _shown(tx, heard, loan, choice, [too_late()])
    tx.loans.note(loan.id, "piece_found", who(heard), back.name)
    receipt = PieceFound(back.name, loan.item, lacking.told(tx.pieces.owed_by(loan.contact_id)))
    key = f"in:{heard.letter_id}:found:{loan.id}:{piece_id}"
    return [*_shown(tx, heard, loan, choice, []), to_borrower(loan, receipt, key)]


def _is(owed: Owed, loan: Loan, piece_id: int) -> bool:
    return owed.loan_id == loan.id and owed.piece.id == piece_id


def _shown(tx: Tx, heard: Heard, loan: Loan, choice: Choice, first: list[Say]) -> list[Say]:
    """Where the button stands, brought up to date: the item's page, or the loan's cards."""
    it = tx.items.get(loan.item_id)
    if choice.args[2:] == ("item",) and it is not None:
        return [*first, items.page(tx, it, replace=True) if first else _page(tx, heard, it, choice)]
    cards = all_cards(tx, loan, name_of(heard))
    return [*first, *([_brought(tx, loan)] if choice.args[2:] == ("card",) else []), *cards]


def _page(tx: Tx, heard: Heard, it: ItemRow, choice: Choice) -> Say:
    undo = Choice("piece.not_found", (choice.args[0], choice.args[1]), "undo")
    return items.page(tx, it, "found", name_of(heard), taking_back=undo, replace=True)


def _brought(tx: Tx, loan: Loan) -> Say:
    """The card of pieces that a borrower says are back, with those that are still to be looked at."""
    owed = tx.pieces.owed_by(loan.contact_id)
    choices = lacking.found_buttons(owed, tx.departments.get(loan.department_id).language, "card")
    return Say(message=PiecesCard(loan.borrower, lacking.told(owed)), choices=choices, replace=True)


def not_found(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Annuler] under a piece noted as found: waited for again."""
    loan = tx.loans.get(int(choice.args[0]))
    it = items.mine(tx, heard, loan.item_id)
    if it is None:
        return refused(heard)
    if not tx.pieces.not_found(loan.id, int(choice.args[1])):
        return [too_late(), items.page(tx, it, replace=True)]
    tx.loans.note(loan.id, "piece_not_found", who(heard))
    return [items.page(tx, it, "undone", name_of(heard), replace=True)]
