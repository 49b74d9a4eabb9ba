"""The queries that most letters lead to, run once for everybody who writes in a batch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.core.loans import card_of, return_card_of
from bot.store import holds, loans, media, pieces, undelivered

if TYPE_CHECKING:
    from bot.store.transaction import Tx


def what_people_have(tx: Tx, people: Iterable[int]) -> None:
    """Their loans with pieces, pictures and cards, their places in waiting lists, what they owe, and what never reached
    them."""
    everyone = sorted(people)
    out = tx.look_ahead(loans.OPEN_OF, everyone)
    tx.look_ahead(pieces.OF_ITEM, {row.item_id for row in out})
    tx.look_ahead(pieces.SAID_OF, [row.id for row in out])
    tx.look_ahead(media.OF_LOAN, [row.id for row in out])
    for desk in {row.department_id for row in out}:
        chat = tx.departments.get(desk).chat
        here = [row.id for row in out if row.department_id == desk]
        tx.cards.look_ahead(chat, [*map(card_of, here), *(return_card_of(one, tx.now) for one in here)])
    tx.look_ahead(media.ASKED_OF, everyone, **media.since(tx))
    tx.look_ahead(holds.OF_PERSON, everyone)
    tx.look_ahead(pieces.OWED_BY, everyone)
    tx.look_ahead(undelivered.STRANDED, everyone, **undelivered.still_of_use(tx))
