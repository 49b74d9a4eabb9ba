"""Staff lend: by one line, by buttons when something is missing, and by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.core.due import Due
from bot.core.finding import Matches, Named, find
from bot.core.people import Consent, Department
from bot.core.rules import Rules
from bot.store import Tx, names
from handlers import staff_words
from handlers.staff_words import parts_of
from tests.town import ITEMS, MONDAY, PARIS, Borrower, Colleague, Town, about, add_person, on


async def test_a_number_nobody_knew_becomes_a_person(town: Town, sam: Colleague) -> None:
    moussa = town.phone("+221771234567", "Moussa")
    await sam.says("/pret PERC-001 +221771234567 vendredi 18h")
    assert "77 123 45 67" in town.group.card("En prêt").text
    [created] = moussa.heard
    assert "vous empruntez Perceuse Bosch" in created
    assert "STOP" in created
    await moussa.says("rendu")
    assert "vous avez rendu Perceuse Bosch" in moussa.heard[0]
    assert "Pour Moussa" in town.group.card("Retour à confirmer").text  # the name he gave himself on WhatsApp


async def test_several_things_go_out_and_come_back_in_one_line(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/materiel ajouter VB-1 Vis et boulons")
    await sam.says("/pret perceuse et tente à Awa jusqu'à vendredi 18h")
    assert len(town.group.cards_of("En prêt", "Pour Awa")) == len(awa.heard) == 2
    await sam.says("/retour PERC-001 TENTE-001")
    assert len(town.group.cards_of("De retour", "Pour Awa")) == 2
    await sam.says("/pret vis et boulons Awa vendredi")
    assert town.group.cards_of("En prêt : Vis et boulons"), "a name may well hold an et"
    await sam.says("/pret tente, perceuse vendredi")
    assert town.group.heard[-1].startswith("À qui prêter Tente 4 places et Perceuse Bosch ?")
    await sam.says("/retuor PERC-001")
    assert town.group.heard[-1] == "Voici comment l'écrire : /retour PERC-001"
    await sam.says("/pret tente, perceuse Zoé vendredi")
    assert "Nous ne connaissons pas « Zoé »" in town.group.heard[-1]


async def test_somebody_new_with_several_things_is_told_once_who_writes(town: Town, sam: Colleague) -> None:
    moussa = town.phone("+221771234567", "Moussa")
    await sam.says("/pret PERC-001, VP-001 +221771234567 vendredi 18h")
    drill, projector = sorted(moussa.heard, key=lambda text: "Vidéo" in text)
    assert "Perceuse Bosch" in drill
    assert "Vidéoprojecteur Epson" in projector
    assert ["STOP" in text for text in (drill, projector)] == [True, False]


async def test_which_of_two_namesakes_is_asked_for_several_things_too(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    other = town.phone("+221771234567", "Awa")
    await sam.says("/contact ajouter Awa +221771234567")
    await sam.says("/pret PERC-001, TENTE-001 Awa vendredi 18h")
    assert town.group.heard[-1] == "Plusieurs personnes pourraient être « Awa ». Laquelle ?"
    asked = town.group.messages[-1]
    assert asked.labels == ["Awa …5678", "Awa …4567"]
    await sam.presses("Awa …4567")
    assert [town.group.cards_of("En prêt", name, "+221 77 123 45 67") for name in ("Perceuse", "Tente")] == [
        [asked],
        [town.group.messages[-1]],
    ]
    drill, tent = sorted(other.heard, key=lambda text: "Tente" in text)
    assert ["STOP" in text for text in (drill, tent)] == [True, False]
    assert awa.heard == []
    await sam.presses("Annuler", asked)
    await sam.says("/pret PERC-001, VP-001, TENTE-001 Awa")
    assert "Tente 4 places n'est pas disponible" in town.group.heard[-2]
    await sam.presses("Awa …5678")
    question = town.group.messages[-1]
    assert question.text.startswith("Jusqu'à quand prêter Perceuse Bosch et Vidéoprojecteur Epson à Awa ?")
    await sam.says("vendredi 18h", reply_to=question)
    assert len(town.group.cards_of("En prêt", "06 12 34 56 78")) == len(awa.heard) == 2


async def test_who_is_asked_in_private_sees_every_loan_there(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.private.says("/pret PERC-001, TENTE-001 Awa")
    await sam.private.chooses("Vendredi")
    await town.passes(timedelta(seconds=2))  # one message a second in a chat
    seen = [message.text for message in sam.private.messages if "En prêt" in message.text]
    assert sorted("Tente" in text for text in seen) == [False, True]
    assert len(town.group.cards_of("En prêt", "Awa")) == len(awa.heard) == 2


NOT_YET_KNOWN = "+33 6 12 34 56 70"


@pytest.mark.parametrize(
    ("said", "unknown"),
    [
        (f"/pret PERC-001, TENTE-009 {NOT_YET_KNOWN} vendredi", "TENTE-009"),
        (f"/pret PERC-001 TENTE-009 {NOT_YET_KNOWN} vendredi", "TENTE-009"),
        (f"/pret PERC-001 et rallonge {NOT_YET_KNOWN} vendredi", "rallonge"),
        (f"/pret PERC-001, TENTE-001, rallonge {NOT_YET_KNOWN} vendredi", "rallonge"),
    ],
)
async def test_a_thing_that_is_not_there_becomes_nobodys_name(
    town: Town, sam: Colleague, said: str, unknown: str
) -> None:
    await sam.says(said)
    assert town.group.heard[-1].startswith(f"Rien ni personne ne s'appelle « {unknown} » ici.")
    assert town.group.cards_of("En prêt") == []
    await sam.says(f"/pret PERC-001, Moussa {NOT_YET_KNOWN} vendredi")
    assert town.group.cards_of("En prêt : Perceuse Bosch", "Pour Moussa"), "behind a comma a name may stand"


@pytest.mark.parametrize("whom", ["Awa", "+33612345678"])
async def test_a_past_day_is_told_of_several_things_as_of_one(town: Town, sam: Colleague, whom: str) -> None:
    await sam.says(f"/pret PERC-001, TENTE-001 {whom} hier")
    assert town.group.heard[-1].startswith(
        "Cette date est déjà passée.\nJusqu'à quand prêter Perceuse Bosch et Tente 4 places à Awa ?"
    )
    await sam.presses("Demain")
    assert len(town.group.cards_of("En prêt", "mardi 24 novembre")) == 2


PASTED = ("/pret", "/retour", "/prolonger", "/relancer", "/historique", "/contact", "/dette")


@pytest.mark.parametrize("command", PASTED)
async def test_a_page_pasted_behind_a_command_holds_up_nobody(
    town: Town, sam: Colleague, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def counted(typed: str, among: Sequence[Named[Any]]) -> Matches[Any]:
        compared.append(typed)
        return find(typed, among)

    for place in (staff_words, names):
        monkeypatch.setattr(place, "find", counted)
    await sam.says(f"{command} {'a b, ' * 800}")
    [answer] = town.group.heard
    assert "« a b, a b" in answer or "Qui doit cette somme ?" in answer
    assert len(compared) <= 200, "not with each of its 1,600 words"
    await sam.says(f"{command} ,")
    assert len(town.group.heard) == 1


async def test_the_order_of_the_words_is_free(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret perceuse vendredi 18h 06 12 34 56 78")
    assert "Pour Awa, 06 12 34 56 78" in town.group.heard[0]
    assert "ici Prêt de matériel" in awa.heard[0]
    await sam.says("/pret Awa jusqu'à vendredi 18h VP-001")
    assert "En prêt : Vidéoprojecteur Epson" in town.group.heard[0]
    [second] = awa.heard
    assert "Vidéoprojecteur Epson" in second
    assert "Vous recevez ce message" not in second  # said once


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("PERC-001 +33612345678 27/11/2026 18h30", "+33612345678"),
        ("PERC-001 06 12 34 56 78 27 novembre 18h30", "06 12 34 56 78"),
        ("PERC-001 +221 77 123 45 67 27/11 18h30", "+221 77 123 45 67"),
        ("PERC-001 06 12 34 56 7 vendredi 18h30", "06 12 34 56 7"),  # none: shown as it was typed
        ("PERC-001 33612345678 27/11 18h30", "33612345678"),
    ],
)
def test_a_date_behind_a_number_is_no_part_of_it(typed: str, number: str) -> None:
    parts = parts_of(typed, now=MONDAY, department=Department(1, "Outils", PARIS, "fr", Rules()))
    assert (parts.phone, parts.words) == (number, "PERC-001")
    assert isinstance(parts.due, Due)
    assert parts.due.at == on("vendredi", 18, 30)


async def test_what_is_due_in_the_night_is_due_tonight_and_not_tomorrow(
    town: Town, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    await town.at(on("lundi", 18))
    await sam.says("/pret PERC-001 Awa minuit")
    assert "à rendre cette nuit, mardi 24 novembre à 0 h." in awa.heard[-1]
    await karim.says("LANGUAGE english")
    await sam.says("/pret TENTE-001 Karim demain 1h30")
    assert "due back tonight, Tuesday 24 November at 1:30 am." in karim.heard[-1]
    await town.at(on("lundi", 21))
    assert "Perceuse Bosch est à rendre cette nuit, mardi 24 novembre à 0 h." in awa.heard[-1]
    await town.at(on("mardi", 1, 15))  # in that night the next one is tomorrow's
    await sam.says("/pret VP-001 Awa mercredi 1h")
    assert "à rendre demain, mercredi 25 novembre à 1 h." in awa.heard[-1]


async def test_what_is_missing_is_asked_by_buttons(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says("/pret")
    question = town.group.card("Quel matériel")
    assert any("Perceuse Bosch" in label for label in question.labels)
    await sam.presses(next(label for label in question.labels if "Perceuse" in label))
    assert "À qui prêter Perceuse Bosch" in question.text  # the same message goes on
    await sam.presses(borrower.name)
    assert f"Jusqu'à quand prêter Perceuse Bosch à {borrower.name}" in question.text
    assert borrower.heard == []
    await sam.presses("Vendredi")
    assert "En prêt : Perceuse Bosch" in question.text
    assert "à rendre le vendredi 27 novembre à 18 h" in borrower.heard[0]
    assert len(town.group.heard) == 1


async def test_what_is_missing_may_be_typed_in_reply(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says("/pret perceuse")
    await sam.says(borrower.name, reply_to=town.group.card("À qui prêter"))
    await sam.says("vendredi 18h", reply_to=town.group.card("Jusqu'à quand"))
    assert "En prêt : Perceuse Bosch" in town.group.cards[-1]
    assert "à rendre le vendredi 27 novembre à 18 h" in borrower.heard[0]


async def test_an_item_nobody_knows_leaves_for_whom_and_until_when(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret tronçonneuse Awa samedi 18h")
    asked = town.group.card("Aucun matériel")
    assert asked.text == "Aucun matériel ne s'appelle « tronçonneuse » ici. Que prêter à Awa ?"
    await sam.presses("Perceuse Bosch", asked)
    assert "En prêt : Perceuse Bosch (PERC-001)\nPour Awa" in asked.text
    assert "samedi 28 novembre à 18 h" in asked.text
    await sam.says("/pret bétonnière 06 12 34 56 78")
    assert town.group.heard[-1] == "Aucun matériel ne s'appelle « bétonnière » ici. Que prêter à Awa ?"
    await sam.says("VP-001", reply_to=town.group.card("bétonnière"))
    assert town.group.heard[-1].startswith("Jusqu'à quand prêter Vidéoprojecteur Epson à Awa ?")
    await sam.says("/pret Awa")
    assert town.group.heard[-1] == "Quel matériel prêter à Awa ?"
    await sam.says("/pret TENTE-001 et rallonge Awa samedi 18h")
    assert town.group.heard[-1].startswith("Rien ni personne ne s'appelle « rallonge » ici.")


async def test_people_may_be_called_as_days_are(town: Town, sam: Colleague) -> None:
    for name, number in (("Noël Dupont", "71"), ("Toussaint Ba", "72"), ("Ève", "73")):
        town.phone(f"+336123456{number}", name)
        await sam.says(f"/contact ajouter {name} 06 12 34 56 {number}")
    await sam.says("/pret PERC-001 Noël vendredi 18h")
    assert "À rendre le vendredi 27 novembre à 18 h" in town.group.card("En prêt", "Pour Noël Dupont").text
    await sam.says("/pret VP-001 Toussaint")
    assert "prêter Vidéoprojecteur Epson à Toussaint Ba ?" in town.group.card("Jusqu'à quand").text
    await sam.says("/pret TENTE-001 demain")
    await sam.says("Ève", reply_to=town.group.card("À qui prêter"))
    assert "À rendre le mardi 24 novembre à 18 h" in town.group.card("En prêt", "Pour Ève").text


async def test_what_is_lent_to_who_asked_for_it_is_that_request(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await borrower.says("PRET perceuse vendredi 18h")
    borrower.looks()
    await sam.says("/pret PERC-001 " + borrower.name + " samedi 18h")  # who asked stands at the counter
    [lent] = borrower.heard
    assert "vous empruntez Perceuse Bosch, à rendre le samedi 28 novembre à 18 h" in lent
    assert "Répondez RENDU au retour" in lent  # it is their only loan, and needs no number
    [card] = town.group.cards_of("Perceuse Bosch")
    assert "En prêt" in card.text
    assert card.labels == ["Rendu", "Annuler"]
    town.group.looks()
    await town.at(on("mercredi", 12))
    assert (town.group.heard, borrower.heard) == ([], [])  # no nudge, and no word of a request without an answer
    await borrower.says("MES PRETS")
    assert "Votre prêt en cours" in borrower.heard[0]


async def test_a_thing_that_is_out_is_not_lent_again(town: Town, karim: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret PERC-001 Karim demain 18h")
    assert "n'est pas disponible" in town.group.heard[-1]
    assert "Retour prévu le vendredi 27 novembre à 18 h" in town.group.cards[-1]
    assert karim.heard == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (
            "/pret marteau-piqueur Awa vendredi 18h",
            "Aucun matériel ne s'appelle « marteau-piqueur » ici.",
        ),
        ("/pret PERC-001 Zoé vendredi 18h", "Nous ne connaissons pas « Zoé »"),
        ("/pret PERC-001 Awa hier 18h", "déjà passée|Jusqu'à quand"),
        ("/pret PERC-001 01 42 68 53 00 vendredi 18h", "numéro fixe"),
    ],
)
async def test_what_cannot_be_is_said_and_nothing_is_lent(
    town: Town, awa: Borrower, sam: Colleague, line: str, answer: str
) -> None:
    await sam.says(line)
    [said] = town.group.heard
    assert any(words in said for words in answer.split("|"))
    assert awa.heard == []


async def test_a_loan_written_by_mistake_is_cancelled(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sam.presses("Annuler")
    card = town.group.card("Perceuse Bosch")
    assert "Prêt annulé" in card.text
    assert "Sam" in card.text
    assert card.labels == []
    assert "par erreur" in borrower.heard[-1]
    await town.at(on("samedi", 12))
    assert borrower.heard == []
    await sam.says(f"/pret PERC-001 {borrower.name} samedi 18h")
    assert "En prêt" in town.group.cards[-1]


async def test_somebody_who_may_not_be_written_to_is_told_once_they_write(town: Town, sam: Colleague) -> None:
    """Known from a list, without a word on consent: the card says so, and her first message opens the way."""
    lea = town.phone("+33612345699", "Léa")
    await town.service.store.write(add_person, 1, "Léa", "whatsapp", "+33612345699", Consent.UNKNOWN)
    await sam.says("/pret PERC-001 Léa vendredi 18h")
    card = town.group.card("En prêt : Perceuse Bosch")
    assert "Pas encore joignable" in card.text
    assert "https://wa.me/" in card.text
    assert lea.heard == []
    await lea.says("bonjour")
    greeting, created = lea.heard
    assert "Bonjour Léa" in greeting
    assert "vous empruntez Perceuse Bosch" in created
    assert "joignable" not in card.text
    await lea.says("bonjour")
    assert len(lea.heard) == 1
    await town.at(on("mercredi", 8))
    assert "après-demain" in lea.heard[0]


async def test_somebody_who_said_stop_is_not_written_to_about_a_new_loan(
    town: Town, borrower: Borrower, sam: Colleague
) -> None:
    await borrower.says("STOP")
    borrower.looks()
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    assert "Injoignable ici" in town.group.card("En prêt").text
    assert borrower.heard == []


async def test_several_things_are_listed_with_who_has_them(town: Town, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Karim demain 18h")
    await sam.says("/prets")
    listed = town.group.heard[-1]
    assert "2 prêts en cours" in listed
    assert about([listed], "Perceuse Bosch", "Awa", "Vidéoprojecteur Epson", "Karim")
    await sam.says("/materiel")
    stock = town.group.heard[-1]
    assert all(name in stock for name in ITEMS.values())


async def test_staff_take_a_thing_back_without_the_borrowers_word(
    town: Town, borrower: Borrower, sam: Colleague
) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    borrower.looks()
    await sam.says("/retour PERC-001")
    assert "De retour : Perceuse Bosch" in town.group.card("PERC-001", "Pour").text
    assert "Le retour est confirmé : Perceuse Bosch" in borrower.heard[0]
    await town.at(on("samedi", 12))
    assert borrower.heard == []


async def test_staff_give_more_time(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} mercredi 18h")
    borrower.looks()
    await sam.says("/prolonger PERC-001 vendredi 18h")
    [told] = borrower.heard
    assert "L'équipe a changé la date de retour" in told
    assert "vendredi 27 novembre à 18 h" in told
    await town.at(on("vendredi", 12))
    assert len(about(borrower.heard, "aujourd'hui, vendredi 27 novembre")) == 1


async def test_a_command_without_its_thing_offers_what_is_out(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa mercredi 18h")
    awa.looks()
    await sam.says("/prolonger")
    await sam.presses("Perceuse Bosch · Awa")
    await sam.presses("Deux jours de plus")
    assert "vendredi 27 novembre à 18 h" in awa.heard[-1]
    await sam.says("/prolonger perceuse")
    await sam.presses("Un jour de plus")
    assert "samedi 28 novembre à 18 h" in awa.heard[-1]
    await sam.says("/relancer")
    await sam.presses("Perceuse Bosch · Awa")
    assert about(awa.heard, "Perceuse Bosch", "samedi 28 novembre") != []
    await sam.says("/historique")
    await sam.presses("Perceuse Bosch", town.group.card("/historique"))
    assert "prolongé" in town.group.cards[-1].lower()


async def test_a_command_is_answered_where_it_was_typed(town: Town, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    town.group.looks()
    await sam.says("/prolonger PERC-001 lundi 18h")
    assert town.group.heard == ["Date changée."]  # its card, perhaps far up, is written over
    await sam.says("prolonger mardi 18h", reply_to=town.group.card("En prêt"))
    assert town.group.heard == ["Date changée."]
    await sam.says("/retour PERC-001")
    assert town.group.heard == ["Retour noté."]


async def test_in_private_a_command_is_answered_by_what_the_groups_card_tells(town: Town, sam: Colleague) -> None:
    alone = sam.private
    await alone.says("/pret PERC-001 Awa vendredi 18h")
    [lent] = alone.heard
    assert lent.startswith("🟢 En prêt : Perceuse Bosch (PERC-001)\nPour Awa")
    assert alone.last.labels == [], "they stand under the card"
    await alone.says("/retour PERC-001")
    assert alone.heard[0].startswith("✅ De retour : Perceuse Bosch (PERC-001)\nPour Awa")
    await alone.says("/pret VP-001 Karim")
    await alone.says("vendredi 18h")
    assert len(about(alone.heard, "En prêt : Vidéoprojecteur Epson", "Pour Karim")) == 1
    await alone.says("/pret TENTE-001 Karim")
    await alone.says("3")  # the third of the days that are offered
    assert len(about(alone.heard, "En prêt : Tente 4 places", "vendredi 27 novembre à 18 h")) == 1
    await alone.says("/dette Awa 30")
    await alone.says("/paye Awa 20")
    owed, paid = alone.heard
    assert owed.startswith("💶 À régler : 30,00 €\nAwa, créance\nÉchéance : 23 novembre")
    assert paid.startswith("✅ Paiement d'Awa : 20,00 €\nReste dû : 10,00 €")
    await alone.says("/dette 12")
    await alone.chooses("Awa")
    assert len(about(alone.heard, "À régler : 12,00 €", "Awa, créance")) == 1


async def test_a_late_loan_is_not_extended_until_yesterday(town: Town, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa lundi 18h")
    await town.at(on("jeudi", 9))
    await sam.says("/prolonger PERC-001 hier")  # later than its due day, and over all the same
    assert town.group.heard[-1].startswith("Cette date est déjà passée.\nPerceuse Bosch reste à rendre le lundi")


async def test_a_day_that_cannot_be_is_asked_for_again(town: Town, awa: Borrower, sam: Colleague) -> None:
    """The card of the loan was shown, with no word of why nothing had changed."""
    await sam.says("/pret PERC-001 Awa mercredi 18h")
    awa.looks()
    town.group.looks()
    await sam.says("/prolonger PERC-001 31/02/2027")
    await sam.says("bientôt", reply_to=town.group.card("n'existe pas"))
    await sam.says("vendredi 18h", reply_to=town.group.card("bientôt"))
    no_such_day, no_day, done = town.group.heard
    assert no_such_day.startswith("« 31/02/2027 » : cette date n'existe pas.")
    assert no_day.startswith("Nous n'avons pas trouvé de date dans « bientôt ».")
    assert done == "Date changée."
    [told] = awa.heard
    assert "vendredi 27 novembre à 18 h" in told
    await sam.says("/prolonger PERC-001 31/02/2027")
    await sam.presses("Un jour de plus")
    assert "samedi 28 novembre à 18 h" in awa.heard[-1]
    await sam.says("/prolonger PERC-001 31/02/2027")
    asked = town.group.card("n'existe pas")
    await sam.says("/retour PERC-001")
    await sam.says("lundi", reply_to=asked)
    assert "De retour" in town.group.heard[-1]


async def test_a_loan_made_by_buttons_in_private_is_seen_by_the_team(town: Town, sam: Colleague) -> None:
    alone = sam.private
    await alone.says("/pret")
    for wanted in ("Perceuse", "Awa", "Vendredi"):
        await alone.chooses(wanted)
    (card,) = town.group.cards_of("En prêt", "Perceuse Bosch")
    assert alone.last.text == card.text
    await sam.presses("Rendu", card)
    assert card.text.startswith("✅ De retour")


async def test_two_press_the_same_button_and_the_card_names_who_was_first(
    town: Town, sam: Colleague, dominique: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    card = town.group.card("En prêt")
    back = card.button("Rendu").payload
    await sam.account.presses(card, back)
    await dominique.account.presses(card, back)
    await town.settle()
    assert dominique.toast == "Ce bouton n'est plus valable."
    await town.at(on("lundi", 10))
    await dominique.account.presses(card, back)
    await town.settle()
    assert "De retour" in card.text
    assert card.text.endswith("Sam, lundi 23 novembre à 9 h")


async def test_what_cannot_be_lent_is_said_over_the_button(town: Town, sam: Colleague, dominique: Colleague) -> None:
    await sam.says("/pret")
    asked = town.group.card("Quel matériel prêter")
    await dominique.says("/pret PERC-001 Awa vendredi 18h")
    town.group.looks()
    await sam.presses("Perceuse Bosch", asked)
    assert sam.toast.startswith("Perceuse Bosch n'est pas disponible pour le moment.")
    assert town.group.heard == []
    await sam.says("/pret VP-001 Karim")
    asked = town.group.card("Jusqu'à quand")
    await town.at(on("mardi", 9))
    town.group.looks()
    await sam.presses("Ce soir", asked)
    assert sam.toast == "Voilà."  # nothing was noted
    assert asked.text.startswith("Cette date est déjà passée.")
    assert town.group.heard == []


async def test_a_command_names_a_loan_by_its_thing_or_its_person(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa mercredi 18h")
    town.group.looks()
    for typed in ("/prets Karim", "/retour VP-001", "/relancer TENTE-001", "/historique Zorro", "/prets Awa"):
        await sam.says(typed)
    assert [text.splitlines()[0] for text in town.group.heard] == [
        "Karim n'a aucun prêt en cours.",
        "Vidéoprojecteur Epson n'est pas en prêt en ce moment.",
        "Tente 4 places n'est pas en prêt en ce moment.",
        "Rien ni personne ne s'appelle « Zorro » ici.",
        "1 prêt en cours",
    ]
    await town.karim.says("/prets")  # a slash before a borrower's own word
    assert town.karim.heard[-1].startswith("Vous n'avez aucun prêt en cours.")
    await sam.says("/prolonger Awa vendredi 18h")
    assert "vendredi 27 novembre à 18 h" in awa.heard[-1]
    await sam.says("/retour Awa")
    await sam.presses("Perceuse Bosch · Awa", town.group.card("/retour PERC-001"))
    assert "Le retour est confirmé" in awa.heard[-1]


async def test_a_return_is_noted_with_its_person_or_with_another(town: Town, awa: Borrower, sam: Colleague) -> None:
    for code in ("PERC-001", "VP-001", "TENTE-001"):
        await sam.says(f"/pret {code} Awa vendredi 18h")
    town.group.looks()
    awa.looks()
    await sam.says("/retour PERC-001 Karim")  # it is not his
    assert "Vouliez-vous dire Perceuse Bosch ?" in town.group.heard[0]
    await sam.says("/retour PERC-001 Awa")
    await sam.says("/retour VP-001 et TENTE-001")
    confirmed = [text.split(" : ")[1].split(",")[0] for text in about(awa.heard, "Le retour est confirmé")]
    assert confirmed == ["Perceuse Bosch", "Vidéoprojecteur Epson", "Tente 4 places"]


async def test_people_of_one_name_are_told_apart_by_their_numbers(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/contact ajouter Awa +33612345679")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    which = town.group.with_button("Awa …5678")
    assert which.labels == ["Awa …5678", "Awa …5679"]
    await sam.presses("Awa …5678")
    assert "à rendre le vendredi 27 novembre à 18 h" in awa.heard[-1]  # the time that was typed is kept
    town.group.looks()
    await sam.says("/prets Awa")
    await sam.says("/historique Awa")
    loans, history = town.group.heard
    assert "Perceuse Bosch (PERC-001)" in loans
    assert history.startswith("Plusieurs personnes pourraient être « Awa ».")
    assert "D'autres encore" not in history
    await town.service.store.write(_seven_more)
    for command in ("/contact Awa", "/historique Awa", "/pret VP-001 Awa vendredi 18h"):
        await sam.says(command)
        shown = town.group.messages[-1]
        assert (len(shown.labels), "D'autres encore portent ce nom" in shown.text) == (8, True), command


def _seven_more(tx: Tx) -> None:
    desk = tx.departments.first()
    assert desk is not None
    for number in range(7):
        add_person(tx, desk.id, "Awa", "whatsapp", f"+3361234568{number}")


class TestNamesThatAreWordsOfTime:
    @pytest.fixture(autouse=True)
    async def known(self, town: Town, sam: Colleague) -> None:
        for person in ("Noël Diop +33612345601", "Tom +33612345602", "Marie-Ève Faye +33612345603"):
            await sam.says(f"/contact ajouter {person}")
            assert f"Personne ajoutée : {person.partition(' +')[0]}" in town.group.heard[-1]

    async def test_a_name_stays_one(self, town: Town, sam: Colleague) -> None:
        for typed, name, due in (
            ("Noël Diop vendredi 18h", "Noël Diop", "vendredi 27 novembre à 18 h"),
            ("Noël vendredi 18h", "Noël Diop", "vendredi 27 novembre à 18 h"),
            ("vendredi 18h Tom", "Tom", "vendredi 27 novembre à 18 h"),
            ("Marie-Ève demain", "Marie-Ève Faye", "mardi 24 novembre à 18 h"),
            ("Tom Noël", "Tom", "vendredi 25 décembre à 18 h"),
            ("Awa Noël", "Awa", "vendredi 25 décembre à 18 h"),
            ("Noël Bâ 0612345604 jeudi", "Noël Bâ", "jeudi 26 novembre à 18 h"),
        ):
            await sam.says(f"/pret PERC-001 {typed}")
            lent = town.group.card("En prêt", f"Pour {name}").text
            assert f"À rendre le {due}" in lent, typed
            await sam.says("/retour PERC-001")

    async def test_without_a_time_it_is_asked_for(self, town: Town, sam: Colleague) -> None:
        for name in ("Tom", "Noël Diop"):
            await sam.says(f"/pret PERC-001 {name}")
            assert town.group.heard[-1].startswith(f"Jusqu'à quand prêter Perceuse Bosch à {name} ?")

    async def test_of_a_debt_and_of_more_time(self, town: Town, sam: Colleague) -> None:
        await sam.says("/dette Tom 10 €")
        assert "Tom, créance\nÉchéance : 23 novembre" in town.group.heard[-1]
        await sam.says("/pret PERC-001 Noël Diop vendredi")
        await sam.says("/prolonger Noël lundi 18h")
        assert "À rendre le lundi 30 novembre à 18 h" in town.group.card("En prêt", "Noël Diop").text


async def test_a_telephone_of_two_is_one_person_and_the_answer_says_whose_it_was(town: Town, sam: Colleague) -> None:
    await sam.says("/contact ajouter Moussa Diop +221 77 123 45 67")
    await sam.says("/contact ajouter Aïssatou Diop +221 77 123 45 67")
    assert "Nom changé : Aïssatou Diop, +221 77 123 45 67 (jusqu'ici Moussa Diop)" in town.group.heard[-1]


async def test_numbers_are_read_as_each_country_writes_them(town: Town, sam: Colleague) -> None:
    town.service.store.desk.region = "IN"
    await sam.says("/contact ajouter Priya 98765 43210")
    await sam.says("/pret PERC-001 98765 43211 27/11 18h")
    assert town.group.cards_of("Personne ajoutée : Priya, 098765 43210")
    assert town.group.cards_of("Pour 098765 43211\nÀ rendre le vendredi 27 novembre à 18 h")
    town.group.looks()
    await sam.says("/contact ajouter Ravi 12")
    assert "Exemple : 081234 56789, ou avec l'indicatif du pays : +918123456789." in town.group.heard[0]


@pytest.mark.parametrize(
    ("region", "typed", "shown"),
    [
        ("NG", "0803 123 4567", "0803 123 4567"),  # numbers there may be longer: 05 would be a part of it
        ("US", "(514) 555-2345", "(514) 555-2345"),
        ("NP", "984-1234567", "984-1234567"),
        ("NC", "75.12.34", "75.12.34"),
        ("ML", "65012345", "65 01 23 45"),
        ("BR", "0055 11 96123-4567", "(11) 96123-4567"),
        ("BE", "0471/12.34.57", "0471 12 34 57"),
    ],
)
async def test_a_number_of_any_country_and_the_day_behind_it(
    town: Town, sam: Colleague, region: str, typed: str, shown: str
) -> None:
    town.service.store.desk.region = region
    await sam.says(f"/pret PERC-001 Moussa {typed} 05/12 18h")
    assert town.group.cards_of(f"Pour Moussa, {shown}\nÀ rendre le samedi 5 décembre à 18 h")
    await sam.says(f"/dette {typed} 5000 facture FAC-1")
    assert "À régler : 5 000,00 €\nMoussa, facture FAC-1" in town.group.card("FAC-1").text


async def test_what_somebody_else_has_asked_for_is_lent_knowingly(
    town: Town, sam: Colleague, awa: Borrower, karim: Borrower
) -> None:
    await karim.says("PRET PERC-001 vendredi 18h")
    karim.looks()
    await sam.says("/pret PERC-001 Awa demain 18h")
    assert awa.heard == []
    asked = town.group.card("Karim a demandé Perceuse Bosch et attend votre réponse. Prêter quand même à Awa ?")
    await sam.presses("Prêter quand même", asked)
    assert "vous empruntez Perceuse Bosch" in awa.heard[0]
    assert karim.heard == [], "the request stays: staff may still refuse it, or wait for the return"
    await sam.says("/retour PERC-001")
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    assert "vous empruntez Perceuse Bosch" in karim.heard[0], "to who asked for it, without a question"


async def test_what_is_put_away_is_not_asked_about(town: Town, sam: Colleague) -> None:
    await sam.says("/materiel VP-001 retiré")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    assert town.group.heard[-1].startswith("Vidéoprojecteur Epson n'est pas disponible")


async def test_a_number_in_brackets_leaves_none_in_the_name(town: Town, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 à Moussa (06 12 34 56 05) jusqu'à vendredi")
    assert "Pour Moussa, 06 12 34 56 05" in town.group.card("En prêt").text


async def test_a_number_that_is_somebody_else_s_is_asked_about(town: Town, sam: Colleague, awa: Borrower) -> None:
    """The name typed beside a number was passed over: Awa was told of a drill that Paul took."""
    await sam.says("/pret PERC-001 Paul Martin +33612345678 vendredi 18h")
    assert awa.heard == []
    [asked] = town.group.heard
    assert asked.startswith("Ce numéro est celui d'Awa, et vous écrivez « Paul Martin »")
    await sam.presses("Awa", town.group.messages[-1])
    assert "vous empruntez Perceuse Bosch" in awa.heard[-1]
    await sam.says("/pret TENTE-001 Karim +33612345678 vendredi 18h")
    assert town.group.messages[-1].labels[:2] == ["Awa", "Karim"]
    await sam.says("/pret TENTE-001, VP-001 Karim +33612345678 vendredi 18h")
    assert "Ce numéro est celui d'Awa" in town.group.messages[-1].text
    await sam.says("/pret VP-001 Awa Diop +33612345678 vendredi 18h")  # a part of the name, or a slip, is no doubt
    assert "Vidéoprojecteur Epson" in awa.heard[-1]
    await sam.says("/pret TENTE-001 Paul Martin +33612345699 vendredi 18h")
    assert town.group.cards_of("Tente 4 places", "Pour Paul Martin")


async def test_a_command_put_right_by_changing_it_is_said_not_to_be_read_again(
    town: Town, sam: Colleague, awa: Borrower, passant: Colleague
) -> None:
    wrong = await sam.says("/pret PERC-01 Awa vendredi 18h")
    town.group.looks()
    await sam.account.edits(wrong, "/pret PERC-001 Awa vendredi 18h")
    await town.settle()
    [answer] = town.group.heard
    assert "nous n'avons lu que la première version" in answer
    assert awa.heard == []
    chat = await sam.says("on mange où ?")
    await sam.account.edits(chat, "on mange où à midi ?")
    theirs = await passant.says("/pret PERC-001 Awa vendredi 18h")
    town.group.looks()
    await passant.account.edits(theirs, "/pret PERC-001 Awa samedi 18h")
    await town.settle()
    assert town.group.heard == []


async def test_who_is_not_known_yet_is_added_and_named_in_reply(town: Town, sam: Colleague) -> None:
    """What is lent, and until when, is not typed twice."""
    await sam.says("/pret VP-001 Wilfried vendredi 18h")
    nobody = town.group.messages[-1]
    assert nobody.text.startswith("Nous ne connaissons pas « Wilfried ».")
    await sam.says("/contact Wilfried 06 12 34 56 99")
    await sam.says("Wilfried", reply_to=nobody)
    lent = town.group.card("En prêt", "Vidéoprojecteur").text
    assert "Pour Wilfried, 06 12 34 56 99\nÀ rendre le vendredi 27 novembre à 18 h" in lent


async def test_a_name_almost_right_is_a_button(town: Town, sam: Colleague) -> None:
    await sam.says("/pret VP-001 Karyn vendredi 18h")
    assert "Vouliez-vous dire Karim ?" in town.group.cards[-1]
    await sam.presses("Karim")
    assert "Pour Karim" in town.group.cards[-1]
