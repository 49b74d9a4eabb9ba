"""What people write to a desk that speaks English, as they write it: without apostrophes, in haste, with regrets."""

from __future__ import annotations

import pytest

from tests.town import Borrower, Colleague, Town, on


@pytest.fixture
async def drill(town: Town, awa: Borrower, sam: Colleague) -> None:
    """Awa has it until Friday at six."""
    await town.desk(language="en")
    await sam.says("/lend PERC-001 Awa friday 6pm")
    awa.looks()
    town.group.looks()


@pytest.mark.parametrize(
    "words",
    [
        "havnt brought it back yet",
        "I didn return it sorry",
        "returned... no wait, still have it",
        "I returned it. Actually no, it's still in my car",
    ],
)
async def test_what_is_still_with_them_is_not_noted_as_back(town: Town, drill: None, awa: Borrower, words: str) -> None:
    await awa.says(words)
    assert "due back on Friday 27 November at 6 pm" in awa.heard[0]
    assert "confirm" not in town.group.card("Perceuse").text


async def test_a_closed_desk_is_told_to_the_team(town: Town, drill: None, awa: Borrower) -> None:
    await town.at(on("vendredi", 17))
    awa.looks()
    await awa.says("I came to return it but the desk was shut")
    assert "passed on to the team" in awa.heard[0]
    assert town.group.heard[-1].startswith("Awa writes:")
    assert "On loan" in town.group.card("PERC-001", "For Awa").text


async def test_a_statement_that_all_is_back_is_asked_for_and_tells_of_no_return(
    town: Town, drill: None, awa: Borrower
) -> None:
    await awa.says("can I get a statement that I have returned everything")
    assert awa.heard[0].startswith("Not everything is settled yet:")


async def test_messages_no_longer_wanted_stop(town: Town, drill: None, awa: Borrower) -> None:
    await awa.says("if I say stop will I still get reminders?")
    assert "will not write" not in awa.heard[0]
    await awa.says("I no longer want these messages")
    assert awa.heard[0].startswith("Noted, we will not write to you here any more.")


@pytest.mark.parametrize("words", ["I don't speak French", "sorry I dont understand french", "I can't read French"])
async def test_a_language_that_is_not_spoken_is_not_the_one_chosen(town: Town, awa: Borrower, words: str) -> None:
    await awa.says(words)
    assert awa.heard[0].startswith("Noted, we will write to you in English.")
    await awa.says("je ne parle pas anglais")
    assert "en français" in awa.heard[0]
