"""Debts from the first line of staff to the thanks: in francs and in euros, in French and in English."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.core.money import Cost, Money
from bot.sandbox.faults import too_many
from bot.store import Tx
from bot.store.bulk import Bulk, Slice
from bot.store.figures import tallies
from handlers import debt_desk
from jobs import bulk
from tests.town import AWA, PARIS, OnPhone, Town, about, on


@pytest.fixture
async def town(sqlite_migrated_url: str) -> AsyncIterator[Town]:
    """A desk of Dakar's currency that reminds of debts for real."""
    async with Town(sqlite_migrated_url) as town:
        await town.rule(debts_on=True, debt_dry_run=False, currency="XOF")
        yield town


async def test_from_the_invoice_to_the_thanks(town: Town) -> None:
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa 127 000 facture FAC-12 échéance 23/11")
    card = town.group.card("FAC-12")
    assert "À régler : 127 000 F CFA" in card.text
    assert "Échéance : 23 novembre" in card.text
    await town.at(on("mardi", 9))
    [reminder] = awa.heard
    assert "FAC-12, échéance 23 novembre : 127 000 F CFA" in reminder
    await awa.says("SOLDE")
    assert "Il vous reste 127 000 F CFA à régler." in awa.heard[-1]
    await awa.says("je paie jeudi")
    assert "pas de relance jusqu'au 26 novembre inclus" in awa.heard[-1]
    assert "« je paie jeudi »\nLes relances attendent" in town.group.card("Awa promet de payer le 26 novembre").text
    await town.at(on("jeudi", 20))
    assert awa.heard == []
    await town.at(on("vendredi", 9))
    assert len(about(awa.heard, "FAC-12")) == 1
    await awa.says("PAYE cinquante mille")
    assert "Quel montant avez-vous payé" in awa.heard[-1], "not all that is owed"
    await awa.says("PAYE -5000")
    assert "supérieur à zéro" in awa.heard[-1]
    await awa.says("PAYE facture 12 : 50 000")  # the bill's number is no amount
    assert "Nous notons 50 000 F CFA" in awa.heard[-1]
    await awa.says("en espèces, à une dame blonde")  # no wish, and yet for who looks for the money
    assert "transmis à l'équipe" in awa.heard[-1]
    assert "dame blonde" in town.group.card("Awa écrit").text
    await sam.presses("Confirmer")
    assert "Il reste 77 000 F CFA à régler." in awa.heard[-1]
    await sam.says("/dette Awa 5000 caution échéance 31/02")
    assert "pas trouvé de date dans « 31/02 »" in town.group.heard[-1]
    await sam.says("31/12", reply_to=town.group.messages[-1])
    await awa.says("je paierai quand je pourrai")
    assert awa.heard[-1].startswith("Il nous manque une date.")
    await awa.says("PAYE")  # what is overdue, without what is not yet due
    await sam.presses("Pas reçu")
    assert "n'a pas trouvé votre paiement de 77 000 F CFA" in awa.heard[-1]
    await sam.presses("Annuler la créance", town.group.card("créance caution"))
    await sam.says("/paye FAC-12 77.000")
    assert awa.heard[-1] == "Nous avons bien reçu 77 000 F CFA. Merci !\nTout est réglé."
    assert "Tout est réglé." in town.group.card("Paiement d'Awa", "77 000 F CFA").text
    awa.looks()
    await town.at(on("samedi", 9))
    assert awa.heard == []
    await awa.says("QUITUS")
    assert "Quitus" in awa.heard[-1]


async def test_a_sum_is_in_the_francs_dollars_and_rupees_of_the_desk(town: Town) -> None:
    awa, sam = town.awa, town.sam
    await town.rule(currency="CHF")
    await sam.says("/dette Awa 1'250.50 facture FAC-1")
    await sam.says("/paye FAC-1 50.-")
    assert "Reste dû : 1 200,50 CHF" in town.group.card("Paiement d'Awa").text
    await awa.says("j'ai payé 1'000 francs")
    assert "Nous notons 1 000,00 CHF" in awa.heard[-1]
    await town.rule(currency="CAD")
    await sam.says("/dette Awa 127,50 $ facture FAC-2")
    assert "À régler : 127,50 $CA" in town.group.card("FAC-2").text
    await town.rule(currency="INR")
    await sam.says("/dette Awa Rs 1,27,000 facture FAC-3")
    await sam.says("/paye FAC-3 1,20,000/-")
    assert "et 7 000,00 ₹" in town.group.card("Pour : FAC-3").text


async def test_contested_cancelled_and_never_told_to_somebody_else(town: Town) -> None:
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa 5000")
    await sam.says("/dette Awa facture FAC-7 12,50 € échéance 20/11")
    await awa.says("QUITUS")
    assert "Reste à régler : 12,50 € et 5 000 F CFA" in awa.heard[-1]
    await awa.says("je conteste la facture FAC-7")
    assert "vous contestez FAC-7" in awa.heard[-1]
    await sam.presses("Annuler la créance", town.group.card("Contesté", "FAC-7"))
    assert "nous annulons FAC-7 (12,50 €)" in awa.heard[-1]
    await awa.says("Ce n'est pas moi, vous vous trompez de personne")
    assert "5 000" not in awa.heard[-1]
    await awa.says("SOLDE")
    assert "Aucune somme à régler n'est notée ici." in awa.heard[-1]
    await awa.says("QUITUS")
    assert "transmis à l'équipe" in awa.heard[-1]
    await town.at(on("mardi", 9))
    assert about(awa.heard, "à régler :") == []
    assert about(town.group.cards, "À faire : joindre Awa")
    await sam.says("/dettes")
    listed = town.group.card("Créances :").text
    assert "5 000 F CFA, aucun moyen de joindre cette personne" in listed
    assert "la dernière" not in listed, "nothing has left since"
    await sam.presses("C'est bien cette personne")
    await awa.says("solde")
    assert "5 000 F CFA" in awa.heard[-1]
    await awa.says("PAYE")
    await awa.says("ANNULER")
    assert "le paiement n'est plus noté" in awa.heard[-1]


async def test_who_is_somebody_else_is_so_by_the_number_and_by_the_id_that_hides_it(town: Town) -> None:
    awa, sam, bsuid = town.awa, town.sam, "FR.1A2B3C4D"
    assert isinstance(awa, OnPhone)
    same = OnPhone(town, "Awa", town.network.phone(None, name="Awa", bsuid=bsuid))
    await sam.says("/dette Awa 5000")
    awa.phone.bsuid = bsuid
    await awa.says("Bonjour")
    await same.says("Ce n'est pas moi, vous vous trompez de personne")
    await awa.says("SOLDE")
    assert "Aucune somme à régler n'est notée ici." in awa.heard[-1]
    await sam.presses("C'est bien cette personne")
    await awa.says("SOLDE")
    assert "5 000 F CFA" in awa.heard[-1]


async def test_who_is_somebody_else_stays_so_once_an_id_shows(town: Town) -> None:
    awa, sam, bsuid = town.awa, town.sam, "FR.1A2B3C4D"
    assert isinstance(awa, OnPhone)
    same = OnPhone(town, "Awa", town.network.phone(None, name="Awa", bsuid=bsuid))
    await sam.says("/dette Awa 5000")
    await awa.says("Ce n'est pas moi, vous vous trompez de personne")
    awa.phone.bsuid = bsuid
    await awa.says("Bonjour")
    await same.says("SOLDE")
    assert "Aucune somme à régler n'est notée ici." in (awa.heard + same.heard)[-1]


async def test_a_part_is_paid_and_the_rest_promised_in_one_message(town: Town) -> None:
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa facture FAC-7 90 € échéance 20/11")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await awa.says("j'ai payé 30€ et je paie le reste vendredi")
    noted, promised = awa.heard
    assert "Nous notons 30,00 €" in noted
    assert "pas de relance jusqu'au 27 novembre inclus" in promised
    await sam.presses("Confirmer")
    assert town.group.cards_of("Awa promet de payer le 27 novembre") != []
    await awa.says("rendu, et j'ai payé 60€")
    assert about(town.group.cards, "Retour à confirmer : Perceuse Bosch")
    assert about(town.group.cards, "Awa dit avoir payé 60,00 €")


async def test_thousands_as_people_say_them(town: Town) -> None:
    await town.rule(currency="XOF")
    await town.sam.says("/dette Awa 25 mille caution")
    assert "À régler : 25 000 F CFA\nAwa, créance caution" in town.group.heard[-1]
    await town.awa.says("j'ai payé 15 mille par wave")
    assert "Nous notons 15 000 F CFA" in town.awa.heard[-1]
    await town.awa.says("payé 2 mille 500")
    assert "Nous notons" not in town.awa.heard[-1]


async def test_cents_behind_the_sign_and_millions(town: Town) -> None:
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa 12€50 caution")
    assert "À régler : 12,50 €\nAwa, créance caution" in town.group.heard[-1]
    await awa.says("j'ai payé 7€50")
    assert "Nous notons 7,50 €" in awa.heard[-1]
    await awa.says("PAYE 50 centimes")
    assert "Quel montant avez-vous payé" in awa.heard[-1]
    await sam.says("/dette Karim 2 millions")
    assert "À régler : 2 000 000 F CFA" in town.group.heard[-1]
    await sam.says("/paye Karim 2 mille 500")
    assert "Quel est le montant payé par Karim ?" in town.group.heard[-1]


async def test_what_is_copied_from_a_bill_holds_spaces_and_hyphens_of_its_own(town: Town) -> None:
    """A bill's text has spaces and hyphens at which no line breaks, and thin ones within numbers."""
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa facture FAC-7 1250 € échéance 20/11")
    await sam.says("/dette Awa facture FAC-8 12,50 € échéance 20/11")
    awa.looks()
    await awa.says("je conteste la\u00a0facture FAC\u20118")
    assert "vous contestez FAC-8." in awa.heard[-1]
    await awa.says("PAYE FAC\u20117\u00a01\u2009200\u00a0€")
    assert "Nous notons 1 200,00 €" in awa.heard[-1]
    assert "Pour : FAC-7" in town.group.card("Awa dit avoir payé", "1 200,00 €").text
    await awa.says("ANNULER")
    await awa.says("PAYE\u00a012.30")  # no time of day
    assert "Nous notons 12,30 €" in awa.heard[-1]
    await sam.says("/paye Awa")
    await sam.says("1\u2009250,00\u202f€", reply_to=town.group.messages[-1])
    assert "Paiement d'Awa : 1 250,00 €" in town.group.heard[-1]
    await sam.says("/pret PERC-001")
    await sam.says("\u202a+33\u00a06\u00a012\u00a034\u00a056\u00a079\u202c", reply_to=town.group.messages[-1])
    assert "Jusqu'à quand prêter Perceuse Bosch à 06 12 34 56 79" in town.group.heard[-1]


async def test_a_promise_is_heard_behind_a_denial(town: Town) -> None:
    await town.sam.says("/dette Awa 90 € échéance 20/11")
    await town.awa.says("je n'ai pas encore payé, je paie vendredi")
    assert "pas de relance jusqu'au 27 novembre inclus" in town.awa.heard[-1]


async def test_a_promise_that_is_taken_back_leaves_the_one_before_it(town: Town) -> None:
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa 90 € échéance 20/11")
    await awa.says("je paie jeudi")
    await awa.says("non, je paie vendredi")
    await awa.says("ANNULER")
    assert "pas de relance jusqu'au 26 novembre inclus" in awa.heard[-1], "Thursday holds again"
    assert "Awa retire sa promesse de payer le 27 novembre" in town.group.card("27 novembre").text
    await awa.says("SOLDE")
    assert "Vous avez prévu de payer le 26 novembre." in awa.heard[-1]
    await town.at(on("vendredi", 9))
    assert len(about(awa.heard, "il reste 90,00 €")) == 1
    await awa.says("je paie lundi")
    await awa.says("ANNULER")
    assert "la date promise n'est plus notée" in awa.heard[-1]


async def test_what_is_paid_in_another_currency_than_the_bills_is_asked_about(town: Town) -> None:
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa facture FAC-7 50 € échéance 20/11")
    await sam.says("/dette Awa 5000 échéance 20/11")
    await awa.says("PAYE FAC-7 20 USD")
    assert awa.heard[-1].startswith("C'est une autre monnaie que celle de la facture.")
    assert "Il reste 50,00 € à régler." in awa.messages[-1].text
    await awa.says("PAYE FAC-7 20")
    assert "Nous notons 20,00 €" in awa.heard[-1]
    await awa.says("PAYE FAC-7 20 USD")  # corrects nothing either
    assert "autre monnaie" in awa.heard[-1]
    assert "Awa dit avoir payé 20,00 €" in town.group.card("Pour : FAC-7").text
    await awa.says("PAYE FAC-7 25")  # a moment later: it was 25, not both
    assert "Awa dit avoir payé 25,00 €" in town.group.card("Pour : FAC-7").text
    assert town.group.cards_of("payé 20,00 €") == []
    await sam.presses("Confirmer")
    await awa.says("SOLDE")
    assert "FAC-7, échéance 20 novembre : 25,00 €" in awa.heard[-1]


async def test_a_sum_without_its_currency_is_asked_about_where_several_are_owed(town: Town) -> None:
    """The desk's own was noted: 10 000 € of somebody who owes francs and rupees."""
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa 25 000 XOF échéance 20/11")
    await sam.says("/dette Awa 1500 INR échéance 20/11")
    await awa.says("PAYE 10 000")
    [asked] = awa.heard
    assert asked.startswith("Dites-nous aussi la monnaie, s'il vous plaît.")
    assert about(town.group.heard, "dit avoir payé") == []
    await awa.says("10 000 F CFA")
    assert "Nous notons 10 000 F CFA" in awa.heard[-1]
    await awa.says("ANNULER")
    await awa.says("PAYE 150,50")  # francs have no cents
    assert "Nous notons 150,50 ₹" in awa.heard[-1]


async def test_annuler_after_a_dispute_takes_the_dispute_back(town: Town) -> None:
    """It took back the day that had been promised before, and the bill stayed contested."""
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa facture FAC-12 50 € échéance 20/11")
    await awa.says("je paie vendredi")
    await awa.says("je conteste")
    assert awa.heard[-1].endswith("Vous changez d'avis ? Répondez ANNULER.")
    await awa.says("ANNULER")
    assert awa.heard == ["C'est annulé : la contestation n'est plus notée."]
    assert "Contesté" not in town.group.card("FAC-12").text
    await awa.says("SOLDE")
    assert "Vous avez prévu de payer le 27 novembre." in awa.heard[-1]
    await awa.says("je conteste")
    await sam.presses("Maintenir")
    await awa.says("ANNULER")  # the team has answered
    assert "Il n'y a rien à annuler." in awa.heard[-1]


async def test_staff_note_a_bare_sum_in_the_currency_that_is_owed(town: Town) -> None:
    """The desk's own was taken: 5 € to the credit of somebody who owes pounds."""
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa 12,50 £ vitre")
    await sam.says("/paye Awa 5")
    assert "Paiement d'Awa : 5,00 £" in town.group.messages[-1].text
    assert "Il reste 7,50 £GB à régler." in awa.heard[-1]
    await sam.says("/paye Awa 5 €")
    assert "Paiement d'Awa : 5,00 €" in town.group.messages[-1].text


@pytest.mark.thorough
async def test_a_reminder_that_waited_says_nothing_that_is_not_so_any_more(town: Town) -> None:
    """WhatsApp took nothing when it was due; what people and staff said meanwhile holds when it does."""
    awa, karim, sam = town.awa, town.karim, town.sam
    moussa, fatou = town.phone("+33612345679", "Moussa"), town.phone("+33612345671", "Fatou")
    await town.rule(debt_channel="whatsapp")
    for person in ("Awa", "Moussa +33612345679", "Fatou +33612345671"):
        await sam.says(f"/dette {person} 90 € échéance 22/11")
    for one in (awa, moussa, fatou, karim):
        one.looks()
    town.network.twilio.faults.add(too_many(600), times=None)
    await town.at(on("mardi", 9))
    await awa.says("je paie jeudi")
    await moussa.says("PAYE")
    await sam.says("/dettes Fatou")
    await sam.presses("Suspendre")
    town.network.twilio.faults.clear()
    await town.at(on("mardi", 12))
    assert [about(one.heard, "un rappel de") for one in (awa, moussa, fatou)] == [[], [], []]
    assert await town.said("debt_reminder") == ["cancelled", "cancelled", "cancelled"]
    await sam.says("/dette Karim 90 € échéance 23/11")
    town.network.telegram.faults.add(too_many(600), when=lambda call: call.name == "sendMessage", times=None)
    await town.at(on("mercredi", 9))
    await town.rule(debt_dry_run=True)
    town.network.telegram.faults.clear()
    await town.at(on("mercredi", 12))
    assert about(karim.heard, "un rappel de") == []
    assert (await town.said("debt_reminder"))[3:] == ["withheld"]


async def test_what_is_paid_for_one_bill_leaves_the_others(town: Town) -> None:
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa facture FAC-1 50 000 échéance 16/11")
    await sam.says("/dette Awa facture FAC-2 30 000 échéance 20/11")
    await sam.says("/paye Awa FAC-2 30 000")
    await awa.says("SOLDE")
    assert "FAC-1, échéance 16 novembre : 50 000 F CFA" in awa.heard[-1]
    assert "FAC-2" not in awa.messages[-1].text


async def test_a_loan_that_is_denied_contests_no_bill(town: Town) -> None:
    awa, sam = town.awa, town.sam
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/dette Awa facture FAC-7 12,50 € échéance 20/11")
    for words in ("je connais pas cette perceuse", "je n'ai jamais emprunté ça"):
        await awa.says(words)
        assert "Votre message est transmis à l'équipe" in awa.heard[-1], words
        assert words in town.group.card("Awa écrit").text
    assert town.group.cards_of("Contesté") == []
    await awa.says("je conteste la facture FAC-7, je n'ai jamais emprunté ça")
    assert "vous contestez FAC-7" in awa.heard[-1]


async def test_a_pause_rests_the_reminder_and_start_ends_it(town: Town) -> None:
    await town.sam.says("/dette Awa 5000 échéance hier")
    await town.awa.says("PAUSE 3 j")
    await town.at(on("mardi", 9))
    assert about(town.awa.heard, "à régler") == []
    await town.awa.says("START")
    await town.at(on("mardi", 9, 1))
    assert len(about(town.awa.heard, "5 000 F CFA à régler")) == 1


async def test_the_team_sees_and_moves_every_cycle(town: Town) -> None:
    sam = town.sam
    await sam.says("/dette 5000")
    assert "Qui doit cette somme ?" in town.group.heard[-1]
    await sam.presses("Karim")
    await sam.says("/dette Awo 10 000 échéance 20/11")
    await sam.presses("Awa")
    await sam.says("/paye Karim")
    assert "Quel est le montant payé par Karim ?" in town.group.heard[-1]
    await sam.says("/paye Karim tout")
    assert "Tout est réglé" in town.karim.heard[-1]
    await sam.says("/dettes")
    assert "Créances : 10 000 F CFA, 1 personne" in town.group.heard[-1]
    await sam.presses("Awa")
    await sam.presses("Relancer maintenant")
    assert "10 000 F CFA" in town.awa.heard[-1]
    assert "1 relance" in town.group.card("La relance part").text
    await sam.presses("Suspendre")
    await town.at(on("vendredi", 9))
    assert town.awa.heard == []
    await sam.says("/dettes")
    await sam.presses("Tout remettre à zéro")
    await sam.presses("Oui")
    assert "1 cycle remis à zéro" in town.group.cards[-1]
    await town.passant.says("/dettes")
    assert "10 000" not in town.group.heard[-1]
    await sam.says("/contact Awa")
    assert "Reste à régler : 10 000 F CFA" in town.group.heard[-1]


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """One person is as much as a transaction handles."""
    monkeypatch.setattr("handlers.debt_desk.SLICE", 1)


async def test_many_are_reminded_by_the_clock(town: Town, one_by_one: None) -> None:
    sam = town.sam
    moussa = town.phone("+33612345679", "Moussa", "sms")
    await sam.says("/contact Moussa +33612345679")
    await moussa.says("STOP")
    for line in ("Awa 5000", "Karim 7000", "Moussa 9000"):
        await sam.says(f"/dette {line} échéance hier")
    await town.awa.says("PAYE")
    for phone in (town.awa, town.karim):
        phone.looks()
    await sam.says("/dettes")
    await sam.presses("Tout relancer")
    assert town.group.cards[-1].startswith("Relancer maintenant 2 personnes ?"), "staff look for what Awa has paid"
    page = town.group.with_button("Oui")
    yes = page.button("Oui").payload
    for _ in range(2):
        await sam.account.presses(page, yes)
        await town.turn("answer")
        await town.turn("deliver")
    assert town.karim.heard == []
    await town.settle()
    assert page.text == "⏳ 2 relances à préparer : c'est en cours. Le résultat arrive dans le groupe."
    assert "✅ 1 relance préparée, par Sam.\n🟠 1 personne ne peut pas être jointe par message." in town.group.cards
    assert len(about(town.karim.heard, "7 000")) == 1
    assert town.awa.heard == []
    await sam.says("/dettes")
    await sam.presses("Tout remettre à zéro")
    await sam.presses("Oui")
    await town.settle()
    assert "✅ 3 cycles remis à zéro, par Sam." in town.group.cards


async def test_who_presses_again_reminds_nobody_twice(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where all was given up in the middle."""
    sam = town.sam
    for line in ("Awa 5000", "Karim 7000"):
        await sam.says(f"/dette {line} échéance hier")
    await town.service.store.write(lambda tx: tx.runs.suspend("dun", on=True))
    for phone in (town.awa, town.karim):
        phone.looks()
    await sam.says("/dettes")
    await sam.presses("Tout relancer")
    page = town.group.with_button("Oui")
    yes = page.button("Oui").payload
    with monkeypatch.context() as patch:
        patch.setattr("handlers.debt_desk.SLICE", 1)
        real = debt_desk.everyone_slice

        def breaks_at_the_second(tx: Tx, asked: Bulk) -> Slice:
            if asked.facts["after"]:
                raise RuntimeError("a fault of the program")
            return real(tx, asked)

        patch.setitem(bulk.KINDS, "debts_remind", (breaks_at_the_second, bulk.KINDS["debts_remind"][1]))
        await sam.account.presses(page, yes)
        for _ in range(bulk.MOST_FAULTS):
            await town.passes(timedelta(minutes=6))
        assert "Tout n'a pas pu être fait" in town.group.cards[-1]
    assert (len(about(town.awa.heard, "5 000")), len(about(town.karim.heard, "7 000"))) == (1, 0)
    await sam.says("/dettes")
    await sam.presses("Tout relancer")
    assert town.group.cards[-1].startswith(
        "Relancer maintenant 1 personne ?\nQui en a reçu une depuis moins de 12 heures"
    )
    page = town.group.with_button("Oui")
    for _ in range(2):  # a thumb that slips
        await sam.account.presses(page, yes)
    await town.settle()
    assert page.text.startswith("✅ 1 relance préparée, par Sam.")
    assert (about(town.awa.heard, "5 000"), len(about(town.karim.heard, "7 000"))) == ([], 1)


async def test_in_english_in_euros_by_sms_within_two_segments(town: Town) -> None:
    await town.rule(currency="EUR")
    sms = town.phone("+33612345679", "Moussa", "sms")
    await town.turn("catch_up")
    await town.sam.says("/contact Moussa +33612345679")
    await sms.says("LANGUAGE EN")
    sms.looks()
    await town.sam.says("/debt Moussa 12.50 invoice INV-3 due 23/11")
    await town.at(on("mardi", 9))
    [reminder] = sms.heard
    assert reminder.startswith("Pret de matériel: unless we are mistaken, €12.50 is still to be paid.")
    assert len(reminder) <= 306
    await town.passes(timedelta(hours=3))
    await town.turn("catch_up")
    await town.sam.says("/dettes")
    assert "1 relance (coût : 0,0798 $US), la dernière" in town.group.heard[-1]
    told = await tallies(town.service.store, on("mardi", 8), on("mardi", 13), None)
    assert [(t.kind, t.state, t.cost) for t in told] == [("debt_reminder", "delivered", Cost(79_800, "USD"))]
    await sms.says("I'll pay on Friday")
    assert "no reminder up to and including 27 November" in sms.heard[-1]
    await sms.says("PAID 12.50")
    await town.sam.presses("Confirmer")
    assert sms.heard[-1] == "We have received €12.50. Thank you!\nEverything is settled."


async def test_a_number_beside_another_name_is_asked_about(town: Town) -> None:
    """The name typed beside a number was passed over: Awa was reminded of what Karim owes."""
    await town.sam.says("/dette Karim +33612345678 5000 échéance 20/11")
    assert town.group.heard[-1].startswith("Ce numéro est celui d'Awa, et vous écrivez « Karim »")
    assert town.group.messages[-1].labels == ["Awa", "Karim"]
    await town.sam.presses("Karim", town.group.messages[-1])
    assert about(town.group.cards, "Karim", "5 000 F CFA")
    await town.sam.says("/paye Awa Diop +33612345678 100")  # a part of the name is no doubt
    assert "Ce numéro" not in town.group.heard[-1]


async def test_what_somebody_owes_is_shown_of_who_is_meant_alone(town: Town) -> None:
    for name, end in (("Awa Ndiaye", 71), ("Awa Sow", 72)):
        await town.sam.says(f"/contact ajouter {name} +336123456{end}")
    await town.sam.says("/dette Awa Sow 5000")
    await town.sam.says("/dettes Zorro")
    assert town.group.heard[-1].startswith("Nous ne connaissons pas « Zorro ».")
    await town.sam.says("/dettes Awa Sow")
    assert town.group.heard[-1].startswith("Awa Sow")
    assert "lundi 23 novembre" in town.group.messages[-1].labels  # it has no reference to be called by


async def test_until_it_is_switched_on_for_real_only_staff_see_it(town: Town) -> None:
    await town.rule(debt_dry_run=True)
    await town.sam.says("/dette Awa 5000 échéance 20/11")
    await town.at(on("mercredi", 9))
    assert town.awa.heard == []
    assert len(about(town.group.cards, "À blanc", "Awa", "5 000 F CFA")) == 3
    await town.sam.says("/dettes")
    assert "À blanc" in town.group.heard[-1]
    await town.dominique.says("/settings creances_a_blanc non")
    await town.at(on("jeudi", 9))
    assert len(about(town.awa.heard, "5 000 F CFA")) == 1


async def test_what_staff_noted_by_mistake_is_taken_back(town: Town) -> None:
    """A payment typed with a zero too many, a debt cancelled on the wrong card."""
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa FAC-8 5 000 F échéance 20/11")
    await sam.says("/paye Awa 50 000 F")
    assert awa.heard[-1].startswith("Nous avons bien reçu 50 000 F CFA.")
    await sam.presses("Annuler le paiement", town.group.card("Paiement d'Awa", "50 000 F CFA"))
    assert "erreur de notre part : il est annulé.\nIl reste 5 000 F CFA à régler." in awa.heard[-1]
    card = town.group.card("Paiement d'Awa annulé, noté par erreur : 50 000 F CFA")
    assert "Reste dû : 5 000 F CFA" in card.text
    assert card.labels == []
    await awa.says("SOLDE")
    assert "Il vous reste 5 000 F CFA à régler." in awa.heard[-1]

    await awa.says("je conteste la facture FAC-8")
    await sam.presses("Annuler la créance", town.group.card("FAC-8", "Contesté"))
    assert "nous annulons FAC-8" in awa.heard[-1]
    await sam.presses("Rétablir la créance", town.group.card("FAC-8"))
    assert "FAC-8 reste à régler : 5 000 F CFA" in awa.heard[-1]
    said = len(awa.heard)
    await sam.presses("Annuler la créance", town.group.card("FAC-8"))
    await sam.presses("Rétablir la créance", town.group.card("FAC-8"))
    assert len(awa.heard) == said, "of what they never heard they are told nothing"
    await awa.says("SOLDE")
    assert "Il vous reste 5 000 F CFA à régler." in awa.heard[-1]


@pytest.mark.thorough
async def test_a_bill_that_falls_due_after_the_reminders_of_another_have_ended_is_asked_for(town: Town) -> None:
    """Ten reminders of one bill are no reason to be silent about the next."""
    awa, sam = town.awa, town.sam
    await town.rule(debt_most=2)
    await sam.says("/dette Awa 5 000 facture FAC-1 échéance 20/11")
    await sam.says("/dette Awa 7 000 facture FAC-2 échéance 8/12")
    await town.at(on("mercredi", 9, week=1))
    assert len(about(awa.heard, "FAC-1")) == 2, "the most of one debt"
    await sam.says("/paye FAC-1 5 000")
    await town.at(on("mardi", 9, week=2))
    assert about(awa.heard, "à régler.\n\nFactures") == []
    await town.at(on("vendredi", 9, week=3))
    assert [text.count("FAC-2") for text in awa.heard] == [1, 1]


async def test_a_button_of_before_changes_nothing_that_is_paid(town: Town) -> None:
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa 5 000 facture FAC-1 échéance 20/11")
    await sam.says("/dette Awa 9 000 facture FAC-2 échéance 20/11")
    await awa.says("je conteste FAC-2")
    open_card, contested = town.group.card("À régler", "FAC-1"), town.group.card("Contesté", "FAC-2")
    await sam.says("/paye Awa 14 000")
    awa.looks()
    for label, card in (("Annuler la créance", open_card), ("Maintenir", contested)):
        await sam.presses(label, card)
        assert "Réglé" in card.text, label
    await awa.says("SOLDE")
    assert awa.heard == ["Aucune somme à régler n'est notée ici.\nUne question ? l’accueil, au +33 6 12 34 56 00"]


async def test_a_bill_noted_anew_is_not_restored_beside_itself(town: Town) -> None:
    awa, sam = town.awa, town.sam
    await sam.says("/dette Awa 5 000 facture FAC-1 échéance 20/11")
    await sam.presses("Annuler la créance")
    await sam.says("/dette Awa 6 000 facture FAC-1 échéance 20/11")
    await sam.presses("Rétablir la créance")
    assert town.group.heard[-1] == "FAC-1 figure déjà au nom d'Awa : rien n'a changé."
    await awa.says("SOLDE")
    assert "Il vous reste 6 000 F CFA à régler." in awa.heard[-1]


async def test_money_paid_in_excess_at_one_desk_hides_no_bill_of_another(town: Town) -> None:
    awa, sam = town.awa, town.sam

    def elsewhere(tx: Tx) -> None:
        here = tx.people.find_address("whatsapp", AWA)
        assert here is not None
        desk = tx.departments.add(name="Atelier", zone=PARIS, language="fr", chat="-1001234500002")
        tx.people.join(here.contact_id, desk.id)
        tx.debts.add(
            contact_id=here.contact_id, department_id=desk.id, amount=Money(8_000, "XOF"), due_on=on("lundi", 9).date(),
            who="telegram:1",
        )  # fmt: skip

    await sam.says("/paye Awa 2 000")
    await town.service.store.write(elsewhere)
    await awa.says("SOLDE")
    assert "Il vous reste 8 000 F CFA à régler." in awa.heard[-1]
    await awa.says("PAYE 8 000")
    assert "Nous notons 8 000 F CFA" in awa.heard[-1]


async def test_who_pays_at_once_is_asked_for_no_date(town: Town) -> None:
    await town.sam.says("/dette Awa 25000 échéance 20/11")
    await town.awa.says("OK je paie tout de suite")
    assert "pas de relance jusqu'au 23 novembre inclus" in town.awa.heard[-1]
    await town.awa.says("j'ai envoyé 10000 par wave")
    assert town.awa.heard[-1].startswith("Avez-vous payé 10 000 F CFA ?")
    await town.awa.says("oui")
    assert "« oui" not in town.group.card("Awa dit avoir payé 10 000 F CFA").text


@pytest.mark.parametrize("answer", ["vendredi", "je paie vendredi", "I'll pay on Friday", "ce sera fait vendredi 27"])
async def test_the_day_of_a_promise_is_answered_in_a_word_or_in_a_sentence(town: Town, answer: str) -> None:
    await town.sam.says("/dette Awa 25000 échéance 20/11")
    await town.awa.says("je paierai plus tard")
    assert "Il nous manque une date" in town.awa.heard[-1]
    await town.awa.says(answer)
    assert "pas de relance jusqu'au 27 novembre inclus" in town.awa.heard[-1]


async def test_asked_when_it_will_be_paid_who_has_paid_says_so(town: Town) -> None:
    await town.sam.says("/dette Awa 25000 échéance 20/11")
    await town.awa.says("je paierai plus tard")
    await town.awa.says("j'ai payé 25000 vendredi")
    assert "Nous notons 25 000 F CFA" in town.awa.heard[-1]


async def test_what_somebody_explains_to_a_reminder_reaches_the_team(town: Town) -> None:
    await town.sam.says("/dette Awa 25000 échéance 20/11")
    await town.at(on("mardi", 9))
    await town.at(on("jeudi", 9))  # two days later
    await town.awa.says("mon salaire arrive bientôt soyez patients")
    assert "transmis à l'équipe" in town.awa.heard[-1]
    assert "mon salaire arrive bientôt" in town.group.card("Awa écrit").text


async def test_a_half_that_was_paid_is_not_the_whole(town: Town) -> None:
    await town.sam.says("/dette Awa 40 000 échéance 20/11")
    for words in ("j'ai payé la moitié", "j'ai déjà payé une partie", "i already paid half"):
        await town.awa.says(words)
        assert "Quel montant avez-vous payé" in town.awa.heard[-1], words
    await town.awa.says("j'ai payé il y a un quart d'heure")
    assert "Nous notons 40 000 F CFA" in town.awa.heard[-1]


@pytest.mark.parametrize("answer", ["12 000", "12000 F", "PAYE 12000", "environ 12000 francs merci"])
async def test_how_much_was_paid_is_answered_by_the_amount_alone(town: Town, answer: str) -> None:
    await town.sam.says("/dette Awa 25 000 échéance 20/11")
    await town.awa.says("j'ai payé la moitié")
    await town.awa.says(answer)
    assert "Nous notons 12 000 F CFA" in town.awa.heard[-1]


async def test_other_words_than_an_amount_are_heard_for_what_they_are(town: Town) -> None:
    await town.sam.says("/dette Awa 25 000 échéance 20/11")
    await town.awa.says("j'ai payé la moitié")
    await town.awa.says("0")
    assert "supérieur à zéro" in town.awa.heard[-1]
    await town.awa.says("je paie le reste vendredi")
    assert "pas de relance jusqu'au 27 novembre" in town.awa.heard[-1]
    await town.awa.says("j'ai payé la moitié")
    await town.awa.says("non")
    assert "rien ne change" in town.awa.heard[-1]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("oui", "Avez-vous payé 5 000 F CFA"),
        ("c'est fait", "Avez-vous payé 5 000 F CFA"),
        ("virement effectué ce matin", "Nous notons 5 000 F CFA"),
        ("c'est une erreur", "C'est noté : vous contestez FAC-7"),
    ],
)
async def test_the_short_answers_to_a_reminder_are_about_the_money(town: Town, said: str, answer: str) -> None:
    await town.sam.says("/dette Awa 5000 facture FAC-7 échéance 22/11")
    await town.at(on("lundi", 17))
    town.awa.looks()
    await town.awa.says(said)
    assert answer in town.awa.heard[-1]


async def test_all_of_one_bill_is_paid_though_another_is_in_another_currency(town: Town) -> None:
    await town.sam.says("/dette Awa 50 € facture FAC-2")
    await town.sam.says("/dette Awa 500 facture FAC-3")
    await town.sam.says("/paye FAC-2 tout")
    assert "Nous avons bien reçu 50,00 €" in town.awa.heard[-1]
    await town.sam.says("/paye Awa FAC-3 tout")
    assert "Nous avons bien reçu 500 F CFA" in town.awa.heard[-1]


async def test_what_a_line_leaves_out_is_asked_for_one_by_one(town: Town) -> None:
    sam = town.sam
    await sam.says("/dette 5000 caution")
    assert town.group.cards[-1] == "Qui doit cette somme ? Répondez par un nom."
    await sam.says("Zorro", reply_to=town.group.messages[-1])
    assert town.group.cards[-1].startswith("Nous ne connaissons pas « Zorro ».\nQui doit cette somme ?")
    await sam.says("Awa", reply_to=town.group.messages[-1])
    assert town.group.cards[-1] == "💶 À régler : 5 000 F CFA\nAwa, créance caution\nÉchéance : 23 novembre\nSam"
    await sam.says("/dette Awa")
    assert town.group.cards[-1] == "Quel montant doit Awa ? Par exemple 127 000 ou 12,50 €."
    await sam.says("beaucoup", reply_to=town.group.messages[-1])
    assert town.group.cards[-1].startswith("Nous n'avons pas su lire ce montant.\nQuel montant doit Awa ?")
    await sam.says("12,50", reply_to=town.group.messages[-1])
    assert town.group.cards[-1].startswith("Cette monnaie n'a pas de centimes.")
    await sam.says("12 000", reply_to=town.group.messages[-1])
    card = town.group.messages[-1]
    assert card.text == "💶 À régler : 12 000 F CFA\nAwa, créance\nÉchéance : 23 novembre\nSam"
    await sam.presses("Échéance dans 15 jours", card)
    assert "Échéance : 8 décembre" in card.text
    await sam.presses("Échéance dans 30 jours", card)
    assert "Échéance : 23 décembre" in card.text
    await sam.says("/dette 3000")
    await sam.presses("Karim")
    assert town.group.cards[-1].startswith("💶 À régler : 3 000 F CFA\nKarim, créance")
    assert town.awa.heard == []


async def test_a_due_day_that_cannot_be_read_is_asked_for(town: Town) -> None:
    """As due today it would be reminded of tomorrow."""
    for said in ("03/14/2027", "31/02/2027", "13.32.27"):
        await town.sam.says(f"/dette Awa 20 € {said} caution")
        assert town.group.heard[-1].startswith(f"« {said} » : cette date n'existe pas.")
    await town.sam.says("14/03/2027", reply_to=town.group.messages[-1])
    assert "Échéance : 14 mars" in town.group.card("créance caution").text
    await town.sam.says("/paye Awa 5 € 31/02/2027")
    assert town.group.cards_of("Paiement d'Awa", "5,00 €"), "of a payment no day is asked for"


async def test_where_english_puts_the_month_first_a_due_day_of_two_readings_is_asked_for(town: Town) -> None:
    await town.desk(language="en", zone="America/New_York")
    await town.sam.says("/debt Awa $20 03/04/2027 deposit")
    assert town.group.heard[-1].startswith('"03/04/2027" could be several dates.')
    await town.sam.says("March 4, 2027", reply_to=town.group.messages[-1])
    assert "Due: 4 March" in town.group.card("debt deposit").text
    await town.sam.says("/debt Awa $20 03/14/2027 rent")
    assert "Due: 14 March" in town.group.card("debt rent").text


async def test_a_payment_is_asked_about_until_it_is_whole(town: Town) -> None:
    sam, awa = town.sam, town.awa
    await sam.says("/dette Awa 17 000 caution")
    await sam.says("/paye")
    assert town.group.cards[-1] == "Qui a payé ? Répondez par un nom."
    await sam.says("+33 6 12", reply_to=town.group.messages[-1])
    assert "« +33 6 12 »" in town.group.cards[-1]
    await sam.presses("Awa")
    asked = town.group.messages[-1]
    assert asked.text.endswith("Dû à ce jour : 17 000 F CFA")
    await sam.presses("Tout est payé", asked)
    assert town.group.cards[-1] == "✅ Paiement d'Awa : 17 000 F CFA\nTout est réglé.\nSam"
    assert awa.heard == ["Nous avons bien reçu 17 000 F CFA. Merci !\nTout est réglé."]
    await sam.presses("Tout est payé", asked)
    assert sam.toast == "Cela a déjà été traité."
    assert awa.heard == []
    await sam.says("/paye Awa")
    assert town.group.cards[-1].endswith("Aucune somme n'est due à ce jour.")
    await sam.says("/paye FAC-99 2000")
    assert town.group.cards[-1] == "Personne n'a rien à régler sous « FAC-99 » : rien n'a changé."


async def test_the_day_of_a_bill_that_is_paid_is_moved_by_nobody(town: Town) -> None:
    await town.sam.says("/dette Awa 17 000 caution")
    card = town.group.messages[-1]
    await town.sam.says("/paye Awa 17 000")
    await town.sam.presses("Échéance dans 30 jours", card)
    assert "30" not in card.text
    assert town.sam.toast == "Cela a déjà été traité."
