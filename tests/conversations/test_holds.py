"""RESERVER: the waiting list of an item that is out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.town import Borrower, Colleague, OnPhone, Town, about, on

FATOU = "+33612345679"


@pytest.fixture
async def fatou(town: Town, sam: Colleague) -> OnPhone:
    """She has the drill until Friday."""
    fatou = town.phone(FATOU, "Fatou")
    await sam.says(f"/contact ajouter Fatou {FATOU}")
    await sam.says("/pret PERC-001 Fatou vendredi 18h")
    fatou.looks()
    town.group.looks()
    return fatou


async def brought_back(town: Town, sam: Colleague) -> None:
    await sam.says("/retour PERC-001")


async def test_what_is_out_is_waited_for_and_said_when_it_is_back(
    town: Town, fatou: OnPhone, borrower: Borrower, sam: Colleague
) -> None:
    await borrower.says("la perceuse revient quand ?")
    assert "Retour prévu le vendredi 27 novembre à 18 h." in borrower.heard[0]
    await borrower.says("PRET perceuse")
    assert "n'est pas disponible pour le moment.\nRetour prévu le vendredi 27 novembre à 18 h." in borrower.heard[0]
    await borrower.says("RESERVER")
    [placed] = borrower.heard
    assert "vous êtes en tête de la liste d'attente de Perceuse Bosch" in placed
    assert "prévu le vendredi 27 novembre à 18 h" in placed
    await borrower.says("MES PRETS")
    assert "Sur liste d'attente : Perceuse Bosch." in borrower.heard[0]

    await brought_back(town, sam)
    [ready] = borrower.heard
    assert "Perceuse Bosch est de retour et vous attend jusqu'au mardi 24 novembre à 9 h." in ready
    card = town.group.card("De retour : Perceuse Bosch")
    assert f"Mis de côté pour {borrower.name} jusqu'au mardi 24 novembre à 9 h" in card.text
    assert card.labels == ["Prêter"]

    await borrower.says("super, je passe la chercher demain")  # the day of fetching it is not that of its return
    assert "Jusqu'à quand souhaitez-vous emprunter Perceuse Bosch ?" in borrower.heard[0]
    await borrower.says("vendredi 18h")
    await sam.presses("Accepter")
    assert "Perceuse Bosch" in borrower.heard[-1]
    await town.passes(timedelta(days=2))
    assert not any("ne gardons plus" in text for text in borrower.heard)


async def test_who_paused_is_not_told_of_an_item_that_is_kept_no_more(
    town: Town, fatou: OnPhone, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    await awa.says("RESERVER perceuse")
    await karim.says("RESERVER perceuse")
    await karim.says("PAUSE 9 j")
    await brought_back(town, sam)
    karim.looks()
    await town.passes(timedelta(days=10))  # Awa does not fetch it, nor does he
    assert not any("vous attend" in text for text in karim.heard)


async def test_the_choice_under_not_available_is_a_button_or_a_word(fatou: OnPhone, karim: Borrower) -> None:
    await karim.says("PRET PERC-001 demain 18h")
    await karim.chooses("Me prévenir")
    assert "en tête de la liste d'attente" in karim.heard[-1]


async def test_staff_lend_to_the_next_in_line_from_the_card(
    town: Town, fatou: OnPhone, awa: Borrower, sam: Colleague
) -> None:
    await awa.says("réserver perceuse")
    await brought_back(town, sam)
    awa.looks()
    await sam.presses("Prêter")
    await sam.presses("Demain")
    assert "vous empruntez Perceuse Bosch" in awa.heard[0]


async def test_the_page_of_an_item_tells_who_waits_and_for_whom_it_is_kept(
    town: Town, fatou: OnPhone, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    """It said "disponible" and no more while the drill lay aside for somebody."""
    await awa.says("RESERVER perceuse")
    await karim.says("RESERVER perceuse")
    await sam.says("/materiel PERC-001")
    assert "Sur la liste d'attente : Awa et Karim" in town.group.messages[-1].text
    await brought_back(town, sam)
    await sam.says("/materiel PERC-001")
    page = town.group.messages[-1].text
    assert "🔔 Mis de côté pour Awa jusqu'au mardi 24 novembre à 9 h" in page
    assert "Sur la liste d'attente : Karim" in page


async def test_what_is_not_fetched_goes_to_the_next(
    town: Town, fatou: OnPhone, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    await awa.says("RESERVER PERC-001")
    await karim.says("RESERVER PERC-001")
    assert "vous êtes en 2e position sur la liste d'attente" in karim.heard[0]
    await brought_back(town, sam)
    assert "de retour" in awa.heard[-1]
    assert karim.heard == []
    town.group.looks()
    await town.at(on("mardi", 8, 59))
    assert awa.heard == []
    await town.at(on("mardi", 9, 15))
    assert "nous ne gardons plus Perceuse Bosch pour vous" in awa.heard[0]
    assert "de retour et vous attend" in karim.heard[0]
    said = "\n".join(town.group.heard)
    assert "Awa n'a pas retiré Perceuse Bosch (PERC-001) : c'est maintenant pour Karim." in said
    assert "attend Karim" in said


async def test_a_request_that_waits_for_staff_keeps_the_place(
    town: Town, fatou: OnPhone, awa: Borrower, sam: Colleague
) -> None:
    await awa.says("RESERVER PERC-001")
    await brought_back(town, sam)
    await town.at(on("mardi", 8, 30))
    await awa.says("PRET PERC-001 vendredi 18h")
    awa.looks()
    await town.at(on("mardi", 10))
    assert not any("ne gardons plus" in text for text in awa.heard)


@pytest.mark.parametrize("words", ["ANNULER", "annuler perceuse"])
async def test_cancel_leaves_the_list_at_any_time(
    town: Town, fatou: OnPhone, borrower: Borrower, sam: Colleague, words: str
) -> None:
    await borrower.says("RESERVER PERC-001")
    await town.passes(timedelta(hours=2))
    await borrower.says(words)
    assert "vous n'êtes plus sur la liste d'attente de Perceuse Bosch" in borrower.heard[-1]
    await brought_back(town, sam)
    assert borrower.heard == []


async def test_leaving_when_it_is_kept_passes_it_on(
    town: Town, fatou: OnPhone, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    await awa.says("RESERVER PERC-001")
    await karim.says("RESERVER PERC-001")
    await brought_back(town, sam)
    karim.looks()
    await town.passes(timedelta(hours=1))
    await awa.says("ANNULER")
    assert "et vous attend" in karim.heard[0]
    assert "Awa ne souhaite plus Perceuse Bosch (PERC-001) : c'est maintenant pour Karim." in town.group.cards[-2]


async def test_more_time_is_refused_while_somebody_waits(fatou: OnPhone, awa: Borrower) -> None:
    await awa.says("RESERVER PERC-001")
    await fatou.says("PROLONGER 2 jours")
    [refused] = fatou.heard
    assert "Une autre personne l'attend dès le retour prévu" in refused
    assert "Perceuse Bosch reste à rendre le vendredi 27 novembre à 18 h." in refused
    assert "répondez RESERVER une fois le retour fait" in refused


async def test_lending_to_somebody_else_is_asked_first(
    town: Town, fatou: OnPhone, awa: Borrower, karim: Borrower, sam: Colleague, passant: Colleague
) -> None:
    await awa.says("RESERVER PERC-001")
    await brought_back(town, sam)
    awa.looks()
    await karim.says("PRET PERC-001 demain 18h")
    assert "n'est pas disponible" in karim.heard[0]
    await sam.says("/pret PERC-001 Karim demain 18h")
    asked = town.group.card("attend Awa", "Prêter quand même à Karim")
    assert karim.heard == []
    await passant.presses("Prêter quand même", asked)
    assert karim.heard == []
    await sam.presses("Prêter quand même", asked)
    assert "vous empruntez Perceuse Bosch" in karim.heard[0]
    await brought_back(town, sam)
    assert "de retour et vous attend" in awa.heard[0]


async def test_a_request_from_before_is_asked_about_too(
    town: Town, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    await karim.says("PRET PERC-001 vendredi 18h")
    card = town.group.card("Demande de prêt")
    await sam.says("/pret PERC-001 Fatou +33612345679 demain 18h")
    await sam.presses("Prêter quand même", town.group.card("Karim a demandé", "Prêter quand même à Fatou"))
    await awa.says("RESERVER PERC-001")
    await brought_back(town, sam)
    await sam.presses("Accepter", card)
    asked = town.group.card("attend Awa", "Prêter quand même à Karim")
    await sam.presses("Prêter quand même", asked)
    assert "Perceuse Bosch" in karim.heard[-1]


async def test_what_is_free_is_lent_at_once_and_what_is_mine_is_mine(fatou: OnPhone, awa: Borrower) -> None:
    await awa.says("RESERVER vidéoprojecteur")
    assert "Jusqu'à quand souhaitez-vous emprunter Vidéoprojecteur Epson" in awa.heard[0]
    await fatou.says("RESERVER perceuse")
    assert "Perceuse Bosch est déjà chez vous" in fatou.heard[0]


async def test_reserve_alone_asks_which_of_those_that_are_out(fatou: OnPhone, borrower: Borrower) -> None:
    await borrower.says("RESERVER")
    assert "Quel matériel souhaitez-vous réserver" in borrower.heard[0]
    await borrower.chooses("Perceuse Bosch")
    assert "en tête de la liste d'attente" in borrower.heard[-1]
    await borrower.says("RESERVER PERC-001")
    assert "en tête de la liste d'attente" in borrower.heard[-1], "saying it twice is no second place"


async def test_several_lines_are_left_one_by_one(
    town: Town, fatou: OnPhone, borrower: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret VP-001 Fatou vendredi 18h")
    await borrower.says("RESERVER PERC-001")
    await borrower.says("RESERVER VP-001")
    await town.passes(timedelta(hours=1))
    await borrower.says("ANNULER")
    assert "Quelle réservation souhaitez-vous annuler" in borrower.heard[-1]
    await borrower.chooses("Vidéoprojecteur")
    assert "plus sur la liste d'attente de Vidéoprojecteur Epson" in borrower.heard[-1]


async def test_back_from_repair_counts_as_back(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/materiel PERC-001")
    await sam.presses("En réparation")
    await awa.says("PRET PERC-001 demain")
    await awa.says("RESERVER")
    awa.looks()
    await sam.presses("Réparé")
    assert "Perceuse Bosch est de retour" in awa.heard[0]
    assert "attend Awa" in town.group.cards[-1]


async def test_in_english(fatou: OnPhone, awa: Borrower) -> None:
    await awa.says("LANGUAGE EN")
    await awa.says("RESERVE PERC-001")
    assert "you are first on the waiting list for Perceuse Bosch" in awa.heard[-1]
    await awa.says("UNDO")
    assert "you are no longer on the waiting list" in awa.heard[-1]


async def test_of_things_called_alike_the_one_that_is_back_first_is_waited_for(
    town: Town, fatou: OnPhone, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    for number, day in ((1, "vendredi"), (2, "jeudi")):
        await sam.says(f"/materiel ajouter CHAI-{number} Chaise pliante")
        await sam.says(f"/pret CHAI-{number} Fatou {day} 18h")
    for person, back in ((awa, "jeudi 26 novembre"), (karim, "vendredi 27 novembre"), (awa, "jeudi 26 novembre")):
        await person.says("RESERVER chaise pliante")
        assert (
            f"vous êtes en tête de la liste d'attente de Chaise pliante. Nous vous préviendrons dès son retour, \
prévu le {back} à 18 h."
            in person.heard[-1]
        )
    await sam.says("/materiel ajouter CHAI-3 Chaise pliante")
    fatou.looks()
    await fatou.says("RESERVER chaise pliante")
    assert fatou.heard[-1].startswith("Jusqu'à quand souhaitez-vous emprunter Chaise pliante ?")


@pytest.mark.both_engines
async def test_a_loan_cancelled_as_a_mistake_leaves_the_line_as_it_was(
    town: Town, fatou: OnPhone, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    await awa.says("RESERVER perceuse")
    await karim.says("RESERVER perceuse")
    await brought_back(town, sam)
    awa.looks()
    await sam.presses("Prêter")
    await sam.presses("Demain")
    assert "vous empruntez Perceuse Bosch" in awa.heard[-1]

    await sam.presses("Annuler")  # the wrong day
    cancelled, ready = awa.heard
    assert "enregistré par erreur" in cancelled
    assert "Perceuse Bosch est de retour et vous attend" in ready
    assert "Prêter" in town.group.card("attend Awa").labels
    await karim.says("MES PRETS")
    assert "Sur liste d'attente : Perceuse Bosch." in karim.heard[-1]
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert "vous empruntez Perceuse Bosch" in awa.heard[-1]


async def test_who_waits_is_told_when_the_loan_in_the_way_was_a_mistake(
    town: Town, fatou: OnPhone, borrower: Borrower, sam: Colleague
) -> None:
    await borrower.says("RESERVER perceuse")
    borrower.looks()
    await sam.presses("Annuler")
    assert ["Perceuse Bosch est de retour et vous attend" in text for text in borrower.heard] == [True]


async def test_a_second_loan_that_was_a_mistake_gives_no_place_in_a_line_of_before(
    town: Town, fatou: OnPhone, awa: Borrower, sam: Colleague
) -> None:
    await awa.says("RESERVER perceuse")
    await brought_back(town, sam)
    await sam.says("/pret PERC-001 Awa demain 18h")
    await brought_back(town, sam)
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await sam.presses("Annuler")
    assert len(awa.heard) == 1
    await awa.says("MES PRETS")
    assert "liste d'attente" not in awa.heard[0]


async def test_who_waits_is_told_when_a_repair_was_none(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says("/materiel PERC-001 réparation")
    await borrower.says("RESERVER perceuse")
    borrower.looks()
    await sam.presses("Annuler")
    assert "Perceuse Bosch est de retour et vous attend" in borrower.heard[0]
    assert "Prêter" in town.group.card(f"attend {borrower.name}").labels


async def test_who_waits_for_what_is_not_lent_any_more_is_told_and_waits_no_longer(
    town: Town, fatou: OnPhone, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    for borrower in (awa, karim):
        await borrower.says("RESERVER perceuse")
    await brought_back(town, sam)  # kept for Awa
    for borrower in (awa, karim):
        borrower.looks()
    await sam.says("/materiel PERC-001 retirer")
    for borrower in (awa, karim):
        assert borrower.heard == [
            "Désolés : Perceuse Bosch ne se prête plus, la réservation prend donc fin.\n"
            "Besoin d'autre chose ? Répondez PRET avec son nom."
        ]
        await borrower.says("MES PRETS")
        assert "liste d'attente" not in borrower.heard[0]
        borrower.looks()
    await sam.presses("Annuler")
    assert awa.heard == karim.heard == [], "lent again, it goes to whoever asks"
    await karim.says("PRET perceuse jusqu'à vendredi")
    assert "vous demandez Perceuse Bosch" in karim.heard[0]


async def test_what_is_kept_and_goes_to_repair_is_not_fetched_in_vain(
    town: Town, fatou: OnPhone, borrower: Borrower, sam: Colleague
) -> None:
    await borrower.says("RESERVER perceuse")
    await brought_back(town, sam)
    borrower.looks()
    await sam.says("/materiel PERC-001 réparation")
    [told] = borrower.heard
    assert told.startswith("Désolés : Perceuse Bosch n'est finalement pas disponible pour le moment")
    town.group.looks()
    await town.passes(timedelta(days=3))
    assert borrower.heard == [], "nobody says that it was not fetched"
    assert about(town.group.heard, "n'a pas retiré") == []
    await sam.says("/materiel PERC-001 disponible")
    assert "Perceuse Bosch est de retour et vous attend" in borrower.heard[0]


async def test_off_the_list_is_no_stop_and_takes_no_return_back(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret TENTE-001 Karim vendredi 18h")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("vous avez une tente ?")
    await awa.says("prévenez-moi quand elle revient")
    assert "en tête de la liste d'attente de Tente 4 places" in awa.heard[-1]
    await awa.says("rendu")
    await awa.says("retirez-moi de la liste d'attente")
    assert awa.heard[-1].startswith("C'est fait : vous n'êtes plus sur la liste d'attente de Tente 4 places.")
    await awa.says("mes prets")
    assert "Perceuse Bosch : retour noté" in awa.heard[-1]


async def test_who_waits_is_told_of_a_return_that_nobody_confirmed(
    town: Town, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    await awa.says("RESERVER perceuse")
    await karim.says("RENDU")
    awa.looks()
    await town.passes(timedelta(days=3, hours=1))
    assert any("Perceuse Bosch" in said and "vous attend" in said for said in awa.heard), awa.heard
