"""An item and a person, each on a page of its own with what staff can do about it."""

from __future__ import annotations

from datetime import timedelta

from tests.town import Borrower, Colleague, Town, add_person, on


async def test_an_item_goes_to_repair_and_comes_back(town: Town, sam: Colleague, awa: Borrower) -> None:
    await sam.says("/materiel perceuse")
    page = town.group.card("Perceuse Bosch", "PERC-001")
    assert page.text == "Perceuse Bosch (PERC-001) : disponible"
    await sam.presses("En réparation", page)
    assert page.text.startswith("✅ En réparation, par Sam\n")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert awa.heard == [], "what is in repair cannot be lent"
    await sam.presses("Réparé", page)
    assert page.text.startswith("✅ De nouveau disponible, par Sam\n")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert "Perceuse Bosch" in awa.heard[0]


async def test_a_change_of_an_item_is_taken_back_while_it_stands(town: Town, sam: Colleague) -> None:
    await sam.says("/materiel VP-001")
    page = town.group.card("VP-001")
    await sam.presses("Retirer du prêt", page)
    assert "Retiré du prêt" in page.text
    await sam.says("/materiel")
    assert "VP-001" not in town.group.cards[-1]
    await sam.presses("Annuler", page)
    assert page.text == "✅ Changement annulé, par Sam\nVidéoprojecteur Epson (VP-001) : disponible"
    assert "Annuler" not in page.labels


async def test_an_undo_does_not_reach_over_a_later_change(town: Town, sam: Colleague) -> None:
    await sam.says("/materiel VP-001")
    page = town.group.card("VP-001")
    await sam.presses("En réparation", page)
    old = page.button("Annuler").payload
    await sam.presses("Perdu", page)
    await sam.account.presses(page, old)
    await town.settle()
    assert page.text == "Vidéoprojecteur Epson (VP-001) : perdu"


async def test_the_name_and_what_to_check_are_typed_in_answer(town: Town, sam: Colleague, awa: Borrower) -> None:
    await sam.says("/materiel PERC-001")
    page = town.group.card("PERC-001")
    await sam.presses("Changer le nom", page)
    await sam.says("Perceuse Makita", reply_to=town.group.card("nouveau nom"))
    assert town.group.cards[-1].startswith("✅ Nom changé, par Sam\nPerceuse Makita (PERC-001)")
    await sam.presses("À vérifier au retour")
    await sam.says("retour avec la batterie", reply_to=town.group.card("Que faut-il vérifier"))
    assert "À vérifier au retour : retour avec la batterie" in town.group.cards[-1]
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert "retour avec la batterie" in awa.heard[0]
    await sam.presses("À vérifier au retour")
    await sam.says("-", reply_to=town.group.card("Que faut-il vérifier"))
    assert "À vérifier au retour :" not in town.group.cards[-1]


async def test_a_lost_item_ends_its_loan_after_a_question(town: Town, sam: Colleague, borrower: Borrower) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} mercredi 18h")
    borrower.looks()
    await sam.says("/materiel PERC-001")
    page = town.group.card("Chez")
    await sam.presses("Perdu", page)
    assert "C'est vraiment perdu ?" in page.text
    await sam.presses("Laisser tomber", page)
    assert "en prêt" in page.text
    await sam.presses("Perdu", page)
    await sam.presses("Perdu", page)
    assert page.text.startswith("✅ Noté comme perdu, par Sam\n")
    assert "🔴 Matériel perdu" in town.group.cards[0]
    assert [said.splitlines()[0] for said in borrower.heard] == [
        "Nous avons noté la perte de Perceuse Bosch : le prêt est clos et les rappels s'arrêtent."
    ]
    await town.at(on("jeudi", 12))
    assert borrower.heard == [], "no reminder of a loan that is over"
    await sam.presses("Retrouvé", page)
    assert "disponible" in page.text


async def test_the_list_of_items_is_paged_and_opens_pages(town: Town, sam: Colleague) -> None:
    for number in range(10):
        await sam.says(f"/materiel ajouter LOT-{number:03} Chaise {number}")
    await sam.says("/materiel")
    listed = town.group.card("13 matériels (page 1 sur 2)")
    await sam.presses("Suite", listed)
    assert "page 2 sur 2" in listed.text
    assert "Vidéoprojecteur Epson" in listed.text
    await sam.presses("Vidéoprojecteur Epson", listed)
    assert listed.text == "Vidéoprojecteur Epson (VP-001) : disponible"


async def test_the_items_of_a_name_are_counted_and_paged(town: Town, sam: Colleague) -> None:
    for number in range(10):
        await sam.says(f"/materiel ajouter LOT-{number:03} Chaise {number}")
    await sam.says("/materiel chaise")
    listed = town.group.card("10 matériels (page 1 sur 2)")
    await sam.presses("Suite", listed)
    assert "10 matériels (page 2 sur 2)" in listed.text
    assert listed.text.count("Chaise") == 2
    assert listed.labels == ["Chaise 8", "Chaise 9", "Précédent"]


async def test_who_has_no_role_changes_no_item(town: Town, sam: Colleague, passant: Colleague) -> None:
    await sam.says("/materiel PERC-001")
    page = town.group.card("PERC-001")
    await passant.presses("Perdu", page)
    assert page.text == "Perceuse Bosch (PERC-001) : disponible"
    assert "équipe" in passant.toast


async def test_a_persons_page_says_how_to_reach_them_and_what_was_said(
    town: Town, sam: Colleague, awa: Borrower
) -> None:
    await sam.says("/lend PERC-001 Awa friday 6pm")
    await sam.says("/person awa")
    page = town.group.card("WhatsApp 06 12 34 56 78")
    assert page.text == (
        "Awa\n"
        "WhatsApp 06 12 34 56 78 : accord noté par l'équipe\n\n"
        "🟢 Perceuse Bosch (PERC-001) : à rendre le vendredi 27 novembre à 18 h\n\n"
        "Derniers messages :\n"
        "lundi 23 novembre à 9 h : confirmation de prêt, WhatsApp, ✓✓ lu"
    )


async def test_a_person_is_reminded_from_their_page(sam: Colleague, borrower: Borrower) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sam.says(f"/pret VP-001 {borrower.name} jeudi 18h")
    borrower.looks()
    await sam.says(f"/contact {borrower.name}")
    await sam.presses("Relancer")
    assert sam.toast == f"La relance part vers {borrower.name}."
    (told,) = borrower.heard
    assert "Perceuse Bosch" in told
    assert "Vidéoprojecteur Epson" in told


async def test_a_person_who_said_stop_is_not_reminded_from_their_page(
    town: Town, sam: Colleague, borrower: Borrower
) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await borrower.says("STOP")
    borrower.looks()
    await sam.says(f"/contact {borrower.name}")
    page = town.group.card("ne souhaite plus de messages")
    await sam.presses("Relancer", page)
    assert sam.toast == f"Impossible d'écrire à {borrower.name} : il faut appeler."
    assert borrower.heard == []


async def test_a_name_is_mended_and_the_history_has_a_way_back(town: Town, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/contact Awa")
    page = town.group.card("Derniers messages")
    await sam.presses("Historique", page)
    assert "confirmation de prêt" in page.text
    assert "prêté" in page.text
    await sam.presses("Revenir", page)
    assert "Derniers messages" in page.text
    await sam.presses("Changer le nom", page)
    await sam.says("Awa Diop", reply_to=town.group.card("le bon nom"))
    assert town.group.cards[-1].startswith("✅ Nom changé, par Sam\nAwa Diop\n")


async def test_who_lives_by_another_clock_is_reminded_by_it(town: Town, sam: Colleague, awa: Borrower) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/dette Awa 50 € 23/11")
    await town.rule(debts_on=True, debt_dry_run=False, debt_channel="whatsapp")
    await sam.says("/contact Awa")
    page = town.group.card("Derniers messages")
    await sam.presses("Fuseau horaire", page)
    asked = town.group.card("Dans quel fuseau horaire vit Awa")
    assert "Europe/Paris" not in asked.labels, "that is the desk's own"
    await sam.says("Chandrapur", reply_to=asked)
    assert "Nous ne connaissons pas de fuseau « Chandrapur »" in town.group.cards[-1]
    await sam.says("nouméa", reply_to=town.group.card("Chandrapur"))
    assert town.group.cards[-1].startswith("✅ Fuseau horaire changé, par Sam\nAwa\n")
    assert "Fuseau horaire : Pacific/Noumea" in town.group.cards[-1]
    awa.looks()
    await town.at(on("lundi", 21, 59))
    assert awa.heard == []
    await town.at(on("lundi", 22))  # Tuesday, 08:00 in Nouméa, where the day of the debt is over
    assert "il reste 50,00 € à régler" in awa.heard[0]
    await town.at(on("mercredi", 21, 59))
    assert awa.heard == []
    await town.at(on("mercredi", 22))  # the loan ends on the 28th there, at four in the morning
    assert "à rendre après-demain, vendredi 27 novembre à 18 h" in awa.heard[0]

    await sam.presses("Fuseau horaire", town.group.card("Fuseau horaire changé"))
    await sam.presses("Comme l'équipe")
    assert "Pacific/Noumea" not in town.group.cards[-1]
    awa.looks()
    await town.at(on("jeudi", 7, 59))
    assert awa.heard == []
    await town.at(on("jeudi", 8))
    assert any("à rendre demain" in heard for heard in awa.heard)


async def test_several_people_of_a_name_are_offered(town: Town, sam: Colleague) -> None:
    await town.service.store.write(add_person, 1, "Awa", "whatsapp", "+221771234567")
    await town.service.store.write(add_person, 1, "Awa Sarr", "sms", "+33612345679")
    await sam.says("/contact awa")
    asked = town.group.card("Laquelle ?")
    assert sorted(asked.labels) == ["Awa …4567", "Awa …5678"], "the exact name wins over a part of one"
    await sam.presses("Awa …4567", asked)
    assert "77 123 45 67" in asked.text
    await sam.says("/contact")
    assert "Awa Sarr" in town.group.card("De qui s'agit-il").labels


async def test_a_history_says_who_did_what_and_whose_it_was(town: Town, awa: Borrower, sam: Colleague) -> None:
    await awa.says("PRET perceuse vendredi 18h")
    await sam.presses("Accepter")
    await awa.says("RENDU")
    await sam.presses("Confirmer")
    await sam.says("/historique PERC-001")
    of_item = town.group.messages[-1].text
    for act in ("retour confirmé, Awa, par Sam", "retour déclaré, Awa\n", "prêté, Awa, par Sam", "demandé, Awa\n"):
        assert act in f"{of_item}\n", act
    await sam.says("/historique Awa")
    of_awa = town.group.messages[-1].text
    for act in ("retour confirmé, Perceuse Bosch, par Sam", "prêté, Perceuse Bosch, par Sam"):
        assert act in of_awa, act
    assert "remis en cours" not in of_awa


async def test_a_long_history_is_turned_page_by_page_with_ticks(town: Town, sam: Colleague) -> None:
    for _ in range(6):
        await sam.says("/pret PERC-001 Awa vendredi 18h")
        await sam.says("/retour PERC-001")
    await sam.says("/historique PERC-001")
    first = town.group.messages[-1]
    newest = first.text
    assert "WhatsApp, ✓✓" in newest
    await sam.presses("Suite", first)
    assert first.text != newest
    await sam.presses("Précédent", first)
    assert first.text == newest


async def test_annuler_in_reply_leaves_what_was_asked_and_is_no_name(town: Town, sam: Colleague) -> None:
    for page, button in (("/materiel PERC-001", "Changer le nom"), ("/materiel PERC-001", "Pièces"),
                         ("/contact Awa", "Changer le nom")):  # fmt: skip
        await sam.says(page)
        await sam.presses(button)
        asked = town.group.messages[-1]
        await sam.says("aide", reply_to=asked)
        assert town.group.messages[-1].text.startswith("Ce que l'équipe peut faire ici")
        await sam.says("ANNULER", reply_to=asked)
        assert town.group.messages[-1].text == "D'accord, nous laissons cela de côté."
    await sam.says("/pret PERC-001")
    await sam.says("annule", reply_to=town.group.messages[-1])
    assert town.group.messages[-1].text == "D'accord, nous laissons cela de côté."
    await sam.says("/materiel PERC-001")
    assert town.group.messages[-1].text == "Perceuse Bosch (PERC-001) : disponible"
    await sam.says("/contact Awa")
    assert town.group.messages[-1].text.startswith("Awa\n")


async def test_an_item_that_is_not_there_yet_can_be_added(town: Town, sam: Colleague) -> None:
    await sam.says("/materiel Tondeuse")
    told = town.group.heard[-1].splitlines()
    assert told[0] == "Rien ni personne ne s'appelle « Tondeuse » ici."
    assert told[-1] == "Pour l'ajouter : /materiel ajouter Tondeuse"
    await sam.says(told[-1].partition(" : ")[2])
    await sam.says("/materiel Tondeuse")
    assert town.group.heard[-1] == "Tondeuse (TOND-001) : disponible"


async def test_a_reply_answers_the_question_of_the_message_it_is_to(town: Town, sam: Colleague) -> None:
    await sam.says("/materiel")
    shelf = town.group.messages[-1]
    await town.passes(timedelta(minutes=2))
    await sam.says("/materiel PERC-001")
    page = town.group.messages[-1]
    await sam.presses("Changer le nom", page)
    asked = town.group.messages[-1]
    town.group.looks()
    await sam.says("On en manque toujours le samedi", reply_to=shelf)
    assert town.group.heard == []
    assert page.text.startswith("Perceuse Bosch"), "talk among colleagues names nothing"
    await sam.says("Perceuse à percussion", reply_to=asked)
    assert "Perceuse à percussion" in town.group.heard[0], "the question was still open"


async def test_a_page_that_was_written_over_with_a_question_is_answered(town: Town, sam: Colleague) -> None:
    await sam.says("/materiel PERC-001")
    page = town.group.messages[-1]
    await town.passes(timedelta(minutes=2))
    await sam.presses("Prêter", page)
    await town.passes(timedelta(minutes=2))
    assert "À qui prêter" in page.text
    await sam.says("Awa", reply_to=page)
    assert "Jusqu'à quand prêter Perceuse Bosch à Awa" in town.group.messages[-1].text


async def test_a_thumb_that_slips_on_relancer_reminds_once(town: Town, sam: Colleague, awa: Borrower) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await sam.says("/contact Awa")
    page = town.group.messages[-1]
    for _ in range(2):
        await sam.presses("Relancer", page)
    assert len(awa.heard) == 1
    assert sam.toast == "Une relance vient de partir vers Awa."
    await town.passes(timedelta(minutes=5))
    await sam.presses("Relancer", page)
    assert len(awa.heard) == 1, "asked for once more, it leaves once more"
