"""Kits: one loan of several pieces, given back whole or naming what is missing."""

from __future__ import annotations

import pytest

from tests.town import Borrower, Colleague, Town, about, on


@pytest.fixture
async def kit(town: Town, awa: Borrower, sam: Colleague) -> None:
    """The drill is a kit, out until Friday, and everybody has read so."""
    await sam.says("/materiel PERC-001 pièces : chargeur, 2 batteries, coffret")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert "Avec : chargeur, 2 batteries, coffret" in awa.heard[0]
    assert "Avec : chargeur, 2 batteries, coffret" in town.group.card("PERC-001", "En prêt").text
    town.group.looks()


@pytest.mark.usefixtures("kit")
async def test_what_is_missing_is_named_confirmed_and_found_again(town: Town, awa: Borrower, sam: Colleague) -> None:
    await awa.says("RENDU, il manque une batterie et le chargeur")
    assert "vous avez rendu Perceuse Bosch" in awa.heard[0]
    assert "Il manque encore : chargeur, batteries (1 sur 2)" in awa.messages[-1].text
    card = town.group.card("Retour à confirmer")
    assert "Manque d'après l'emprunteur : chargeur, batteries (1 sur 2)" in card.text
    await sam.presses("Confirmer", card)
    [receipt] = awa.heard
    assert "Reste à rapporter dès que possible : chargeur, batteries (1 sur 2)" in receipt
    assert "Tout est rendu" not in receipt
    await awa.says("MES PRETS")
    assert "Pièces à rapporter" in awa.heard[0]
    await awa.says("QUITUS")
    assert "Avant le quitus, il reste" in awa.heard[0]

    await sam.says("/pret VP-001 Karim mardi 18h")
    await town.at(on("mardi", 9))
    assert about(town.group.heard, "Pièces attendues", "Perceuse Bosch : chargeur, Awa")
    await awa.says("RENDU le chargeur")
    assert "L'équipe vérifie" in awa.heard[0]
    brought = town.group.card("dit avoir rapporté")
    await sam.presses("Retrouvé : chargeur", brought)
    assert "C'est bien revenu : chargeur (Perceuse Bosch)" in awa.heard[0]
    assert "Il manque : batteries (1 sur 2)" in town.group.card("De retour").text

    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert "Avec : chargeur, batteries, coffret" in awa.heard[-1], "what is missing does not go out again"
    await sam.says("/materiel PERC-001")
    page = town.group.card("Pièces : chargeur, 2 batteries, coffret")
    await sam.presses("Retrouvé : batteries", page)
    assert "Il manque" not in page.text
    assert "Plus aucune pièce ne manque" in awa.messages[-1].text
    await sam.presses("Annuler", page)
    assert "Perceuse Bosch : batteries (1 sur 2), Awa" in page.text


@pytest.mark.usefixtures("kit")
async def test_annuler_takes_back_what_was_said_to_be_missing(awa: Borrower, sam: Colleague) -> None:
    for words, missing in (
        ("j'ai rendu le coffret et une batterie", "Il manque encore : chargeur, batteries (1 sur 2)."),
        ("j'ai rendu la moitié", "Que manque-t-il à Perceuse Bosch ?"),
        ("les batteries", "Il manque encore : batteries (2 sur 2)."),
        ("j'ai rendu la moitié", "Que manque-t-il à Perceuse Bosch ?"),
        ("tout est ok", "L'équipe vérifie et vous confirme."),
        ("rendue dans son coffret", "L'équipe vérifie et vous confirme."),
    ):
        await awa.says(words)
        assert missing in awa.heard[-1]
        if "?" not in missing:
            await awa.says("ANNULER")
    await awa.says("returned except the charger")
    await awa.says("ANNULER")
    await awa.says("RENDU")
    await sam.presses("Confirmer")
    assert "Tout est rendu" in awa.heard[-1]


@pytest.mark.usefixtures("kit")
async def test_staff_tick_what_they_do_not_find(town: Town, awa: Borrower, sam: Colleague) -> None:
    await awa.says("rendu mais pas tout")
    assert "Que manque-t-il à Perceuse Bosch ?" in awa.heard[0]
    await awa.chooses("coffret")
    assert "Il manque encore : coffret" in awa.heard[0]
    card = town.group.card("Retour à confirmer")
    await sam.presses("Il manque…", card)
    await sam.presses("☑ coffret", card)
    for label in ("☐ 2 batteries", "☑ batteries 1/2", "☑ batteries"):
        await sam.presses(label, card)
    await sam.presses("☐ chargeur", card)
    assert card.labels == ["☑ chargeur", "☐ 2 batteries", "☐ coffret", "Confirmer", "Revenir"]
    await sam.presses("Confirmer", card)
    assert "Reste à rapporter dès que possible : chargeur." in awa.heard[0]


async def test_the_list_is_typed_mended_and_taken_back(town: Town, sam: Colleague, passant: Colleague) -> None:
    await sam.says("/materiel PERC-001")
    await sam.presses("Pièces")
    await sam.says("chargeur + chargeur", reply_to=town.group.card("Quelles pièces"))
    assert "est deux fois dans la liste" in town.group.cards[-1]
    await sam.says("/materiel perceuse accessoires: chargeur; 2 x batterie")
    page = town.group.card("Pièces notées, par Sam", "Pièces : chargeur, 2 batterie")
    await passant.presses("Annuler", page)
    assert "Pièces :" in page.text
    await sam.presses("Annuler", page)
    assert page.text == "✅ Changement annulé, par Sam\nPerceuse Bosch (PERC-001) : disponible"


async def test_what_is_missing_of_a_plain_item_is_read_by_staff(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret VP-001 Awa vendredi 18h")
    awa.looks()
    await awa.says("rendu, mais il manque la télécommande")
    assert "vous avez rendu Vidéoprojecteur Epson" in awa.heard[0]
    assert "il manque la télécommande" in town.group.card("Retour à confirmer").text


async def test_a_kit_is_added_with_its_pieces_in_one_line(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/materiel ajouter Malle photo : boîtier, 2 objectifs")
    [page] = town.group.heard
    assert page == "✅ Matériel ajouté, par Sam\nMalle photo (MALL-001) : disponible\nPièces : boîtier, 2 objectifs"
    await sam.says("/pret MALL-001 Awa vendredi 18h")
    assert "Avec : boîtier, 2 objectifs" in awa.heard[0]
    town.group.looks()
    await sam.says("/materiel ajouter TREP-001 Trépied pièces : rotule")
    await sam.says("/materiel PERC-001 : chargeur, coffret")
    await sam.says("/materiel ajouter Sac : corde, corde")
    await sam.says("/materiel ajouter Livre : La Peste")
    assert [told.splitlines()[0] for told in town.group.heard] == [
        "✅ Matériel ajouté, par Sam",
        "✅ Pièces notées, par Sam",
        "« corde » est deux fois dans la liste : écrivez-le une seule fois, avec le nombre devant.",
        "✅ Matériel ajouté : Livre : La Peste (LIVR-001)",
    ]
    await sam.says("/materiel Sac")
    assert "Rien ni personne ne s'appelle" in town.group.heard[-1]
