"""The whole loan of each class, from the staff's line to the receipt, on WhatsApp and on Telegram alike."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.town import PLACE, Borrower, Colleague, Town, about, on

pytestmark = pytest.mark.both_engines


async def test_a_long_loan_from_the_first_word_to_the_receipt(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    [card] = town.group.heard
    assert "En prêt : Perceuse Bosch (PERC-001)" in card
    assert f"Pour {borrower.name}" in card
    assert "À rendre le vendredi 27 novembre à 18 h (prêt long)" in card
    assert "Annuler" in town.group.card("Perceuse").labels
    [created] = borrower.heard
    assert f"Bonjour {borrower.name}" in created
    assert "vous empruntez Perceuse Bosch, à rendre le vendredi 27 novembre à 18 h" in created
    assert PLACE in created

    await town.at(on("mercredi", 7, 59))
    assert borrower.heard == []
    await town.at(on("mercredi", 8))
    [two_days] = borrower.heard
    assert "Perceuse Bosch est à rendre après-demain, vendredi 27 novembre à 18 h" in two_days
    await town.at(on("jeudi", 8))
    [tomorrow] = borrower.heard
    assert "à rendre demain, vendredi 27 novembre à 18 h" in tomorrow
    await town.at(on("vendredi", 8))
    [today] = borrower.heard
    assert "à rendre aujourd'hui, vendredi 27 novembre à 18 h" in today

    await borrower.says("Rendu !")
    [thanks] = borrower.heard
    assert "vous avez rendu Perceuse Bosch" in thanks
    assert "Retour à confirmer : Perceuse Bosch" in town.group.heard[-1]
    assert town.group.card("Retour à confirmer").labels == ["Confirmer", "Problème", "Pas rendu"]

    await town.at(on("samedi", 8))
    assert borrower.heard == []  # neither overdue nor anything else: it was said to be back
    await sam.presses("Confirmer")
    [receipt] = borrower.heard
    assert "Perceuse Bosch" in receipt
    assert "Merci" in receipt
    for shown in town.group.cards_of("PERC-001", "Pour"):
        assert "De retour : Perceuse Bosch" in shown.text
        assert "Sam" in shown.text
        assert shown.labels == []


async def test_a_medium_loan_is_reminded_two_hours_before(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} aujourd'hui 19h")
    assert "(prêt moyen)" in town.group.heard[0]
    assert "aujourd'hui, lundi 23 novembre à 19 h" in borrower.heard[0]
    await town.at(on("lundi", 16, 59))
    assert borrower.heard == []
    await town.at(on("lundi", 17))
    [reminder] = borrower.heard
    assert "Perceuse Bosch" in reminder
    assert "19 h" in reminder
    await town.at(on("lundi", 19, 14))
    assert borrower.heard == []
    await town.at(on("lundi", 19, 15))
    [overdue] = borrower.heard
    assert "Perceuse Bosch n'est pas encore de retour" in overdue


async def test_a_short_loan_is_reminded_two_hours_before(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} dans 3 heures")
    assert "(prêt court)" in town.group.heard[0]
    assert "à 12 h" in borrower.heard[0]
    await town.at(on("lundi", 10))
    [reminder] = borrower.heard
    assert "12 h" in reminder
    await town.at(on("lundi", 12, 15))
    assert "n'est pas encore de retour" in borrower.heard[0]


async def test_a_loan_of_an_hour_is_reminded_at_half_time(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} dans 1 heure")
    borrower.looks()
    await town.at(on("lundi", 9, 29))
    assert borrower.heard == []
    await town.at(on("lundi", 9, 30))
    assert len(borrower.heard) == 1


async def test_a_loan_of_twenty_minutes_is_not_reminded(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} dans 20 min")
    assert len(borrower.heard) == 1
    await town.at(on("lundi", 9, 34))
    assert borrower.heard == []
    await town.at(on("lundi", 9, 35))
    assert "n'est pas encore de retour" in borrower.heard[0]


async def test_what_is_late_is_said_every_morning_and_climbs_to_staff(
    town: Town, borrower: Borrower, sam: Colleague
) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} aujourd'hui 19h")
    await town.at(on("lundi", 20))
    assert len(borrower.heard) == 3  # the loan, its reminder, the first notice
    town.group.looks()
    await town.at(on("mardi", 7, 59))
    assert borrower.heard == []  # quiet hours
    await town.at(on("mardi", 8))
    [second] = borrower.heard
    assert "Perceuse Bosch" in second
    assert about(town.group.heard, "relance") == []
    await town.at(on("mardi", 19, 15))
    assert len(about(town.group.heard, "1 jour de retard")) == 1
    await town.at(on("mercredi", 8))
    assert len(borrower.heard) == 1
    await sam.presses("Rendu")
    assert "Merci" in borrower.heard[0]
    await town.passes(timedelta(days=2))
    assert borrower.heard == []


async def test_two_loans_at_once_keep_their_numbers(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sam.says(f"/pret VP-001 {borrower.name} vendredi 18h")
    first, second = borrower.heard
    assert "Perceuse Bosch" in first
    assert "RENDU 2" in second
    await town.at(on("vendredi", 9))
    together = borrower.heard
    assert len(together) == 3  # one message a morning for both
    assert all("Perceuse Bosch" in text and "Vidéoprojecteur Epson" in text for text in together)

    await borrower.says("RENDU")
    [which] = borrower.heard
    assert "Qu'avez-vous rendu ?" in which
    await borrower.chooses("Vidéoprojecteur")
    assert "vous avez rendu Vidéoprojecteur Epson" in borrower.heard[0]
    await sam.presses("Confirmer")
    assert "Vidéoprojecteur Epson" in borrower.heard[0]
    await town.at(on("vendredi", 18, 15))
    [overdue] = borrower.heard
    assert "Perceuse Bosch" in overdue
    assert "Vidéoprojecteur" not in overdue
    await borrower.says("RENDU 1")
    assert "vous avez rendu Perceuse Bosch" in borrower.heard[0]


async def test_two_loans_come_back_with_one_word(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sam.says(f"/pret VP-001 {borrower.name} demain 18h")
    borrower.looks()
    await borrower.says("RENDU TOUT")
    [thanks] = borrower.heard
    assert "Perceuse Bosch" in thanks
    assert "Vidéoprojecteur Epson" in thanks
    await town.at(on("mercredi", 12))
    assert borrower.heard == []
