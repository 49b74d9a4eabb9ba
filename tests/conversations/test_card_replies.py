"""Words typed in reply to a loan's card act like its buttons, in its topic and for its department."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.conversation import Choice
from bot.core.people import Role
from bot.sandbox.message import Attachment, Message
from bot.store import Tx
from tests.town import Borrower, Colleague, OnTelegram, StaffGroup, Town, about, add_person, on

SECOND_GROUP = -1001234500002


async def lent(town: Town, sam: Colleague, borrower: Borrower, until: str = "vendredi 18h") -> Message:
    await sam.says(f"/pret PERC-001 {borrower.name} {until}")
    borrower.looks()
    town.group.looks()
    return town.group.card("En prêt")


async def test_a_loan_is_taken_back_by_a_word(town: Town, sam: Colleague, borrower: Borrower) -> None:
    card = await lent(town, sam, borrower)
    await sam.says("rendu, merci", reply_to=card)
    assert card.text.startswith("✅ De retour : Perceuse Bosch")
    assert town.group.heard == ["Retour noté."]
    assert "bien" in borrower.heard[0]
    await sam.says("rendu", reply_to=card)
    assert about(borrower.heard, "Perceuse") == [], "once is enough"


async def test_what_is_wrong_with_a_return_stays_on_the_card_and_in_the_history(
    town: Town, sam: Colleague, awa: Borrower
) -> None:
    await lent(town, sam, awa)
    await awa.says("RENDU")
    await sam.says("il manque la mèche", reply_to=town.group.card("Retour à confirmer"))
    assert "Note : il manque la mèche" in town.group.card("Matériel abîmé").text
    await sam.says("/historique PERC-001")
    assert "il manque la mèche" in town.group.messages[-1].text


async def test_more_time_is_given_by_words(town: Town, sam: Colleague, borrower: Borrower) -> None:
    card = await lent(town, sam, borrower)
    await sam.says("prolonger jusqu'à lundi 18h", reply_to=card)
    assert "lundi 30 novembre à 18 h" in card.text
    assert "lundi 30 novembre à 18 h" in borrower.heard[0]
    await sam.says("un jour de plus", reply_to=card)
    assert "mardi 1er décembre à 18 h" in card.text, "counted from the due time"
    await sam.says("encore une nuit", reply_to=card)
    assert "mercredi 2 décembre à 18 h" in card.text, "and not the same night at ten"


async def test_a_command_in_reply_to_a_card_is_about_its_loan(town: Town, sam: Colleague, awa: Borrower) -> None:
    card = await lent(town, sam, awa)
    await sam.says("/prolonger lundi", reply_to=card)
    assert "lundi 30 novembre à 18 h" in card.text
    await sam.says("/relancer", reply_to=card)
    assert "La relance part vers Awa." in town.group.heard
    await sam.says("/prolonger TENTE-001 mardi", reply_to=card)
    assert town.group.heard == ["Tente 4 places n'est pas en prêt en ce moment."], "what is named counts"
    for command, told in (
        ("/contact", "Awa\nWhatsApp 06 12 34 56 78"),
        ("/materiel", "Perceuse Bosch (PERC-001) : en prêt"),
        ("/lier", "🔗 Relier une adresse d'Awa"),
        ("/dette 20 € vendredi", "💶 À régler : 20,00 €\nAwa, créance"),
        ("/dette 30 € Karim", "💶 À régler : 30,00 €\nKarim, créance"),
        ("/paye 5", "✅ Paiement d'Awa : 5,00 €"),
    ):
        await sam.says(command, reply_to=card)
        assert town.group.heard[-1].startswith(told), command
    await sam.says("rendu ?", reply_to=card)
    page = town.group.messages[-1]
    await sam.says("rendu", reply_to=page)
    assert card.text.startswith("✅ De retour : Perceuse Bosch"), "its page with buttons is as good as its card"


async def test_without_a_time_it_is_offered(town: Town, sam: Colleague, borrower: Borrower) -> None:
    card = await lent(town, sam, borrower)
    await sam.says("prolonger", reply_to=card)
    await sam.presses("Une semaine de plus")
    assert "vendredi 4 décembre à 18 h" in borrower.heard[0]


async def test_a_loan_written_by_mistake_is_cancelled_by_a_word(town: Town, sam: Colleague, borrower: Borrower) -> None:
    card = await lent(town, sam, borrower)
    await sam.says("annuler", reply_to=card)
    assert card.text.startswith("Prêt annulé")
    assert "par erreur" in borrower.heard[0]


async def test_a_problem_is_noted_on_the_card_of_a_running_loan(town: Town, sam: Colleague, awa: Borrower) -> None:
    card = await lent(town, sam, awa)
    await sam.says("problème : le mandrin est fendu", reply_to=card)
    assert "Note : problème : le mandrin est fendu" in card.text
    assert awa.heard == []


@pytest.mark.parametrize(
    ("words", "head"),
    [
        ("rendu", "✅ De retour"),
        ("oui", "✅ De retour"),
        ("pas rendu", "🟢 En prêt"),
        ("problème", "🔴 Matériel abîmé"),
    ],
)
async def test_a_declared_return_is_answered_by_words(
    town: Town, sam: Colleague, borrower: Borrower, words: str, head: str
) -> None:
    await lent(town, sam, borrower)
    await borrower.says("RENDU")
    declared = town.group.card("Retour à confirmer", "Perceuse")
    borrower.looks()
    await sam.says(words, reply_to=declared)
    assert declared.text.startswith(head)
    assert len(borrower.heard) == 1


async def test_a_request_and_a_request_for_more_time_are_decided_by_words(
    town: Town, sam: Colleague, borrower: Borrower
) -> None:
    await borrower.says("PRET VP-001 mardi 18h")
    request = town.group.card("Demande de prêt")
    await sam.says("accepté", reply_to=request)
    assert request.text.startswith("🟢 En prêt")
    await borrower.says("PROLONGER jusqu'au 20 décembre 18h")
    more = town.group.cards_of("20 décembre")[-1]
    borrower.looks()
    await sam.says("non", reply_to=more)
    assert len(borrower.heard) == 1
    assert "20 décembre" not in request.text


async def test_talk_and_questions_do_nothing(town: Town, sam: Colleague, borrower: Borrower) -> None:
    card = await lent(town, sam, borrower)
    before = card.text
    for words in ("je m'en occupe", "ok", "pas encore rendu", "oui mais attends un peu"):
        await sam.says(words, reply_to=card)
    assert town.group.heard == []
    await sam.says("rendu ?", reply_to=card)
    (page,) = town.group.heard
    assert page.startswith("🟢 En prêt"), "a question is answered by how the loan stands"
    assert card.text == before
    assert borrower.heard == []


async def test_who_has_no_role_moves_nothing(town: Town, sam: Colleague, passant: Colleague, awa: Borrower) -> None:
    card = await lent(town, sam, awa)
    before = card.text
    await passant.says("rendu", reply_to=card)
    assert card.text == before
    assert town.group.heard == []
    assert awa.heard == []


async def test_a_card_of_a_group_that_moved_writes_over_no_other(town: Town, sam: Colleague, awa: Borrower) -> None:
    """A supergroup counts its messages from 1, so a number of the old group is soon another message's there."""
    old = await lent(town, sam, awa)
    new = await town.group.chat.becomes_supergroup(sam.account)
    await awa.says("PRET VP-001 demain 18h")
    request = new.heard[-1]
    assert request.id == old.id
    await sam.presses("Rendu", old)
    assert request.text.startswith("🟠 Demande de prêt : Vidéoprojecteur")
    assert [card.text[:28] for card in new.heard[1:]] == ["✅ De retour : Perceuse Bosch"[:28]]


async def test_a_reminder_by_a_word_respects_stop(town: Town, sam: Colleague, borrower: Borrower) -> None:
    card = await lent(town, sam, borrower)
    await sam.says("relancer", reply_to=card)
    assert "Perceuse Bosch" in borrower.heard[0]
    await borrower.says("STOP")
    borrower.looks()
    await sam.says("relancer", reply_to=card)
    assert borrower.heard == []
    assert "il faut appeler" in town.group.cards[-1]


# --- topics and departments ------------------------------------------------------------------------


async def test_cards_go_to_the_departments_topic_and_answers_stay_in_theirs(
    town: Town, sam: Colleague, awa: Borrower
) -> None:
    town.group.chat.kind = "supergroup"
    _, loans, talk = (town.group.chat.opens_topic(name) for name in ("Général", "Prêts", "Divers"))
    await town.service.store.write(_cards_in, loans)
    await sam.account.says("/pret PERC-001 Awa vendredi 18h", chat=town.group.chat, topic=talk)
    await town.settle()
    card = town.group.card("En prêt")
    assert card.topic == loans
    await awa.says("RENDU")
    declared = town.group.card("Retour à confirmer", "Perceuse")
    assert declared.topic == loans
    await sam.account.says("oui", chat=town.group.chat, reply_to=declared, topic=loans)
    await town.settle()
    assert declared.text.startswith("✅ De retour")
    await sam.account.says("/prets", chat=town.group.chat, topic=talk)
    await town.settle()
    assert town.group.messages[-1].topic == talk


def _cards_in(tx: Tx, topic: int) -> None:
    tx.departments.change(1, topic=topic)


def second_desk(tx: Tx) -> None:
    """Another department with its own group, staff, things and people; it knows an Awa too."""
    first = tx.departments.first()
    assert first is not None
    desk = tx.departments.add(name="Sono", zone=first.zone, language="fr", chat=str(SECOND_GROUP))
    tx.departments.set_rule(desk.id, "try_outside", True)
    tx.people.give_role("700100011", desk.id, Role.STAFF, "Lou")
    tx.items.add(desk.id, "SONO-001", "Enceinte")
    add_person(tx, desk.id, "Moussa", "sms", "+33612345679")


async def lou_of(town: Town) -> tuple[Colleague, StaffGroup]:
    await town.service.store.write(second_desk)
    net = town.network.telegram
    chat = net.group(SECOND_GROUP, "Sono")
    chat.bot_status = "member"
    account = net.person(700_100_011, "Lou")
    chat.members[700_100_011] = town.group.chat.members[700_100_011] = "member"
    return Colleague(town, account), StaffGroup(chat)


async def lou_says(town: Town, lou: Colleague, group: StaffGroup, text: str, reply_to: Message | None = None) -> None:
    await lou.account.says(text, chat=group.chat, reply_to=reply_to)
    await town.settle()


async def test_of_who_borrows_at_two_desks_each_sees_and_changes_its_own(town: Town, sam: Colleague) -> None:
    lou, group = await lou_of(town)
    await lou_says(town, lou, group, "/contact ajouter Awa +33612345678")
    await lou_says(town, lou, group, "/pret SONO-001 Awa vendredi 18h")
    await sam.says("/retour Awa")
    assert "Awa n'a aucun prêt en cours" in town.group.heard[-1]
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/retour Awa")
    assert town.group.messages[-1].labels == ["Perceuse Bosch · Awa"]
    town.awa.looks()
    await sam.says("/relancer Awa")
    assert about(town.awa.heard, "Enceinte") == []
    await sam.says("/prolonger Awa lundi")
    assert "vendredi 27 novembre" in group.card("Enceinte").text


async def test_the_pages_of_a_history_are_those_of_the_groups_own(town: Town, sam: Colleague) -> None:
    lou, group = await lou_of(town)
    await sam.says("/historique PERC-001")
    town.group.looks()
    await lou_says(town, lou, group, "/historique SONO-001")
    theirs = group.messages[-1]
    for whose, number in (("item", 1), ("item", 99), ("person", 1)):
        forged = Choice("desk.history", (whose, number, 1)).payload()
        await lou.account.presses(theirs, forged)
        await town.settle()
        assert "Perceuse" not in theirs.text
        assert "Awa" not in theirs.text


async def test_each_group_sees_its_own(town: Town, sam: Colleague) -> None:
    lou, group = await lou_of(town)
    moussa = town.phone("+33612345679", "Moussa", on="sms")
    await sam.says("/pret PERC-001 Awa aujourd'hui 18h")
    await lou_says(town, lou, group, "/pret SONO-001 Moussa aujourd'hui 18h")
    assert moussa.heard
    await town.at(on("mardi", 12))
    group.looks()
    for command, theirs in {
        "/prets": "1 prêt en cours\n🔴 Enceinte",
        "/retards": "1 prêt en retard\n🔴 Enceinte",
        "/materiel": "1 matériel\nEnceinte",
        "/stats": "1 prêt, ",
        "/apercu": "Enceinte",
        "/historique Moussa": "Moussa",
        "/file": "",
    }.items():
        await lou_says(town, lou, group, command)
        (told,) = group.heard
        assert theirs in told, command
        assert "Perceuse" not in told, command
        assert "Awa" not in told, command
    for stranger in ("/materiel PERC-001", "/contact Awa", "/historique Awa", "/retour PERC-001"):
        await lou_says(town, lou, group, stranger)
        (told,) = group.heard
        assert "Perceuse Bosch" not in told, stranger
        assert "06 12" not in told, stranger


async def test_a_username_is_nobody_at_a_desk_that_does_not_know_them(
    town: Town, sam: Colleague, karim: Borrower
) -> None:
    lou, group = await lou_of(town)
    await karim.says("Bonjour")
    await sam.says("/pret PERC-001 @karim_prete vendredi 18h")
    assert "Pour Karim" in town.group.card("En prêt").text
    for command in ("/lier @karim_prete", "/pret SONO-001 @karim_prete jeudi 18h", "/dette @karim_prete 10"):
        await lou_says(town, lou, group, command)
        assert "Karim" not in group.heard[-1], command


async def test_who_takes_another_username_is_found_by_it(town: Town, sam: Colleague, karim: OnTelegram) -> None:
    await karim.says("Bonjour")
    karim.account.username = "karim_vraiment"
    await karim.says("Vous avez une perceuse ?")
    await sam.says("/pret PERC-001 @karim_vraiment vendredi 18h")
    assert "Pour Karim" in town.group.card("En prêt").text


async def test_a_person_known_to_two_desks_shows_each_only_its_own(town: Town, sam: Colleague) -> None:
    lou, group = await lou_of(town)
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await lou_says(town, lou, group, "/pret SONO-001 +33612345678 jeudi 18h")
    await lou_says(town, lou, group, "/contact Awa")
    page = group.messages[-1].text
    assert "Enceinte" in page
    assert "Perceuse" not in page
    assert page.count("confirmation de prêt, WhatsApp") == 1  # that of the other desk is not among them


async def test_a_desk_adds_no_address_to_somebody_another_desk_knows_too(
    town: Town, sam: Colleague, awa: Borrower, tmp_path: Path
) -> None:
    """Whoever writes from it would be that person, everywhere."""
    town.service.store.desk.data_dir = tmp_path
    lou, group = await lou_of(town)
    await lou_says(town, lou, group, "/pret SONO-001 +33612345678 jeudi 18h")
    assert awa.heard, "their number is enough to lend to them"
    for command in ("/lier Awa", "/contact Awa +33612345678 lou@example.org", "/contact ajouter Awa lou@example.org"):
        await lou_says(town, lou, group, command)
        assert "Seule cette personne peut ajouter une adresse" in group.heard[-1], command
    await lou_says(town, lou, group, "/import")
    sent = Attachment("document", "text/csv", b"nom;telephone;telegram\nAwa;+33612345678;700100088\n", name="awa.csv")
    await lou.account.sends(sent, chat=group.chat, reply_to=group.messages[-1])
    await town.settle()
    assert "un autre service connaît aussi cette personne" in group.heard[-1]
    await sam.says("/contact Awa +33612345678 awa@example.org")
    assert "Un autre service" in town.group.messages[-1].text
    await awa.says("LIER")
    assert "LIER " in awa.heard[-1], "they do it themselves"


async def test_who_is_of_both_teams_adds_an_address(town: Town, sam: Colleague) -> None:
    lou, group = await lou_of(town)
    await lou_says(town, lou, group, "/pret SONO-001 +33612345678 jeudi 18h")
    await town.service.store.write(lambda tx: tx.people.give_role("700100011", 1, Role.STAFF, "Lou"))
    await lou_says(town, lou, group, "/lier Awa")
    assert "Relier une adresse d'Awa" in group.heard[-1]


async def test_a_card_of_one_desk_is_not_moved_by_another(town: Town, sam: Colleague, awa: Borrower) -> None:
    lou, group = await lou_of(town)
    card = await lent(town, sam, awa)
    await lou.account.says("rendu", chat=town.group.chat, reply_to=card)
    await lou.account.press(card, "Rendu")
    await town.settle()
    assert card.text.startswith("🟢 En prêt")
    assert awa.heard == []
    assert about([m.text for m in group.messages], "Perceuse") == []


async def test_a_card_that_became_the_next_loan_is_that_loans_alone(
    town: Town, sam: Colleague, awa: Borrower, karim: Borrower
) -> None:
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    await awa.says("RESERVER perceuse")
    await sam.says("/retour PERC-001")
    await sam.presses("Prêter")  # on the card of Karim's return
    await sam.presses("Demain")
    card = town.group.card("En prêt", "Awa")
    await sam.says("+2 jours", reply_to=card)
    assert "À rendre le jeudi 26 novembre" in card.text
    await sam.says("rendu", reply_to=card)
    assert "De retour" in card.text
    assert "Pour Awa" in card.text


async def test_what_staff_write_behind_the_return_is_kept(town: Town, awa: Borrower, sam: Colleague) -> None:
    for wrong in ("manque le chargeur", "cassée", "en panne"):
        await sam.says("/pret PERC-001 Awa vendredi 18h")
        awa.looks()
        await sam.says(f"/retour perceuse {wrong}")
        assert awa.heard[-1].startswith("Merci, Perceuse Bosch est de retour chez nous. Il reste un point à voir")
        assert f"perceuse {wrong}" in town.group.card("Pour Awa").text
        await sam.says("/materiel PERC-001")
        assert "en réparation" in town.group.heard[-1]
        await sam.presses("Réparé")


async def test_the_name_of_a_thing_says_nothing_of_its_state(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/materiel CASSE-001 Casse-noix")
    await sam.says("/pret CASSE-001 Awa vendredi 18h")
    await sam.says("/retour casse-noix")
    assert awa.heard[-1].startswith("Merci ! Le retour est confirmé : Casse-noix")
    await sam.says("/prets en retard")
    assert town.group.heard[-1] == "✅ Aucun prêt en retard."
