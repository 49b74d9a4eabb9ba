"""Words of admins: the most particular ones win, switches hold per channel, and other replicas know at once."""

from __future__ import annotations

import pytest

from bot.store import Store, Tx
from tests.store.conftest import Furniture, furnish
from tests.town import MONDAY, TownClock


def says(tx: Tx, desk: int, channel: str = "sms", language: str = "fr") -> str | None:
    return tx.wordings.words(desk, "overdue", language, channel)


def change(tx: Tx, desk: int, channel: str, words: str | None) -> None:
    tx.wordings.change((desk, "overdue", "fr", channel), words, who="telegram:1", name="Sam")


async def test_words_for_a_channel_win_over_words_for_all(store: Store, desk: Furniture) -> None:
    await store.write(change, desk.desk, "", "pour tous")
    await store.write(change, desk.desk, "sms", "long")
    await store.write(change, desk.desk, "sms", "court")
    assert await store.write(lambda tx: says(tx, desk.desk)) == "court"
    assert await store.write(lambda tx: says(tx, desk.desk, "whatsapp")) == "pour tous"
    assert await store.write(lambda tx: says(tx, desk.desk, "sms", "en")) is None
    assert await store.write(lambda tx: says(tx, desk.desk + 1)) is None
    for _ in range(2):
        await store.write(change, desk.desk, "sms", None)
        assert await store.write(lambda tx: says(tx, desk.desk)) == "pour tous"


async def test_a_switch_holds_for_its_channel_or_for_all(store: Store, desk: Furniture) -> None:
    def switch(tx: Tx, channel: str, on: bool) -> None:
        tx.wordings.switch(desk.desk, "overdue", channel, "Sam", on=on)

    def is_off(tx: Tx) -> list[bool]:
        return [tx.wordings.is_off(desk.desk, "overdue", channel) for channel in ("sms", "whatsapp")]

    await store.write(switch, "sms", False)
    assert await store.write(is_off) == [True, False]
    await store.write(switch, "", False)
    assert await store.write(is_off) == [True, True]
    await store.write(switch, "", True)
    assert await store.write(is_off) == [True, False]
    await store.write(switch, "sms", True)
    assert await store.write(is_off) == [False, False]


async def test_words_changed_here_hold_there_at_once(postgresql_migrated_url: str) -> None:
    one = await Store.open(postgresql_migrated_url, TownClock(MONDAY))
    two = await Store.open(postgresql_migrated_url, TownClock(MONDAY))
    desk = (await one.write(furnish)).desk
    for _ in range(100):  # the other's ear is at the database
        await one.write(lambda tx: tx.ring("hello"))
        if await two.bells.wait("hello", 0.05):
            break
    else:
        pytest.fail("no bell travels")
    await two.bells.wait("rules", 0.1)  # that of the furnishing
    assert await two.write(says, desk) is None
    await one.write(change, desk, "", "pour tous")
    assert await two.bells.wait("rules", 2)
    assert await two.write(says, desk) == "pour tous"
    await one.close()
    await two.close()
