"""An admin's own words: seen, changed, refused with a reason, switched off, restored."""

from __future__ import annotations

import sqlalchemy as sa

from bot.core.messages import CATALOGUE, may_be_off
from bot.core.people import Consent
from bot.store import Tx
from bot.store.tables import outbox
from tests.town import AWA, Borrower, Colleague, OnTelegram, Town, on

NEW = "Coucou ! *{{ item }}* est attendu {{ due_at|on }}. RENDU ou PROLONGER, merci. STOP pour ne plus rien recevoir."


async def changes(admin: OnTelegram, name: str, words: str) -> None:
    await admin.says(f"/modeles {name}")
    await admin.chooses("Modifier")
    await admin.says(words)


async def states(town: Town, *messages: str) -> list[tuple[str, str, str]]:
    query = sa.select(outbox.c.message, outbox.c.state, outbox.c.error).where(outbox.c.message.in_(messages))
    return [tuple(row) for row in await town.service.store.rows(query.order_by(outbox.c.id))]


async def test_the_words_are_found_by_menu_and_by_name(dominique: Colleague) -> None:
    admin = dominique.private
    await admin.says("/modeles")
    await admin.chooses("Rappels et retards")
    await admin.chooses("rappel de la veille")
    page = admin.last.text
    assert "{{ item }}" in page  # the template as it is
    assert "Perceuse Bosch" in page  # and filled with its example
    assert "Valeurs : item, due_at, number, place" in page
    await admin.says("/texts reminder_day_1")
    assert admin.last.text == page
    await admin.says("/modeles rappel de la veille")
    assert admin.last.text == page


async def test_new_words_leave_from_the_next_message_on_and_can_be_taken_back(
    town: Town, borrower: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    admin = dominique.private
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sam.says(f"/pret VP-001 {borrower.name} samedi 18h")
    await changes(admin, "reminder_day_2", NEW)
    assert "Texte changé. (Dominique)" in admin.last.text
    borrower.looks()
    await town.at(on("mercredi", 8))
    assert (
        borrower.heard
        == [
            "Coucou ! Perceuse Bosch est attendu après-demain, vendredi 27 novembre à 18 h. RENDU ou PROLONGER, merci. "
            "STOP pour ne plus rien recevoir."
        ]
        or "Coucou !" in borrower.messages[-1].text
    )
    await admin.chooses("Annuler le changement")
    assert "Changement annulé." in admin.last.text
    assert "Coucou" not in admin.last.text


async def test_words_that_speak_of_rendu_or_merci_are_words_and_no_act(dominique: Colleague) -> None:
    admin = dominique.private
    await changes(admin, "you_are_welcome", "Merci à vous, c'est bien rendu ! Répondez STOP ou AIDE.")
    assert "Texte changé." in admin.last.text


async def test_annuler_leaves_the_words_as_they_were(town: Town, dominique: Colleague) -> None:
    admin = dominique.private
    await changes(admin, "you_are_welcome", "ANNULER")
    assert await town.service.store.write(lambda tx: dict(tx.wordings.all())) == {}


async def test_unfit_words_are_refused_with_a_reason_and_may_be_mended(dominique: Colleague) -> None:
    admin = dominique.private
    await changes(admin, "reminder_day_1", "Rendez {{ itme }} !")
    assert "« itme » n'existe pas dans ce message. Valeurs possibles : item, due_at, number, place." in admin.last.text
    await admin.says("Rendez {item} !")  # as other systems write it: it would be sent as it stands
    assert "« item » serait envoyé tel quel : une valeur s'écrit entre doubles accolades." in admin.last.text
    await admin.says("Rendez {{1}} !")
    assert "« 1 » n'existe pas dans ce message." in admin.last.text
    await admin.says("Rendez {{ item.__class__ }} !")
    assert "Rien n'est changé." in admin.last.text
    await admin.says("Rendez {{ item }} !")
    assert "Texte changé." in admin.last.text
    assert "Rendez Perceuse Bosch !" in admin.last.text


async def test_words_hold_for_their_language_and_channel_alone(
    awa: Borrower, karim: Borrower, dominique: Colleague
) -> None:
    admin = dominique.private
    await admin.says("/modeles you_are_welcome")
    await admin.chooses("WhatsApp")
    await admin.chooses("Modifier")
    await admin.says("Tout le plaisir est pour nous.")
    for person in (awa, karim):
        await person.says("merci")
    assert awa.heard[-1] == "Tout le plaisir est pour nous."
    assert "Tout le plaisir" not in karim.heard[-1]
    await admin.says("/modeles you_are_welcome")
    await admin.chooses("anglais")
    await admin.chooses("Modifier")
    await admin.says("Any time.")
    await karim.says("merci")
    assert karim.heard[-1] != "Any time."
    await karim.says("LANGUAGE EN")
    await karim.says("thanks")
    assert karim.heard[-1] == "Any time."


async def test_words_are_restored(karim: Borrower, dominique: Colleague) -> None:
    admin = dominique.private
    await changes(admin, "you_are_welcome", "De rien.")
    await karim.says("merci")
    assert karim.heard[-1] == "De rien."
    await admin.says("/modeles you_are_welcome")
    await admin.chooses("Texte d'origine")
    await karim.says("merci")
    assert karim.heard[-1] == "Avec plaisir ! À bientôt."


async def test_a_message_switched_off_is_withheld_with_its_reason_until_it_is_on_again(
    town: Town, awa: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    admin = dominique.private
    await admin.says("/modeles reminder_day_2")
    await admin.chooses("Ne plus envoyer")
    assert "n'est plus envoyé" in admin.last.text
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    awa.looks()
    await town.at(on("mercredi", 9))
    assert awa.heard == []
    assert await states(town, "reminder_day_2") == [("reminder_day_2", "withheld", "switched off by an admin")] * 2
    await admin.chooses("Envoyer de nouveau")
    await town.at(on("jeudi", 9))
    assert len(awa.heard) == 1  # the next step was never off


async def test_a_step_that_is_off_does_not_leave_among_gathered_ones(
    town: Town, awa: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    admin = dominique.private
    await admin.says("/modeles reminder_day_2")
    await admin.chooses("Ne plus envoyer")
    await sam.says("/pret PERC-001 Awa jeudi 18h")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    awa.looks()
    await town.at(on("mercredi", 9))
    [heard] = awa.heard
    assert "Perceuse Bosch" in heard
    assert "Vidéoprojecteur" not in heard


async def test_a_message_off_by_sms_still_goes_by_other_roads(
    town: Town, awa: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    admin = dominique.private
    await admin.says("/modeles reminder_day_2")
    await admin.chooses("SMS")
    await admin.chooses("Ne plus envoyer")
    await town.service.store.write(_sms_first)
    other = town.phone("+33612345679", "Bintou", on="sms")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Bintou vendredi 18h")
    awa.looks()
    other.looks()
    await town.at(on("mercredi", 9))
    assert len(awa.heard) == 1
    assert other.heard == []


def _sms_first(tx: Tx) -> None:
    desk = tx.departments.first()
    assert desk is not None
    made = tx.people.add("Bintou", desk.id)
    tx.people.add_address(
        made.id, "sms", "+33612345679", verified_by="attested", consent=Consent.ATTESTED, attested_by="Sam"
    )
    assert tx.people.find_address("whatsapp", AWA)


async def test_overdue_notices_that_are_off_make_no_task_for_staff(
    town: Town, awa: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    admin = dominique.private
    await admin.says("/modeles overdue")
    await admin.chooses("Ne plus envoyer")
    await sam.says("/pret PERC-001 Awa mardi 18h")
    await town.at(on("mardi", 18))
    awa.looks()
    town.group.looks()
    await town.at(on("mardi", 19))
    assert awa.heard == []
    assert town.group.heard == []


async def test_a_loan_that_was_asked_for_is_told_of_even_when_the_copy_is_off(
    awa: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    admin = dominique.private
    await admin.says("/modeles loan_created")
    await admin.chooses("Ne plus envoyer")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    assert awa.heard == []
    await awa.says("PRET PERC-001 vendredi 18h")
    awa.looks()
    await sam.presses("Accepter")
    assert [text for text in awa.heard if "Perceuse Bosch" in text]


async def test_answers_receipts_and_cards_have_no_switch(dominique: Colleague) -> None:
    admin = dominique.private
    for name in ("you_are_welcome", "returned", "loan_card"):
        await admin.says(f"/modeles {name}")
        assert "Ne plus envoyer" not in admin.last.labels
    assert {name for name in CATALOGUE if may_be_off(name)} >= {"overdue", "reminders", "reminder_2h", "loan_created"}
    assert not may_be_off("no_such_message")


async def test_staff_see_and_change_no_words(town: Town, sam: Colleague, dominique: Colleague) -> None:
    await sam.says("/modeles")
    assert "Textes" not in town.group.heard[-1]
    await dominique.says("/modeles you_are_welcome")
    page = town.group.messages[-1]
    await sam.presses("Modifier", page)
    assert "administration" in sam.toast
    await sam.says("Au revoir", reply_to=page)
    assert await town.service.store.write(lambda tx: dict(tx.wordings.all())) == {}


async def test_words_are_edited_by_a_reply_in_the_group(town: Town, karim: Borrower, dominique: Colleague) -> None:
    await dominique.says("/modeles you_are_welcome")
    await dominique.presses("Modifier")
    await dominique.says("À votre service !", reply_to=town.group.messages[-1])
    await karim.says("merci")
    assert karim.heard[-1] == "À votre service !"


async def test_words_of_one_desk_are_not_anothers(town: Town, karim: Borrower) -> None:
    await town.service.store.write(_other_desk_says)
    await karim.says("merci")
    assert karim.heard[-1] == "Avec plaisir ! À bientôt."


def _other_desk_says(tx: Tx) -> None:
    other = tx.departments.add(name="Atelier Sud", zone=tx.desk.zone, language="fr", chat="-100777")
    tx.wordings.change((other.id, "you_are_welcome", "fr", ""), "Bonjour du Sud.", who="telegram:1", name="Paul")


async def test_what_is_typed_by_people_stays_inert_in_an_admins_words(
    awa: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    await changes(dominique.private, "item_taken", "{{ item }} n'est pas libre.")
    await sam.says("/materiel ajouter NOM-1 {{ 7*7 }} *gras*")
    await sam.says("/pret NOM-1 Awa vendredi 18h")
    await awa.says("PRET NOM-1 samedi 18h")
    assert [text for text in awa.heard if "7*7" in text]


async def test_words_that_fail_with_what_really_is_give_way_to_those_of_the_house(
    karim: Borrower, dominique: Colleague
) -> None:
    """They were tried with an example before they were taken."""
    await changes(dominique.private, "contact_person", "L'équipe vous répond. Pour le {{ day|weekday }} : passez.")
    assert "Texte changé" in dominique.private.last.text
    await karim.says("CONTACT")  # names no day
    assert karim.heard[-1].startswith("Votre message est transmis à l'équipe")


async def test_a_text_almost_named_is_offered(dominique: Colleague) -> None:
    admin = dominique.private
    await admin.says("/modeles rappel")
    assert admin.last.text.startswith("Aucun texte ne s'appelle « rappel ».")
    await admin.chooses("rappel de la veille")
    assert "{{ item }}" in admin.last.text
