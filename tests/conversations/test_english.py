"""The same desk for somebody who writes in English, in a group that speaks it, and in a language of a folder alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.texts import TEMPLATES, Texts
from tests.town import Borrower, Colleague, Town, on


@pytest.fixture
async def john(town: Town) -> Borrower:
    """His first words are English; so is what he hears from then on."""
    john = town.phone("+33612345677", "John")
    await john.says("Hello")
    assert "Hello John" in john.heard[0]
    return john


async def test_a_whole_loan_in_english(town: Town, john: Borrower, sam: Colleague) -> None:
    await john.says("BORROW perceuse friday 6pm")
    [asked] = john.heard
    assert "Perceuse Bosch" in asked
    assert "Friday 27 November at 6 pm" in asked
    await sam.presses("Accepter")  # the group goes on in French
    assert "due back on Friday 27 November at 6 pm" in john.heard[0]
    await town.at(on("jeudi", 9))
    two_days, tomorrow = john.heard
    assert "the day after tomorrow" in two_days
    assert "tomorrow, Friday 27 November" in tomorrow
    await john.says("EXTEND 2 days")
    assert "Sunday 29 November at 6 pm" in john.heard[0]
    await john.says("UNDO")
    assert john.heard == ["Undone: Perceuse Bosch keeps its earlier return date."]
    await john.says("MY LOANS")
    assert "Friday 27 November at 6 pm" in john.heard[0]
    await john.says("RETURNED")
    assert "you returned Perceuse Bosch" in john.heard[0]
    await sam.presses("Confirmer")
    assert "Thank you! The return is confirmed: Perceuse Bosch" in john.heard[0]


async def test_somebody_staff_know_is_answered_in_the_language_of_their_first_words(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert "Bonjour Awa" in awa.heard[0]
    await awa.says("hello")
    assert "Hello Awa" in awa.heard[0]
    await town.at(on("mercredi", 8))
    assert "due back the day after tomorrow" in awa.heard[0]


async def test_have_you_is_answered_i_have_or_i_have_not(town: Town, john: Borrower, sam: Colleague) -> None:
    await sam.says("/lend PERC-001 John friday 6pm")
    await john.says("returned?")
    assert john.heard[-1].startswith("Have you returned Perceuse Bosch?")
    await john.says("I haven't")
    assert john.heard[-1] == "All right, nothing changes."
    await john.says("left it back")
    assert john.heard[-1].startswith("Have you returned Perceuse Bosch?")
    await john.says("I have, yeah")
    assert "you returned Perceuse Bosch" in john.heard[-1]


@pytest.mark.parametrize(
    ("typed", "day"),
    [("to Thurs", "Thursday 3 December at 6 pm"), ("to fri", "Friday 4 December at 6 pm"),
     ("to 3/12", "Thursday 3 December at 6 pm"), ("to 1/12", "Tuesday 1 December at 6 pm"),
     ("it to half six", "Saturday 28 November at 6:30 pm"), ("to 7", "Friday 27 November at 7 pm")],
)  # fmt: skip
async def test_extend_to_a_short_day_a_date_or_an_hour(
    town: Town, john: Borrower, sam: Colleague, typed: str, day: str
) -> None:
    await sam.says("/lend PERC-001 John friday 6:45pm")
    await john.says(f"extend {typed}")
    assert day in "\n".join(john.heard[1:])


async def test_days_that_only_a_country_knows_are_asked_for(town: Town, john: Borrower, sam: Colleague) -> None:
    await sam.says("/lend PERC-001 John friday 6pm")
    for said in ("bank holiday monday", "Independence Day", "a day or two"):
        await john.says(f"extend to {said}")
        assert "could be several dates" in john.heard[-1], said
    await sam.says("/extend PERC-001 next tomorrow")
    assert "Wednesday 25 November" in john.heard[-1]


async def test_second_thoughts_about_a_day(town: Town, john: Borrower) -> None:
    await john.says("borrow PERC-001 till friday")
    for said, day in (
        ("make it a fortnight", "Monday 7 December"), ("actually saturday", "Saturday 28 November"),
        ("wait, make it sunday 4pm", "Sunday 29 November at 4 pm"),
    ):  # fmt: skip
        await john.says(said)
        assert f"Noted: you would like Perceuse Bosch until {day}" in john.heard[-1]


async def test_asked_until_when_for_one_thing_two_may_be_wished_for(town: Town, john: Borrower) -> None:
    await john.says("BORROW PERC-001")
    assert "Until when would you like to borrow Perceuse Bosch?" in john.heard[-1]
    await john.says("can I borrow the tente and the perceuse until friday?")
    assert "Tente 4 places and Perceuse Bosch until Friday 27 November" in john.heard[-1]
    await john.says("thanks")
    assert "You're welcome" in john.heard[-1]


@pytest.mark.parametrize(
    "said", ["it is being returned", "bringing it now", "left it back home", "leaving it back now"]
)
async def test_what_is_on_its_way_or_elsewhere_is_not_back(
    town: Town, john: Borrower, sam: Colleague, said: str
) -> None:
    await sam.says("/lend PERC-001 John friday 6pm")
    await john.says(said)
    assert "Nothing changes: Perceuse Bosch is due back on Friday 27 November at 6 pm." in john.heard[-1]


async def test_back_in_five_is_no_return_of_loan_five(town: Town, john: Borrower, sam: Colleague) -> None:
    await sam.says("/lend PERC-001 John friday 6pm")
    await john.says("back in 1")
    assert "you returned" not in john.heard[-1]


async def test_help_stop_and_start_in_english(town: Town, john: Borrower) -> None:
    await john.says("HELP")
    assert "BORROW" in john.heard[0]
    await john.says("STOP")
    assert "we will not write to you here any more" in john.heard[0]
    await john.says("START")
    assert "Welcome back" in john.heard[0]


async def test_the_language_is_changed_by_a_word(borrower: Borrower) -> None:
    await borrower.says("LANGUE EN")
    assert borrower.heard == ["Noted, we will write to you in English. Reply LANGUAGE to change back."]
    await borrower.says("MES PRETS")  # the words of the other language are understood as before
    assert "You have nothing on loan" in borrower.heard[0]
    await borrower.says("LANGUAGE ES")
    assert borrower.heard == ["We only write in French and English. Reply LANGUAGE FR or LANGUAGE EN."]
    await borrower.says("LANGUAGE klingon")
    assert borrower.heard == ["We only write in French and English. Reply LANGUAGE FR or LANGUAGE EN."]
    await borrower.says("LANGUAGE FR")
    assert "en français" in borrower.heard[0]
    await borrower.says("langue svp")
    assert "in English" in borrower.heard[0]


async def test_a_group_that_speaks_english(town: Town, awa: Borrower, sam: Colleague) -> None:
    await town.desk(language="en")
    await sam.says("/lend PERC-001 Awa friday 6pm")
    [card] = town.group.heard
    assert "For Awa" in card
    assert "Friday 27 November at 6 pm" in card
    assert "Awa" in awa.heard[0]
    await awa.says("returned")
    await sam.presses("Confirm")
    assert sam.toast != ""
    assert "Sam" in town.group.card("PERC-001").text


async def test_a_folder_of_templates_is_a_language_to_choose_and_to_stay_in(
    sqlite_migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(TEMPLATES, tmp_path / "templates") / "es"
    folder.mkdir()
    (folder / "words.toml").write_text("[near]\n")
    (folder / "language_changed.txt").write_text("En español, de acuerdo.\n")
    (folder / "loan_requested.txt").write_text("Anotado: *{{ item }}*, {{ due_at|due }}.\n")
    (folder / "welcome.txt").write_text("Aquí {{ desk }}.\n")
    texts = Texts(tmp_path / "templates")
    monkeypatch.setattr("tests.town.words_of_the_house", lambda: texts)
    monkeypatch.setattr("handlers.people.texts", lambda: texts)
    async with Town(sqlite_migrated_url) as town:
        await town.awa.says("LANGUE DE")
        assert town.awa.heard == ["Nous n'écrivons pas dans cette langue. Répondez LANGUE et son code : FR, EN, ES."]
        await town.awa.says("LANGUE ES")
        assert town.awa.heard == ["En español, de acuerdo."]
        await town.desk(language="es")
        ana = town.phone("+34612345678", "Ana")
        await ana.says("BORROW perceuse friday 6pm")  # our word, for want of one of hers
        assert ana.heard[0] == ("Anotado: Perceuse Bosch, viernes, 27 de noviembre, 18:00.\n\nAquí Prêt de matériel.")
