"""A night that is an hour shorter or longer moves no due time on the clock on the wall."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from tests.town import PARIS, Town

SATURDAY = datetime(2027, 3, 27, 9, tzinfo=PARIS)  # the clocks go forward that night


@pytest.fixture
async def town(sqlite_migrated_url: str) -> AsyncIterator[Town]:
    async with Town(sqlite_migrated_url, at=SATURDAY) as town:
        yield town


async def test_a_day_more_is_the_same_hour_by_button_and_by_word(town: Town) -> None:
    for code, thing in (("PERC-001", "Perceuse"), ("TENTE-001", "Tente")):
        await town.sam.says(f"/pret {code} Awa aujourd'hui 18h")
        await town.awa.says(f"PROLONGER {thing}")
        await (town.awa.says("un jour de plus") if code == "PERC-001" else town.awa.chooses("un jour"))
        assert "dimanche 28 mars à 18 h, au lieu" in town.awa.heard[-1], thing


async def test_what_staff_give_by_a_button_is_the_same_hour_too(town: Town) -> None:
    await town.sam.says("/pret PERC-001 Awa aujourd'hui 18h")
    await town.sam.says("/prolonger PERC-001")
    await town.sam.presses("Un jour de plus")
    assert "dimanche 28 mars à 18 h" in town.awa.heard[-1]


async def test_a_day_asked_for_in_passing_is_that_hour(town: Town) -> None:
    await town.rule(open_days=("sat", "sun"))
    await town.sam.says("/pret PERC-001 Awa aujourd'hui 18h")
    await town.awa.says("je la rapporte demain 18h")
    assert "dimanche 28 mars à 18 h ?" in town.awa.heard[-1]
    await town.awa.says("oui")
    assert "dimanche 28 mars à 18 h" in town.awa.heard[-1]
