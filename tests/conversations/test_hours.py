"""Who asks when the desk is open is told, as far as an admin has said it; the team reads the question all the same."""

from __future__ import annotations

import pytest

from tests.town import Borrower, Colleague, Town

PASSED_ON = "Votre message est transmis à l'équipe, qui vous répondra ici."
WEEK = "Nos horaires : du lundi au mercredi, le vendredi et le samedi, de 10 h à 18 h 30."


@pytest.fixture
async def dominique(town: Town) -> Colleague:
    """An admin, who has said when the desk is open."""
    admin = town.dominique
    await admin.says("/reglages horaires lun,mar,mer,ven,sam 10h-18h30")
    town.group.looks()
    return admin


async def test_hours_that_were_taken_back_at_once_are_told_to_nobody(town: Town, awa: Borrower) -> None:
    await town.dominique.says("/reglages horaires 10h-18h30")
    await awa.says("vos horaires ?")
    assert awa.heard[-1].startswith("Nos horaires : du lundi au samedi, de 10 h à 18 h 30.")
    await town.dominique.presses("Annuler le changement")
    await awa.says("vos horaires ?")
    assert "Nos horaires" not in awa.heard[-1]
    await town.dominique.presses("Annuler le changement")
    await awa.says("vos horaires ?")
    assert awa.heard[-1].startswith("Nos horaires : du lundi au samedi, de 10 h à 18 h 30.")


@pytest.mark.parametrize("asked", ["vos horaires ?", "c koi les horaires", "vous fermez à quelle heure ?", "HORAIRES"])
async def test_the_hours_are_told_to_who_asks_for_them(
    town: Town, awa: Borrower, dominique: Colleague, asked: str
) -> None:
    await awa.says(asked)
    [answer] = awa.heard
    assert answer.startswith(f"{WEEK}\n{PASSED_ON}")
    assert asked in town.group.cards[-1]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("vous etes ouvert dimanche?", "Nous sommes fermés le dimanche 29 novembre."),
        ("Bonjour, êtes-vous ouverts samedi ?", "Nous sommes ouverts le samedi 28 novembre."),
        ("on peut passer quand demain ?", "Nous sommes ouverts le mardi 24 novembre."),
        ("vous ouvrez le 26 ?", "Nous sommes fermés le jeudi 26 novembre."),
    ],
)
async def test_the_day_that_is_asked_about_is_told_first(
    awa: Borrower, dominique: Colleague, asked: str, told: str
) -> None:
    await awa.says(asked)
    assert awa.heard[0].startswith(f"{told}\n{WEEK}\n{PASSED_ON}")


async def test_a_closed_period_is_told_with_them(town: Town, awa: Borrower, dominique: Colleague) -> None:
    for period in ("21/12 → 23/12", "26/02 → 27/02"):
        await dominique.says(f"/fermeture {period}")
        await dominique.presses("Noter la fermeture")
    await awa.says("vous êtes ouverts le 22 décembre ?")
    shut = "Nous sommes fermés du lundi 21 décembre au mercredi 23 décembre."
    assert awa.heard[0].startswith(f"Nous sommes fermés le mardi 22 décembre.\n{WEEK}\n{shut}\n{PASSED_ON}")


async def test_in_english(awa: Borrower, dominique: Colleague) -> None:
    await dominique.says("/settings hours Mon, Tue, Wed, Fri, Sat 10am-6:30pm")
    await awa.says("What time do you close on Saturday?")
    [answer] = awa.heard
    assert answer.startswith(
        "We are open on Saturday 28 November.\n"
        "Our hours: Monday to Wednesday, Friday and Saturday, from 10 am to 6:30 pm."
    )


async def test_a_return_with_a_question_hears_both(awa: Borrower, sam: Colleague, dominique: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await awa.says("J'ai rendu la perceuse. Vous êtes ouverts samedi ?")
    said = "\n".join(awa.heard)
    assert "Perceuse Bosch" in said
    assert "Nous sommes ouverts le samedi 28 novembre." in said


async def test_hours_that_nobody_has_set_are_told_to_nobody(town: Town, awa: Borrower) -> None:
    await awa.says("vos horaires ?")
    assert awa.heard[0].startswith(PASSED_ON)
    assert "vos horaires ?" in town.group.cards[-1]


async def test_who_asks_for_a_person_hears_of_no_hours(awa: Borrower, dominique: Colleague) -> None:
    await awa.says("CONTACT")
    assert awa.heard[0].startswith(PASSED_ON)
