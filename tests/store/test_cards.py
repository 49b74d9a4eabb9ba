"""Which message of a chat shows what."""

from __future__ import annotations

from datetime import timedelta

from bot.store import Store, Tx


async def test_a_message_that_becomes_another_card_is_that_one_alone(store: Store) -> None:
    def reused(tx: Tx) -> tuple[str | None, bool]:
        tx.cards.shown("group", "loan:1", "7")
        tx.cards.becomes("group", "loan:2", "7")
        return tx.cards.subject_of("group", "7"), tx.cards.known("group", "loan:1")

    assert await store.write(reused) == ("loan:2", False)


async def test_what_a_chat_came_to_show_since(store: Store) -> None:
    def looked(tx: Tx) -> list[bool]:
        tx.cards.shown("group", "hold:1", "7")
        asked = [("hold:1", -1), ("hold:1", 0), ("hold:2", -1)]
        return [tx.cards.shown_since("group", card, tx.now + timedelta(seconds=after)) for card, after in asked]

    assert await store.write(looked) == [True, False, False]
