"""What people answer instead of OUI, NON, a number or a button."""

from __future__ import annotations

import pytest

from tests.town import Borrower, Colleague, Town, on


async def _asked_if_back(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("✅")
    assert awa.heard[-1] == "Vous avez rendu Perceuse Bosch ?\nRépondez OUI ou NON."


@pytest.mark.parametrize("said", ["oui hier soir", "oui, ce matin à l'accueil", "ah oui il y a deux jours"])
async def test_oui_may_say_when_and_where(town: Town, awa: Borrower, sam: Colleague, said: str) -> None:
    await _asked_if_back(awa, sam)
    await awa.says(said)
    assert awa.heard[-1].startswith("Merci, c'est noté : vous avez rendu Perceuse Bosch.")
    assert f"Note : {said}" in town.group.card("Retour à confirmer").text


async def test_oui_but_not_whole_is_read_by_the_team(town: Town, awa: Borrower, sam: Colleague) -> None:
    await _asked_if_back(awa, sam)
    await awa.says("oui mais sans le chargeur")
    assert awa.heard[-1].startswith("Merci, c'est noté : vous avez rendu Perceuse Bosch.")
    assert "Note : oui mais sans le chargeur" in town.group.card("Retour à confirmer").text


@pytest.mark.parametrize(
    "said",
    [
        "oui demain", "oui la tente", "oui je vais la rendre", "oui mais elle est chez moi", "oui je crois",
        "oui enfin non pas tout à fait", "oui mais pas la perceuse", "oui hier ?", "oui bientôt", "oui les clés",
        "oui je l'ai encore", "oui sauf que je l'ai encore", "oui c'est Paul qui l'a", "oui je la rends ce soir",
    ],
)  # fmt: skip
async def test_oui_with_anything_else_brings_nothing_back(town: Town, awa: Borrower, sam: Colleague, said: str) -> None:
    await _asked_if_back(awa, sam)
    await awa.says(said)
    assert town.group.cards_of("Retour à confirmer") == [], awa.heard


@pytest.mark.parametrize("said", ["parfait", "merci beaucoup", "Oui merci, c'est très gentil de votre part", "perfect"])
async def test_content_with_what_was_asked_for_is_a_yes(awa: Borrower, sam: Colleague, said: str) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("je peux la garder jusqu'à lundi ?")
    await awa.says(said)
    assert "30 novembre à 18 h" in awa.heard[-1] or "30 November at 6 pm" in awa.last.text
    assert "OUI ou NON" not in awa.last.text


async def test_content_with_anything_else_is_no_yes(town: Town, awa: Borrower, sam: Colleague) -> None:
    await _asked_if_back(awa, sam)
    await awa.says("merci")
    assert town.group.cards_of("Retour à confirmer") == []
    await awa.says("STOP")
    await awa.says("je peux recevoir de nouveau les messages ?")
    assert "OUI ou NON" in awa.last.text
    await awa.says("parfait")
    assert "de nouveau" not in awa.last.text


@pytest.mark.parametrize("said", ["non laisse", "finalement pas besoin", "non merci pas la peine", "no need"])
async def test_a_wish_is_given_up_in_words(awa: Borrower, sam: Colleague, said: str) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("je peux la garder jusqu'à lundi ?")
    await awa.says(said)
    assert awa.heard[-1] in ("D'accord, rien ne change.", "All right, nothing changes.")


@pytest.mark.parametrize("said", ["aucun en fait", "non rien laisse tomber", "none of them", "non", "rien du tout"])
async def test_none_of_those_that_were_offered(town: Town, awa: Borrower, sam: Colleague, said: str) -> None:
    await sam.says("/pret PERC-001, TENTE-001 Awa vendredi 18h")
    await awa.says("RENDU")
    await awa.says(said)
    assert awa.heard[-1] in ("D'accord, rien ne change.", "All right, nothing changes.")
    assert town.group.cards_of("Retour à confirmer") == []


async def test_two_things_are_wanted_where_one_was_asked_for(town: Town, awa: Borrower) -> None:
    await awa.says("PRET")
    await awa.says("perceuse et tente")
    assert awa.heard[-1].startswith("Jusqu'à quand souhaitez-vous emprunter")
    await awa.says("c'est pour un mariage samedi, je les ramène lundi")
    assert "jusqu'au lundi 30 novembre à 18 h" in awa.heard[-1]
    assert len(town.group.cards_of("Demande de prêt")) == 2


async def test_another_day_for_what_was_just_asked(town: Town, awa: Borrower) -> None:
    await awa.says("PRET tente dimanche 18h")
    await awa.says("plutôt jusqu'à lundi si possible")
    assert "vous demandez Tente 4 places jusqu'au lundi 30 novembre à 18 h" in awa.heard[-1]
    await awa.says("alors c'est bon pour la tente ?")
    assert awa.heard[-1] == "Votre demande :\n2 Tente 4 places : demande en attente"


async def test_a_reservation_with_its_end_asks_no_second_time(awa: Borrower) -> None:
    await awa.says("réserver la tente jusqu'à lundi")
    assert "vous demandez Tente 4 places jusqu'au lundi 30 novembre à 18 h" in awa.heard[-1]
    await awa.says("ANNULER")
    await awa.says("réserver la tente pour jeudi")  # when it is fetched
    assert awa.heard[-1].startswith("Jusqu'à quand souhaitez-vous emprunter Tente 4 places ?")


async def test_away_until_a_day_asks_whether_to_keep_it_so_long(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("je suis en vacances jusqu'au 10 décembre")
    assert awa.heard[-1].startswith("Voulez-vous garder Perceuse Bosch jusqu'au jeudi 10 décembre à 18 h ?")
    await town.at(on("vendredi", 8))
    assert "Perceuse Bosch" in awa.heard[-1]  # and reminders go on


async def test_a_retort_does_not_deny_the_return(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("vous dites n'importe quoi je l'ai ramenée")
    assert awa.heard[-1].startswith("Merci, c'est noté : vous avez rendu Perceuse Bosch.")
    await awa.says("ah non pardon je me suis trompé")
    assert awa.heard[-1] == "C'est annulé : le retour n'est pas noté, Perceuse Bosch reste à votre nom."


async def test_tomorrow_as_an_answer_to_a_reminder(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.at(on("vendredi", 9))
    for said in ("demain possible ?", "est-ce que je peux la ramener demain à la place"):
        await awa.says(said)
        assert awa.heard[-1].startswith("Voulez-vous garder Perceuse Bosch jusqu'au samedi 28 novembre"), said
        await awa.says("non")


async def test_a_number_with_its_sign_denies_nothing(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001, TENTE-001 Awa vendredi 18h")
    await awa.says("la n°2 est rendue")
    assert awa.heard[-1].startswith("Merci, c'est noté : vous avez rendu Tente 4 places.")


async def test_a_request_is_given_up_without_its_ne(town: Town, awa: Borrower) -> None:
    await awa.says("PRET tente dimanche 18h")
    await awa.says("je veux plus la tente")
    assert awa.heard[-1] == "C'est annulé : votre demande pour Tente 4 places est retirée."


async def test_stop_to_a_short_number_is_a_stop(awa: Borrower) -> None:
    await awa.says("STOP AU 36180")
    assert awa.heard[-1].startswith("C'est noté, nous ne vous écrirons plus ici.")
