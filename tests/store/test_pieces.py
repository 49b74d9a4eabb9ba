"""Pieces of kits: what went out, what did not come back, and a list that changes meanwhile."""

from __future__ import annotations

from datetime import timedelta

from bot.core.loans import LoanState
from bot.core.pieces import Piece, read_pieces, written
from bot.store import Store, Tx
from tests.store.conftest import Furniture


def lent(tx: Tx, desk: Furniture) -> int:
    due = tx.now + timedelta(days=1)
    return tx.loans.add(
        item_id=desk.drill, contact_id=desk.awa, department_id=desk.desk, state=LoanState.ACTIVE, due_at=due, who="Sam"
    ).id


def missing(pieces: list[Piece]) -> dict[str, int]:
    return {piece.name: piece.missing for piece in pieces if piece.missing}


async def test_what_is_missing_stays_with_its_loan_until_it_is_found(store: Store, desk: Furniture) -> None:
    def story(tx: Tx) -> None:
        tx.pieces.put(desk.drill, read_pieces("chargeur, 2 batteries, coffret"))
        first = lent(tx, desk)
        charger, batteries, _ = tx.pieces.of_item(desk.drill)
        tx.pieces.say(first, {charger.id: 1, batteries.id: 1})
        assert missing(tx.pieces.of_item(desk.drill)) == {}, "said is not confirmed"
        tx.pieces.say(first, {batteries.id: 1})
        tx.pieces.confirm(first)
        tx.loans.change(first, state="returned")
        assert missing(tx.pieces.of_item(desk.drill)) == {"batteries": 1}
        assert [(o.piece.name, o.borrower) for o in tx.pieces.owed_by(desk.awa)] == [("batteries", "Awa")]

        second = lent(tx, desk)
        assert written(tx.pieces.of_loan(second, desk.drill)) == "chargeur, batteries, coffret"
        tx.pieces.say(second, {batteries.id: 1})
        tx.pieces.confirm(second)
        assert missing(tx.pieces.of_item(desk.drill)) == {"batteries": 2}
        assert missing(tx.pieces.of_loan(first, desk.drill)) == {"batteries": 1}
        assert tx.pieces.found(first, batteries.id)
        assert not tx.pieces.found(first, batteries.id), "found once"
        assert missing(tx.pieces.of_item(desk.drill)) == {"batteries": 1}

    await store.write(story)


async def test_a_piece_taken_off_the_list_is_waited_for_no_more(store: Store, desk: Furniture) -> None:
    def story(tx: Tx) -> None:
        tx.pieces.put(desk.drill, read_pieces("chargeur, coffret"))
        loan = lent(tx, desk)
        charger = tx.pieces.of_item(desk.drill)[0]
        tx.pieces.say(loan, {charger.id: 1})
        tx.pieces.confirm(loan)
        tx.pieces.put(desk.drill, read_pieces("coffret, Mandrin"))
        assert tx.pieces.owed_by(desk.awa) == []
        tx.pieces.put(desk.drill, read_pieces("Chargeur, coffret"))
        assert [o.piece.id for o in tx.pieces.owed_by(desk.awa)] == [charger.id], "back on the list, it is missing anew"
        assert written(tx.pieces.of_items([desk.drill])[desk.drill]) == "Chargeur, coffret"

    await store.write(story)
