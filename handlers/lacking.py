"""What of a kit does not come back: what the words of a return leave out, and who still has a piece."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from bot.core.conversation import Choice, Heard, Rows, Say, To
from bot.core.finding import Named, find
from bot.core.intents import Understood
from bot.core.loans import Loan
from bot.core.messages_kits import PiecesBrought, PiecesCard, WhichMissing
from bot.core.pieces import Awaited, Piece, lacking, written
from bot.core.records import record
from bot.core.spoken import words as words_of
from bot.store import Tx
from bot.store.pieces import Owed
from handlers.buttons import in_rows, texts

Missing = Mapping[int, int]  # piece → how many of it
NOTHING: Missing = {}
WITH_IT = frozenset("dans avec in inside into with".split())  # "rendue dans son coffret" is all of it
SENTENCES = re.compile(r"[.!?;\n]\s*\w")


@record(frozen=True, slots=True)
class Partly:
    """A kit that comes back without some of its pieces."""

    loan: Loan
    missing: Missing


def kits(tx: Tx, loans: Iterable[Loan]) -> list[tuple[Loan, list[Piece]]]:
    """Those of the loans that went out with pieces."""
    return [(loan, pieces) for loan in loans if (pieces := tx.pieces.of_loan(loan.id, loan.item_id))]


def partly(tx: Tx, said: Understood, loans: Sequence[Loan]) -> list[Partly]:
    """The kits of which the words leave out pieces by name; several when the same word fits several."""
    omitted = said.omission
    if omitted is None or not omitted.words:
        return []
    found = [Partly(loan, missing) for loan, pieces in kits(tx, loans) if (missing := lacking(omitted.words, pieces))]
    numbered = [one for one in found if one.loan.number in said.numbers]
    if numbered or len(found) < 2 or not said.rest:
        return numbered or found
    meant = find(said.rest, [Named(one, one.loan.item, one.loan.code) for one in found]).one
    return [meant] if meant is not None else found


def holding(tx: Tx, words: str, loans: Sequence[Loan]) -> list[Loan]:
    """The kits among the loans that have a piece the words name."""
    return [loan for loan, pieces in kits(tx, loans) if lacking(words, pieces)] if words else []


def only_named(tx: Tx, said: Understood, text: str, loans: Sequence[Loan]) -> Partly | None:
    """ "J'ai rendu la caméra et le trépied", of one kit: what is not named of it stays out. None where nothing of one
    kit alone is named. text: as typed; of several sentences only the one that says so counts (`said.rest`)."""
    words = said.rest if SENTENCES.search(text) else text
    found = holding(tx, words if said.rest else "", loans)
    if len(found) != 1 or WITH_IT & set(words_of(text)):
        return None
    [(loan, pieces)] = kits(tx, found)
    back = lacking(words, pieces)
    missing = {p.id: left for p in pieces if (left := p.count - p.missing - back.get(p.id, 0)) > 0}
    return Partly(loan, missing)


# --- as an argument of a button ----------------------------------------------------------------------


def packed(missing: Missing) -> str:
    """ "12x1.13x2": what is missing, short enough for a button; "0" for nothing."""
    return ".".join(f"{piece}x{count}" for piece, count in missing.items()) or "0"


def unpacked(argument: object) -> dict[int, int]:
    """Raises ValueError for anything `packed` does not make."""
    text = str(argument)
    if text == "0":
        return {}
    pairs = (part.split("x") for part in text.split("."))
    return {int(piece): int(count) for piece, count in pairs}


def which_missing(loan: Loan, pieces: Sequence[Piece]) -> Say:
    """Ask the borrower what is not among it."""
    rows = [(Choice("mine.lacks", (loan.id, packed({p.id: p.count})), text=p.shown),) for p in pieces]
    rows.append((Choice("mine.lacks", (loan.id, "0"), "nothing_missing"),))
    return Say(message=WhichMissing(loan.item, tuple(pieces)), choices=tuple(rows))


# --- what staff and borrowers are told ---------------------------------------------------------------


def gone(tx: Tx, loan: Loan) -> tuple[Piece, ...]:
    """What did not come back with a loan, or so they say."""
    return tuple(p for p in tx.pieces.of_loan(loan.id, loan.item_id) if p.missing)


def settle(tx: Tx, loan: Loan, who: str) -> tuple[Piece, ...]:
    """The loan is taken back: what is missing is waited for from now on, and stands in the loan's history."""
    missing = gone(tx, loan)
    if missing:
        tx.pieces.confirm(loan.id)
        tx.loans.note(loan.id, "incomplete", who, written([Piece(p.name, p.missing) for p in missing]))
    return missing


def told(owed: Iterable[Owed]) -> tuple[Awaited, ...]:
    return tuple(Awaited(o.piece.name, o.piece.count, o.piece.missing, o.item, o.borrower) for o in owed)


def found_buttons(owed: Sequence[Owed], language: str, *place: str) -> Rows:
    """[Retrouvé : chargeur] for each. place: where the button stands, when not on a loan's card."""
    words = texts().word("piece", "found", texts().language(language))
    return in_rows(
        [Choice("piece.found", (o.loan_id, o.piece.id, *place), text=words.format(o.piece.name)) for o in owed]
    )


# --- pieces brought after the loan ---------------------------------------------------------------


def brought(tx: Tx, heard: Heard, said: Understood) -> list[Say] | None:
    """RENDU of somebody who only has pieces left: staff get a card to note them as found. None when they owe none."""
    owed = tx.pieces.owed_by(heard.contact.id)
    named = lacking(said.rest, [o.piece for o in owed]) if said.rest else {}
    owed = [o for o in owed if not named or o.piece.id in named]
    if not owed:
        return None
    card = PiecesCard(heard.contact.name, told(owed))
    choices = found_buttons(owed, heard.department.language, "card")
    subject = f"pieces:{heard.contact.id}:{heard.letter_id}"
    return [
        Say(message=PiecesBrought(told(owed))),
        Say(message=card, to=To.STAFF, department_id=heard.department.id, card=subject, choices=choices),
    ]
