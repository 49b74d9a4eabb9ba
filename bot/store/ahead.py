"""The queries that most letters lead to, run once for everybody who writes in a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bot.core.loans import card_of, return_card_of
from bot.store import holds, loans, media, pieces, undelivered
from bot.store.together import Asking, side_by_side

if TYPE_CHECKING:
    from bot.store.transaction import Tx

MANY = 4  # from this many writers in a batch on, common queries are run once for all
LOOKS = 5  # at who writes, while people are being joined beside us: at the last one a letter fails, and is tried again


def what_letters_ask(tx: Tx, writers: Sequence[tuple[str, str]], limits: Sequence[str]) -> None:
    """Who writes from these addresses (channel, value), locked; what was asked of them, what they have, where and how
    soon they can be answered. limits: the keys of those."""
    for _ in range(LOOKS):
        who = tx.people.look_ahead(writers)
        places = [(who[one], one[1]) for one in writers if one in who]
        steps = [
            tx.people.reached(writers, who),
            tx.questions.look_ahead(places),
            tx.outbox.draw(2 * len(writers)),
            tx.pace.look_ahead(limits),
        ]
        if len(places) >= MANY:
            steps.append(what_people_have(tx, set(who.values())))
        if tx.look(side_by_side(*steps))[0]:
            return


def what_people_have(tx: Tx, people: Iterable[int]) -> Asking[None]:
    """Their loans with pieces, pictures and cards, their places in waiting lists, what they owe, and what never reached
    them."""
    everyone = sorted(people)
    yield from side_by_side(
        _loans(tx, everyone),
        tx.of_each(media.ASKED_OF, everyone, **media.since(tx)),
        tx.of_each(holds.OF_PERSON, everyone),
        tx.of_each(pieces.OWED_BY, everyone),
        tx.of_each(undelivered.STRANDED, everyone, **undelivered.still_of_use(tx)),
    )


def _loans(tx: Tx, everyone: Sequence[int]) -> Asking[None]:
    out = yield from tx.of_each(loans.OPEN_OF, everyone)
    cards = []
    for row in out:
        chat = tx.departments.get(row.department_id).chat
        cards += [(chat, card_of(row.id)), (chat, return_card_of(row.id, tx.now))]
    yield from side_by_side(
        tx.of_each(pieces.OF_ITEM, {row.item_id for row in out}),
        tx.of_each(pieces.SAID_OF, [row.id for row in out]),
        tx.of_each(media.OF_LOAN, [row.id for row in out]),
        tx.cards.look_ahead(cards),
    )
