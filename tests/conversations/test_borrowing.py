"""The borrower asks for things himself: PRET, PROLONGER, MES PRETS, AIDE, and what staff answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.town import CONTACT_LINE, Borrower, Colleague, Town, about, on


async def test_times_are_offered_at_which_the_desk_is_open(town: Town, borrower: Borrower) -> None:
    def offered() -> list[str]:
        shown = borrower.last
        return shown.labels or [line[2:] for line in shown.text.splitlines() if line[:2].strip().isdigit()]

    await town.rule(open_days=["sat"], closing="12:00")
    await town.at(on("samedi", 9))
    await borrower.says("PRET perceuse")
    assert offered() == ["Dans une semaine"]  # a desk of Saturday mornings has no evening, and nobody there on Sunday
    await town.at(on("dimanche", 9))
    await borrower.says("PRET perceuse")
    assert "Demain" in offered()  # none of the usual times would do: they are shown all the same


async def test_what_an_unclear_time_may_mean_is_offered(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await borrower.says("PRET tente vendredi ou samedi")
    await borrower.chooses("Samedi 28 novembre à 18 h")
    assert "vous demandez Tente 4 places jusqu'au samedi 28 novembre à 18 h" in borrower.heard[-1]
    await sam.says("/pret VP-001 Karim ce week-end")  # nobody is there on Sunday
    assert town.group.messages[-1].labels[:2] == ["Samedi 28 novembre à 18 h", "Ce soir"]


async def test_a_request_is_approved_by_a_button(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await borrower.says("PRET perceuse vendredi 18h, c'est combien ?")
    [noted] = borrower.heard
    assert "c'est combien ?" in town.group.card("écrit").text  # a price, not a debt
    assert "vous demandez Perceuse Bosch jusqu'au vendredi 27 novembre à 18 h" in noted
    assert "L'équipe vous répond au plus tard demain, mardi 24 novembre à 9 h" in noted
    card = town.group.card("Demande de prêt : Perceuse Bosch", borrower.name)
    assert card.labels == ["Accepter", "Refuser"]
    await sam.presses("Accepter")
    [granted] = borrower.heard
    assert "C'est d'accord : vous pouvez emprunter Perceuse Bosch" in granted
    assert "En prêt" in card.text
    assert "Sam" in card.text
    await town.at(on("vendredi", 9))
    assert len(borrower.heard) == 3


async def test_who_has_only_asked_is_told_that_the_answer_is_awaited(town: Town, borrower: Borrower) -> None:
    await borrower.says("PRET perceuse vendredi 18h")
    borrower.looks()
    for word in ("RENDU", "PROLONGER"):
        await borrower.says(word)
        assert "votre demande attend la réponse de l'équipe (Perceuse Bosch)" in borrower.heard[-1], word


async def test_a_request_step_by_step(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await borrower.says("Pret")
    assert "Quel matériel" in borrower.heard[0]
    await borrower.chooses("Tente")
    assert "Jusqu'à quand souhaitez-vous emprunter Tente 4 places" in borrower.heard[0]
    await borrower.chooses("Demain")
    assert "vous demandez Tente 4 places jusqu'au mardi 24 novembre à 18 h" in borrower.heard[0]
    await sam.presses("Refuser")
    [refused] = borrower.heard
    assert "nous ne pouvons pas vous prêter Tente 4 places" in refused
    assert CONTACT_LINE in refused
    await town.at(on("mercredi", 12))
    assert borrower.heard == []


async def test_several_things_are_asked_for_at_once(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says("/materiel ajouter TENTE-002 Tente 4 places")
    await borrower.says("je voudrais emprunter la perceuse, 2 tentes et un violon")
    assert "emprunter Perceuse Bosch et Tente 4 places (2) ?" in borrower.heard[0]
    await borrower.chooses("Demain")
    [answer] = borrower.heard
    assert answer.startswith(
        "C'est noté : vous demandez Perceuse Bosch et Tente 4 places (2) jusqu'au mardi 24 novembre"
    )
    assert "« violon »" in answer, "what there is not is said too"
    assert len(town.group.cards_of("Demande de prêt")) == 3
    await borrower.says("annuler")
    assert len(town.group.cards_of("Demande retirée")) == 3
    await borrower.says("il nous faudrait 12 tentes mardi")
    assert borrower.heard[-1].startswith("Vous demandez « 12 tentes » : nous n'en avons que 2 de disponibles")
    await borrower.says("non")
    assert borrower.heard[-1].startswith("D'accord, rien ne change.")
    await borrower.says("il nous faudrait 12 tentes mardi")
    await borrower.says("oui")
    assert "vous demandez Tente 4 places (2) jusqu'au mardi 24 novembre" in borrower.heard[-1]


async def test_a_number_in_front_is_how_many_and_behind_it_is_which(
    town: Town, borrower: Borrower, sam: Colleague
) -> None:
    for number in (1, 2, 3):
        await sam.says(f"/materiel ajouter CH-{number} Chaise pliante")
    await borrower.says("PRET 2 chaises vendredi")
    assert "vous demandez Chaise pliante (2)" in borrower.heard[-1], "not the chair CH-2"
    await borrower.says("annuler")
    await borrower.says("PRET chaise 3 vendredi")
    assert town.group.cards_of("Demande de prêt : Chaise pliante", "CH-3")
    await borrower.says("PRET chaise vendredi")
    assert "vous demandez Chaise pliante jusqu'au" in borrower.heard[-1], "any of those that are called alike"


async def test_a_request_with_typed_answers(borrower: Borrower) -> None:
    await borrower.says("PRET")
    await borrower.says("9")
    assert borrower.heard[-1].startswith("Quel matériel"), "beyond the list: it is shown again"
    await borrower.says("la tente")
    await borrower.says("vendredi 18h")
    assert "vous demandez Tente 4 places jusqu'au vendredi 27 novembre à 18 h" in borrower.heard[-1]


async def test_an_open_question_is_left_by_annuler(town: Town, borrower: Borrower) -> None:
    await borrower.says("PRET perceuse")
    await borrower.says("ANNULER")
    assert "nous laissons cela de côté" in borrower.heard[-1]
    await borrower.says("2")
    assert about(town.group.heard, "Demande") == []


async def test_what_was_sent_to_repair_meanwhile_is_not_approved(town: Town, awa: Borrower, sam: Colleague) -> None:
    await awa.says("PRET perceuse vendredi 18h")
    await town.service.store.write(lambda tx: tx.items.change(1, state="in_repair"))
    awa.looks()
    await sam.presses("Accepter")
    assert "n'est pas disponible" in sam.toast
    assert awa.heard == []


async def test_a_request_is_withdrawn(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await borrower.says("PRET perceuse vendredi 18h")
    card = town.group.card("Demande de prêt")
    approve = card.button("Accepter").payload
    await borrower.says("ANNULER")
    assert "votre demande pour Perceuse Bosch est retirée" in borrower.heard[-1]
    assert card.labels == []
    assert card.text.startswith("Demande retirée par l'emprunteur : Perceuse Bosch")
    await sam.account.presses(card, approve)
    await town.settle()
    assert sam.toast == "Ce bouton n'est plus valable."
    assert borrower.heard == []


async def test_nobody_answers_a_request(town: Town, borrower: Borrower) -> None:
    await borrower.says("PRET perceuse vendredi 18h")
    borrower.looks()
    await town.at(on("lundi", 10, 59))
    assert about(town.group.heard, "Une demande attend") == []
    await town.at(on("lundi", 11))
    assert len(about(town.group.heard, "Une demande attend", "Perceuse Bosch", borrower.name)) == 1
    await town.at(on("mardi", 9))
    [expired] = borrower.heard
    assert "Nous n'avons pas répondu à temps" in expired
    assert "Demande restée sans réponse" in town.group.card("PERC-001", "Jusqu").text
    assert town.group.card("PERC-001", "Jusqu").labels == []


async def test_two_ask_for_one_thing(town: Town, awa: Borrower, karim: Borrower, sam: Colleague) -> None:
    await awa.says("PRET perceuse vendredi 18h")
    await karim.says("PRET perceuse jeudi 18h")
    await sam.presses("Accepter", town.group.card("Demande de prêt", "Awa"))
    await sam.presses("Accepter", town.group.card("Demande de prêt", "Karim"))
    assert "n'est pas disponible" in sam.toast
    assert "C'est d'accord" in awa.heard[-1]
    assert all("C'est d'accord" not in text for text in karim.heard)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("PRET perceuse hier", "déjà passée"),
        ("PRET marteau-piqueur vendredi", "Nous ne trouvons pas"),
        ("PRET perceuse dans 5 ans", "plus long que la durée permise"),
    ],
)
async def test_what_cannot_be_lent(town: Town, awa: Borrower, words: str, answer: str) -> None:
    await awa.says(words)
    assert answer in awa.heard[0]
    assert town.group.heard == []


async def test_when_all_is_out_nobody_is_sent_back_to_ask_again(town: Town, awa: Borrower, sam: Colleague) -> None:
    for code in ("PERC-001", "VP-001", "TENTE-001"):
        await sam.says(f"/pret {code} Karim vendredi 18h")
    await awa.says("PRET")
    assert awa.heard[-1] == (
        "Il n'y a rien à emprunter en ce moment : rien n'est disponible.\n"
        "Répondez RESERVER et le nom d'un matériel : nous vous préviendrons de son retour."
    )
    await sam.says("/pret")
    assert town.group.heard[-1].startswith("Il n'y a rien à emprunter en ce moment")
    assert "RESERVER" not in town.group.messages[-1].text


async def test_what_somebody_has_already(borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    for words in ("je veux emprunter encore la perceuse", "PRET perceuse", "la perceuse est libre ?"):
        await borrower.says(words)
        assert "Perceuse Bosch est déjà chez vous, à rendre le vendredi 27 novembre" in borrower.heard[-1], words
        assert "PROLONGER" in borrower.last.text


async def test_a_desk_that_trusts_lends_at_once(town: Town, borrower: Borrower) -> None:
    await town.rule(approve_loans=False)
    await borrower.says("PRET perceuse vendredi 18h")
    [created] = borrower.heard
    assert "vous empruntez Perceuse Bosch" in created
    assert "En prêt : Perceuse Bosch" in town.group.heard[0]
    assert "Une erreur ? Répondez ANNULER dans les dix minutes." in created


async def test_what_a_desk_that_trusts_lent_is_given_up_within_ten_minutes(town: Town, borrower: Borrower) -> None:
    await town.rule(approve_loans=False)
    await borrower.says("PRET perceuse vendredi 18h")
    await borrower.says("ANNULER")
    assert borrower.heard[-1] == "C'est annulé : Perceuse Bosch n'est plus à votre nom."
    assert "Prêt annulé : Perceuse Bosch" in town.group.card("PERC-001").text
    await borrower.says("PRET perceuse vendredi 18h")
    await town.passes(timedelta(minutes=11))
    await borrower.says("ANNULER")
    assert borrower.heard[-1].startswith("Il n'y a rien à annuler.")
    await town.at(on("vendredi", 12))
    assert len(about(borrower.heard, "rendre aujourd'hui", "Perceuse Bosch")) == 1, "of the second loan alone"


async def test_who_waits_is_told_when_a_trusted_loan_is_given_up(town: Town, awa: Borrower, karim: Borrower) -> None:
    await town.rule(approve_loans=False)
    await karim.says("PRET perceuse vendredi 18h")
    await awa.says("RESERVER perceuse")
    await karim.says("ANNULER")
    assert "Perceuse Bosch est de retour et vous attend" in awa.heard[-1]


async def test_somebody_unknown_is_welcomed_and_may_ask(town: Town, sam: Colleague) -> None:
    lea = town.phone("+33612345699", "Léa")
    await lea.says("Bonjour")
    assert "Bonjour Léa, ici Prêt de matériel" in lea.heard[0]
    await lea.says("PRET perceuse vendredi 18h")
    await sam.presses("Accepter", town.group.card("Demande de prêt", "Léa"))
    assert "C'est d'accord" in lea.heard[-1]


class TestMoreTime:
    @pytest.fixture(autouse=True)
    async def lent(self, town: Town, borrower: Borrower, sam: Colleague) -> None:
        await sam.says(f"/pret PERC-001 {borrower.name} mercredi 18h")
        borrower.looks()
        town.group.looks()

    async def test_a_little_is_granted_at_once(self, town: Town, borrower: Borrower) -> None:
        await borrower.says("PROLONGER vendredi 18h")
        [extended] = borrower.heard
        assert "maintenant à rendre le vendredi 27 novembre à 18 h, au lieu du mercredi 25 novembre à 18 h" in extended
        assert "vendredi 27 novembre" in town.group.card("PERC-001").text
        await town.at(on("mercredi", 20))
        [reminder] = borrower.heard  # of the new date; the reminders of the old one are gone
        assert "après-demain, vendredi 27 novembre" in reminder

    async def test_a_day_on_which_the_desk_is_closed_is_said_to_both(self, town: Town, borrower: Borrower) -> None:
        await borrower.says("PROLONGER dimanche")
        assert "Nous sommes fermés ce jour-là : passez plutôt avant." in borrower.heard[-1]
        assert "🟠 Fermé ce jour-là" in town.group.card("PERC-001").text
        await town.service.store.write(lambda tx: tx.departments.set_rule(1, "open_days", ("sun",)))
        await borrower.says("ANNULER")
        await borrower.says("PROLONGER dimanche")
        assert "fermés" not in borrower.heard[-1]

    async def test_a_little_by_choice_and_back_again(self, town: Town, borrower: Borrower) -> None:
        await borrower.says("PROLONGER")
        await borrower.chooses("Deux jours de plus")
        assert "le vendredi 27 novembre à 18 h" in borrower.heard[-1]
        await borrower.says("ANNULER")
        assert "garde sa date de retour d'avant" in borrower.heard[-1]
        await town.at(on("mercredi", 9))
        assert about(borrower.heard, "aujourd'hui, mercredi 25 novembre à 18 h") != []

    async def test_words_that_are_no_time_are_heard_for_what_they_are(self, borrower: Borrower) -> None:
        await borrower.says("PROLONGER")
        await borrower.says("je ne sais pas trop")
        assert "Nous n'avons pas trouvé de date dans « je ne sais pas trop »" in borrower.heard[-1]
        for refused in ("pas vendredi", "vendredi je ne peux pas", "je ne peux ni jeudi ni vendredi"):
            await borrower.says(refused)
            assert f"Nous n'avons pas trouvé de date dans « {refused} »" in borrower.heard[-1]
        for unclear in ("vendredi ou lundi", "après samedi"):
            await borrower.says(unclear)
            assert f"« {unclear} » peut désigner plusieurs dates" in borrower.heard[-1]
        await borrower.says("au fait, la perceuse fait un bruit bizarre")
        assert "Merci de nous prévenir, c'est noté pour Perceuse Bosch" in borrower.heard[-1]
        await borrower.says("PROLONGER dans 4 ou 5 jours")
        await borrower.chooses("Samedi 28 novembre à 18 h")
        assert "maintenant à rendre le samedi 28 novembre à 18 h" in borrower.heard[-1]

    async def test_much_is_asked_of_staff(self, town: Town, borrower: Borrower, sam: Colleague) -> None:
        await borrower.says("PROLONGER 4 semaines")
        before = town.group.card("demande à garder")
        await borrower.says("PROLONGER 3 semaines")
        assert before.labels == []
        assert "Nous demandons à l'équipe" in borrower.heard[1]
        card = town.group.card("demande à garder Perceuse Bosch jusqu'au mercredi 16 décembre")
        await sam.presses("Accorder", card)
        assert "maintenant à rendre le mercredi 16 décembre à 18 h" in borrower.heard[0]
        assert "Prolongation accordée" in card.text
        assert card.labels == []

    async def test_much_is_refused(self, town: Town, borrower: Borrower, sam: Colleague, dominique: Colleague) -> None:
        await borrower.says("PROLONGER 3 semaines")
        card = town.group.card("demande à garder")
        grant = card.button("Accorder").payload
        await sam.presses("Refuser", card)
        assert "reste à rendre après-demain, mercredi 25 novembre à 18 h" in borrower.heard[-1]
        await dominique.account.presses(card, grant)  # from a screen that was not drawn anew
        await town.settle()
        assert dominique.toast == "Ce bouton n'est plus valable."
        assert borrower.heard == []

    async def test_a_request_for_much_is_withdrawn(self, town: Town, borrower: Borrower) -> None:
        await borrower.says("PROLONGER 3 semaines")
        card = town.group.card("demande à garder")
        await borrower.says("ANNULER")
        assert "garde sa date de retour d'avant" in borrower.heard[-1]
        assert "ne demande plus" in card.text
        assert card.labels == []

    async def test_a_late_loan_is_staffs_to_prolong(self, town: Town, borrower: Borrower) -> None:
        await town.at(on("mercredi", 19))
        borrower.looks()
        await borrower.says("PROLONGER vendredi 18h")
        assert "Nous demandons à l'équipe" in borrower.heard[0]

    async def test_mes_prets(self, borrower: Borrower, sam: Colleague) -> None:
        await sam.says(f"/pret VP-001 {borrower.name} demain 18h")
        borrower.looks()
        await borrower.says("Mes prêts")
        [listed] = borrower.heard
        assert "1 Perceuse Bosch : à rendre après-demain, mercredi 25 novembre à 18 h" in listed
        assert "2 Vidéoprojecteur Epson : à rendre demain, mardi 24 novembre à 18 h" in listed


async def test_what_is_asked_for_anew_stands_for_what_was_asked_before(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    for number in range(1, 7):
        await sam.says(f"/materiel ajouter CH-00{number} Chaise pliante")
    await awa.says("PRET 3 chaises vendredi")
    assert "remplace" not in awa.heard[-1]
    for count in (5, 2, 2):  # more, fewer, and the same again
        await awa.says(f"PRET {count} chaises vendredi")
        [answer] = awa.heard[-1:]
        assert f"vous demandez Chaise pliante ({count})" in answer
        assert "Cette demande remplace la précédente." in answer
        assert len(town.group.cards_of("Demande de prêt", "Chaise pliante")) == count
    await awa.says("PRET tente vendredi")
    assert "remplace" not in awa.heard[-1]
    await awa.says("PRET tente jeudi")
    assert "Cette demande remplace la précédente." in awa.heard[-1]
    assert len(town.group.cards_of("Demande de prêt", "Tente")) == 1


async def test_a_question_in_front_is_put_after_what_is_sure(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 TENTE-001 VP-001 Awa vendredi 18h")
    awa.looks()
    await awa.says("je peux garder la tente jusqu'à samedi ? j'ai rendu la perceuse. le vidéoprojecteur je l'ai perdu")
    answer = " ".join(awa.heard)
    assert "vous avez rendu Perceuse Bosch" in answer
    assert "c'est noté pour Vidéoprojecteur Epson" in answer
    assert "Voulez-vous garder Tente 4 places jusqu'au samedi 28 novembre" in answer
    assert "perdu" in town.group.card("Problème signalé par Awa : Vidéoprojecteur Epson").text
    await awa.says("oui")
    assert "Tente 4 places est maintenant à rendre le samedi 28 novembre" in awa.heard[-1]


async def test_aide_says_what_can_be_written(borrower: Borrower) -> None:
    await borrower.says("aide")
    [page] = borrower.heard
    for word in ("PRET", "RENDU", "PROLONGER", "MES PRETS", "STOP", "START"):
        assert word in page
    assert CONTACT_LINE in page


async def test_a_person_is_reached_and_answers(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await borrower.says("CONTACT")
    assert "transmis à l'équipe" in borrower.heard[0]
    await sam.says("Bonjour, je vous rappelle demain.", reply_to=town.group.card(f"{borrower.name} écrit"))
    [answer] = borrower.heard
    assert "Réponse de l'équipe (Sam)" in answer
    assert "je vous rappelle demain" in answer


async def test_who_told_of_a_problem_is_answered_by_a_reply(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await borrower.says("j'ai un souci avec le projecteur, la lampe est morte")
    await borrower.says("PROBLEME")
    await borrower.says("la lampe grille")
    borrower.looks()
    for card in town.group.cards_of("Problème signalé", borrower.name):
        await sam.says("Passez demain, nous la changeons.", reply_to=card)
        [answer] = borrower.heard
        assert "Passez demain, nous la changeons." in answer


async def test_the_team_is_told_when_its_answer_cannot_leave(town: Town, awa: Borrower, sam: Colleague) -> None:
    await awa.says("je voudrais parler à quelqu'un")
    await awa.says("STOP")
    town.group.looks()
    awa.looks()
    await sam.says("Je vous écoute.", reply_to=town.group.card("Awa écrit"))
    assert town.group.heard == ["Impossible d'écrire à Awa : il faut appeler."]
    assert awa.heard == []


async def test_words_nobody_understands_twice_in_a_row(borrower: Borrower) -> None:
    await borrower.says("blorp flonk")
    await borrower.says("zzz grmbl")
    first, second = borrower.heard
    assert "nous n'avons pas compris" in first
    assert CONTACT_LINE in second


async def test_what_is_only_asked_for_is_no_loan_yet(awa: Borrower) -> None:
    await awa.says("PRET perceuse vendredi 18h")
    await awa.says("MES PRETS")
    assert awa.heard[-1] == "Votre demande :\n1 Perceuse Bosch : demande en attente"


async def test_late_things_that_come_tomorrow_are_awaited_kindly(town: Town, awa: Borrower, sam: Colleague) -> None:
    for code in ("PERC-001", "TENTE-001"):
        await sam.says(f"/pret {code} Awa mardi 18h")
    await town.at(on("mercredi", 9))
    await awa.says("je vous ramène tout ça demain matin sans faute")
    assert awa.heard[-1].startswith("Merci de nous prévenir. Passez dès que vous pouvez :\n1 Perceuse Bosch")


async def test_asking_again_for_another_time_replaces_the_request(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret VP-001 Awa vendredi 18h")
    await awa.says("PRET perceuse mercredi 18h")
    awa.looks()
    await awa.says("PRET perceuse jeudi 18h")
    assert "jusqu'au jeudi 26 novembre à 18 h" in awa.heard[-1]
    assert town.group.card("Demande retirée", "mercredi 25 novembre").labels == []
    await awa.says("MES PRETS")
    assert awa.heard == [
        "Vos prêts en cours :\n1 Vidéoprojecteur Epson : à rendre le vendredi 27 novembre à 18 h\n"
        "3 Perceuse Bosch : demande en attente\nRépondez RENDU quand c'est fait, ou PROLONGER."
    ]
    await sam.presses("Accepter")
    await town.at(on("mercredi", 20))
    assert about(awa.heard, "Nous n'avons pas répondu à temps") == []


async def test_a_question_which_thing_gives_way_to_other_words(awa: Borrower) -> None:
    await awa.says("PRET")
    await awa.says("RAPPELS")
    assert awa.heard[-1].startswith("Vos rappels")
    await awa.says("PRET marteau")
    await awa.says("vous pourriez m'écrire un peu moins souvent quand même")
    assert awa.heard[-1].startswith("Pardon, nous n'avons pas compris")
    await awa.says("PRET tente 6 places")
    assert "Vouliez-vous dire Tente 4 places ?" in awa.heard[-1]
    await awa.says("oui")
    assert "Jusqu'à quand souhaitez-vous emprunter Tente 4 places ?" in awa.heard[-1]
    await awa.says("PRET tente 6 places")
    await awa.says("vendredi")  # of the only one that was suggested
    assert "vous demandez Tente 4 places jusqu'au vendredi 27 novembre à 18 h" in awa.heard[-1]
    await awa.says("vidéoprojecteur samedi svp")  # no word but its name
    assert awa.heard[-1].startswith("Voulez-vous emprunter Vidéoprojecteur Epson jusqu'au samedi 28 novembre à 18 h ?")


async def test_a_request_called_by_its_name_is_the_one_withdrawn(town: Town, awa: Borrower, sam: Colleague) -> None:
    await awa.says("PRET tente demain")
    await awa.says("PRET perceuse demain")
    await awa.says("j'annule la tente")
    assert "votre demande pour Tente 4 places est retirée" in awa.heard[-1]
    assert town.group.cards_of("Demande retirée", "Perceuse") == []
    await awa.says("ANNULER")
    assert "votre demande pour Perceuse Bosch est retirée" in awa.heard[-1]
    await sam.says("/pret TENTE-001 Awa vendredi 18h")
    await awa.says("PRET perceuse demain")
    await awa.says("annulez la tente")  # it is out: whether she brings it back or never took it, a person asks
    assert "transmis à l'équipe" in awa.heard[-1]
    assert town.group.cards_of("Demande retirée", "TENTE-001", "En prêt") == []


async def test_what_a_thing_is_wanted_for_is_no_part_of_its_name(town: Town, awa: Borrower, sam: Colleague) -> None:
    await awa.says("il me faut la perceuse pour des travaux demain")
    assert "vous demandez Perceuse Bosch jusqu'au mardi 24 novembre" in awa.heard[-1]
    await awa.says("je peux avoir la tente pour le baptême samedi ?")
    assert awa.heard[-1].startswith("Voulez-vous emprunter Tente 4 places jusqu'au samedi 28 novembre")
    await awa.says("il me faut la perceuse pour des travaux et le vidéoprojecteur pour mon fils jeudi")
    assert "vous demandez Perceuse Bosch et Vidéoprojecteur Epson jusqu'au jeudi 26 novembre" in awa.heard[-1]
    await awa.says("ANNULER")
    await awa.says("PRET perceuse pour des travaux et vidéo projo jeudi")
    told = awa.heard[-1]
    assert "vous demandez Perceuse Bosch jusqu'au jeudi" in told
    assert "Vouliez-vous dire Vidéoprojecteur Epson ?" in told
    await awa.says("PRET tente pour deux adultes et un enfant vendredi")
    assert "vous demandez Tente 4 places jusqu'au vendredi 27 novembre" in awa.heard[-1]
    await sam.says("/pret VP-001 Karim samedi")
    await awa.says("RESERVER vidéoprojecteur pour le baptême")
    assert "la liste d'attente de Vidéoprojecteur Epson" in awa.heard[-1]
    await sam.says("/materiel ajouter SAC-1 Sac pour tente")
    await awa.says("PRET sac pour tente demain")
    assert "vous demandez Sac pour tente jusqu'au" in awa.heard[-1]


async def test_a_letter_with_three_wishes_gets_all_three(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa demain 18h")
    awa.looks()
    await awa.says(
        "Bonjour, je vous ramène la perceuse demain sans faute. Par contre est-ce que je pourrais aussi emprunter la"
        " tente jusqu'à samedi ? Et dites-moi si vous êtes ouverts dimanche. Merci beaucoup, Awa"
    )
    told = "\n".join(awa.heard)
    assert "Perceuse Bosch est à rendre au plus tard demain" in told
    assert "Voulez-vous emprunter Tente 4 places jusqu'au samedi 28 novembre" in told
    assert "ouverts dimanche" in town.group.card("Awa écrit").text


async def test_a_code_that_begins_like_a_day_is_no_date(town: Town, awa: Borrower, sam: Colleague) -> None:
    """A toy library's games are JEU-01, JEU-02; the label of each opens the chat with PRET JEU-01."""
    await sam.says("/materiel ajouter JEU-01 Catan")
    await sam.says("/materiel ajouter JEU-02 Dixit")
    await awa.says("PRET JEU-01 demain")
    assert "vous demandez Catan jusqu'au mardi 24 novembre" in awa.heard[-1]
    await awa.says("ANNULER")
    await sam.says("/pret JEU-01, JEU-02 Awa vendredi 18h")
    assert len(town.group.cards_of("En prêt", "Pour Awa", "vendredi 27 novembre à 18 h")) == 2
    await awa.says("RENDU JEU-02")
    assert "vous avez rendu Dixit" in awa.heard[-1]
    await awa.says("PROLONGER JEU-01 lundi")
    assert "Catan est maintenant à rendre le lundi 30 novembre" in awa.heard[-1]
    await sam.says("/materiel ajouter MAR-01 Marteau")  # no 1st of March, though that is the English "Mar"
    await sam.says("/pret MAR-01 Awa vendredi 18h")
    await awa.says("RENDU MAR-01")
    assert "vous avez rendu Marteau" in awa.heard[-1]
    await sam.says("/materiel ajouter JEU-3 Diplomacy")  # numbered without noughts
    await awa.says("PRET JEU-3 samedi")
    assert "vous demandez Diplomacy jusqu'au samedi 28 novembre à 18 h" in awa.heard[-1]
    await sam.presses("Accepter")
    await awa.says("RENDU JEU-3")
    assert "vous avez rendu Diplomacy." in awa.heard[-1]
    await sam.says("/materiel ajouter DEC-01 Décapeuse")  # a month is no date either where the figure begins with 0
    await sam.says("/pret DEC-01 Awa vendredi 18h")
    await awa.says("PROLONGER DEC-01 lundi")
    assert "Décapeuse est maintenant à rendre le lundi 30 novembre" in awa.heard[-1]
    await awa.says("RENDU DEC-01")
    assert "vous avez rendu Décapeuse" in awa.heard[-1]


async def test_a_code_that_begins_with_a_small_word_is_no_number_of_a_loan(
    town: Town, sam: Colleague, awa: Borrower
) -> None:
    """A spyglass gets LONG-001 from its name; an amplifier SON-001 and a tray ALL-001 from who numbers them."""
    await sam.says("/materiel ajouter Longue-vue")
    await sam.says("/materiel ajouter SON-001 Ampli")
    await sam.says("/materiel ajouter DEC-001 Guirlande")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret SON-001, LONG-001 Awa vendredi 18h")
    await awa.says("RENDU SON-001")
    assert "vous avez rendu Ampli." in awa.heard[-1]
    await awa.says("RENDU LONG-001")
    assert "vous avez rendu Longue-vue." in awa.heard[-1]
    await awa.says("RENDU ALL-001")
    assert "Nous ne trouvons pas « ALL-001 »" in awa.heard[-1]
    await awa.says("PRET DEC-001 vendredi 18h")
    assert "Guirlande" in awa.heard[-1]
    await awa.says("PROLONGER 1 lundi")
    assert "Perceuse Bosch est maintenant à rendre le lundi 30 novembre" in awa.heard[-1]


async def test_a_question_of_the_evening_is_still_open_in_the_morning(town: Town, awa: Borrower) -> None:
    """The night's tidying takes out those that are over, and no other."""
    await town.at(on("lundi", 20))
    await awa.says("PRET tente")
    assert "Jusqu'à quand" in awa.heard[-1]
    await town.at(on("mardi", 9))
    await awa.says("vendredi 18h")
    assert "Tente 4 places" in awa.heard[-1]
    assert "vendredi 27 novembre à 18 h" in awa.messages[-1].text


async def test_a_day_of_the_month_alone_answers_until_when(awa: Borrower, sam: Colleague) -> None:
    for said, until in (("le 5", "18 h"), ("le 5 au soir", "20 h"), ("le 5 à midi", "12 h")):
        await awa.says("PRET perceuse")
        await awa.says(said)
        assert f"jusqu'au samedi 5 décembre à {until}" in awa.heard[-1], said
        await awa.says("ANNULER")
    await sam.says("/pret PERC-001 Awa mercredi 18h")
    await awa.says("prolonger")
    await awa.says("le 5 au soir")
    assert "jusqu'au samedi 5 décembre à 20 h" in awa.heard[-1]


async def test_what_one_has_wanted_for_longer_is_asked_about(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa mercredi 18h")
    await awa.says("j'ai besoin de la perceuse jusqu'à vendredi")
    assert awa.heard[-1].startswith("Voulez-vous garder Perceuse Bosch jusqu'au vendredi 27 novembre à 18 h ?")
    await awa.says("oui")
    assert "est maintenant à rendre le vendredi 27 novembre à 18 h" in awa.heard[-1]


async def test_until_when_is_left_by_any_no(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa mercredi 18h")
    for said, answer in (
        ("bof non merci", "D'accord, rien ne change."),
        ("non c'est bon finalement", "D'accord, rien ne change."),
        ("non oubliez", "D'accord, nous laissons cela de côté."),
        ("non laissez tomber", "D'accord, nous laissons cela de côté."),
    ):
        await awa.says("prolonger")
        await awa.says(said)
        assert awa.heard[-1] == answer, said


async def test_lost_is_still_on_the_card_when_it_is_told_where(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("perdu")
    assert "Que se passe-t-il ?" in awa.heard[-1]
    await awa.says("dans le train hier")
    assert "perdu\ndans le train hier" in town.group.card("Problème signalé par Awa").text


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ("je voudrais la tente du 26 au 28 novembre", ["Samedi 28 novembre à 18 h", "Ce soir", "Demain"]),
        ("PRET tente du 27 au 29", ["Dimanche 29 novembre à 18 h", "Ce soir", "Demain"]),
        ("la tente de lundi à vendredi svp", ["Vendredi 27 novembre à 18 h", "Vendredi 4 décembre à 18 h"]),
        ("borrow the tent from Thursday to Saturday", ["Saturday 28 November at 6 pm", "Tonight", "Tomorrow"]),
        ("PRET tente samedi ou lundi", ["Samedi 28 novembre à 18 h", "Lundi 30 novembre à 18 h"]),
    ],
)
async def test_of_days_from_the_first_to_the_last_the_last_is_offered(
    awa: Borrower, said: str, offered: list[str]
) -> None:
    """Nobody who wants it until the 29th means the 27th, not even where the desk is shut on the 29th."""
    await awa.says(said)
    lines = [line[2:] for line in awa.heard[-1].splitlines() if line[0].isdigit()]
    assert lines[: len(offered)] == offered


async def test_a_greeting_tells_of_a_request_that_is_no_loan_yet(awa: Borrower, sam: Colleague) -> None:
    await awa.says("PRET perceuse vendredi 18h")
    awa.looks()
    await awa.says("bonjour")
    assert awa.heard[0].splitlines()[1] == (
        "Votre demande attend la réponse de l'équipe : répondez MES PRETS pour la voir, ou AIDE."
    )
    await sam.presses("Accepter")
    awa.looks()
    await awa.says("bonjour")
    assert "Vous avez 1 prêt en cours" in awa.heard[-1]
