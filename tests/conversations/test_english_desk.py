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


@pytest.mark.parametrize(
    "words",
    [
        "extend to saturday, no monday",
        "extend to saturday sorry i mean monday",
        "extend till Saturday, actually Monday",
    ],
)
async def test_the_day_put_right_in_the_same_message_counts(town: Town, drill: None, awa: Borrower, words: str) -> None:
    await awa.says(words)
    assert awa.heard[0].startswith("All set: Perceuse Bosch is now due back on Monday 30 November at 6 pm")


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("extend to saturday at 9, no 10", "Saturday 28 November at 10 am"),
        ("extend to saturday 3pm sorry I mean 4pm", "Saturday 28 November at 4 pm"),
        ("extend to saturday 6pm, make that 7", "Saturday 28 November at 7 pm"),
        ("extend to saturday 11am, make it 1 instead", "Saturday 28 November at 1 pm"),
        ("extend to saturday at 6, sorry 7.30", "Saturday 28 November at 7:30 pm"),
        ("extend to saturday at 9, no monday", "Monday 30 November at 6 pm"),
    ],
)
async def test_the_hour_put_right_in_the_same_message_counts(
    town: Town, drill: None, awa: Borrower, words: str, until: str
) -> None:
    await awa.says(words)
    assert f"now due back on {until}" in awa.heard[0]


async def test_hours_as_they_are_said_and_written(town: Town, drill: None, awa: Borrower) -> None:
    await awa.says("extend until six thirty on saturday")
    assert "now due back on Saturday 28 November at 6:30 pm" in awa.heard[0]
    await awa.says("extend until 17.30 hrs on monday")
    assert "now due back on Monday 30 November at 5:30 pm" in awa.heard[0]


async def test_a_day_later_is_a_day_after_the_due_day(town: Town, drill: None, awa: Borrower) -> None:
    await awa.says("could i bring it back a day late")
    assert awa.heard[0].startswith("Would you like to keep Perceuse Bosch until Saturday 28 November at 6 pm?")
    await awa.says("actually can we make it monday")
    assert awa.heard[0].startswith("All set: Perceuse Bosch is now due back on Monday 30 November at 6 pm")


async def test_a_loan_that_says_when_it_ends_is_wished_for_not_given_back(town: Town, awa: Borrower) -> None:
    await town.desk(language="en")
    await awa.says("Can I borrow the perceuse and return it tomorrow at 10")
    assert awa.heard[0].startswith("Would you like to borrow Perceuse Bosch until Tuesday 24 November at 10 am?")
    await awa.says("make it wednesday")
    assert awa.heard[0].startswith("Noted: you would like Perceuse Bosch until Wednesday 25 November at 6 pm.")


@pytest.mark.parametrize(
    "words",
    ["Kindly issue the perceuse to me till 5 pm", "can i hire the perceuse til 5", "got any perceuse? til 5pm please"],
)
async def test_a_loan_is_asked_for_in_many_words(town: Town, awa: Borrower, words: str) -> None:
    await town.desk(language="en")
    await awa.says(words)
    assert "Perceuse Bosch until Monday 23 November at 5 pm" in awa.heard[0]


async def test_a_few_hours_are_no_opening_hours(town: Town, awa: Borrower) -> None:
    await town.desk(language="en")
    await awa.says("can i grab the perceuse for a few hours")
    assert awa.heard[0].startswith("Until when would you like to borrow Perceuse Bosch?")


@pytest.mark.parametrize(
    "words", ["Drill's back!", "I have submitted it sir", "why am I getting reminders I returned it on Friday"]
)
async def test_what_sounds_like_a_return_is_asked_about(town: Town, drill: None, awa: Borrower, words: str) -> None:
    await awa.says(words)
    assert awa.heard[0].startswith("Have you returned Perceuse Bosch?")
    await awa.says("yup")
    assert awa.heard[0].startswith("Thank you, noted: you returned Perceuse Bosch.")


async def test_both_of_three_are_not_all_of_them(town: Town, drill: None, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/lend VP-001 Awa thursday 5pm")
    await sam.says("/lend TENTE-001 Awa saturday 5pm")
    awa.looks()
    await awa.says("returned")
    await awa.says("both returned")
    assert all(heard.startswith("What have you returned?") for heard in awa.heard)
    await awa.says("all")
    assert "Perceuse Bosch, Vidéoprojecteur Epson and Tente 4 places" in awa.heard[0]


async def test_a_late_return_is_told_in_one_sentence(town: Town, drill: None, awa: Borrower, sam: Colleague) -> None:
    await town.at(on("samedi", 18))
    awa.looks()
    await awa.says("popped it back, cheers")
    await sam.presses("Confirm")
    assert "It was out for 5 days and 9 hours, and came back 1 day late." in awa.heard[-1]


async def test_of_a_sentence_only_the_date_has_passed(town: Town, awa: Borrower) -> None:
    await town.desk(language="en")
    await awa.says("borrow the perceuse until yesterday")
    assert awa.heard[0].startswith("That date has already passed.")
    await awa.says("next weekend")
    assert awa.heard[0].startswith('"next weekend" could be several dates.')
