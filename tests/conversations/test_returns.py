"""RENDU, and what staff make of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.town import CONTACT_LINE, Borrower, Colleague, Town, about, on


@pytest.fixture
async def lent(town: Town, borrower: Borrower, sam: Colleague) -> None:
    """The drill is out until Friday, and everybody has read so."""
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    borrower.looks()
    town.group.looks()


@pytest.mark.usefixtures("lent")
class TestTheWord:
    async def test_is_understood_in_any_dress(self, borrower: Borrower) -> None:
        for word in ("RENDU", "rendu !", "RENDUE", "c'est rendu", "C’est rendu 👍", "j'ai rendu la perceuse"):
            await borrower.says(word)
            assert "vous avez rendu Perceuse Bosch" in borrower.heard[0], word
            await borrower.says("ANNULER")
            borrower.looks()

    async def test_is_not_heard_where_it_is_denied(self, town: Town, borrower: Borrower) -> None:
        for word in ("pas encore rendu", "je n'ai pas rendu la perceuse", "c'est pour quand le retour ?"):
            await borrower.says(word)
            [answer] = borrower.heard
            assert "vendredi 27 novembre à 18 h" in answer, word
        assert about(town.group.heard, "Retour à confirmer") == []
        await town.at(on("vendredi", 9))
        assert len(borrower.heard) == 3  # the reminders leave as planned

    async def test_of_something_else_is_asked_about(self, town: Town, borrower: Borrower) -> None:
        for word in ("je garde les clés jusqu'à samedi", "les clés ont été rendues", "j'ai rendu les clés"):
            await borrower.says(word)
            assert "Nous ne trouvons pas « clés » parmi vos prêts." in borrower.heard[0], word
        assert about(town.group.heard, "Retour à confirmer") == []
        for word in ("oui", "j'ai rendu la perseuse", "rendu l'outil", "j'ai rendu le matériel et les clés"):
            await borrower.says(word)
            assert "vous avez rendu Perceuse Bosch" in borrower.heard[0], word
            await borrower.says("ANNULER")
            borrower.looks()

    async def test_with_a_complaint_or_a_question_beside_it_reaches_the_team(
        self, town: Town, borrower: Borrower
    ) -> None:
        for word in ("rendu la perceuse… je conteste la facture", "Rendu ! Il vous reste des forets ?"):
            await borrower.says(word)
            [answer] = borrower.heard
            assert "vous avez rendu Perceuse Bosch" in answer
            assert "transmis à l'équipe" in answer
            await borrower.says("ANNULER")
            borrower.looks()
        contested, asked = town.group.cards_of("écrit")
        assert "je conteste la facture" in contested.text
        assert "Il vous reste des forets ?" in asked.text

    async def test_is_asked_about_where_it_is_taken_back_in_the_same_breath(
        self, town: Town, borrower: Borrower
    ) -> None:
        for word in ("j'ai rendu... non, en fait pas encore", "rendu en partie", "j'ai rendu, non je rigole"):
            await borrower.says(word)
            assert borrower.heard[0].startswith("Vous avez rendu Perceuse Bosch ?"), word
            await borrower.says("NON")
            borrower.looks()
        await borrower.says("je l'aurais rendue hier si vous étiez ouverts")
        assert "Rien ne change" in borrower.heard[0]
        assert town.group.cards_of("Retour à confirmer") == []

    async def test_said_twice_changes_nothing(self, town: Town, borrower: Borrower) -> None:
        await borrower.says("RENDU")
        await borrower.says("RENDU")
        assert "C'est déjà noté" in borrower.heard[-1]
        assert len(about(town.group.heard, "Retour à confirmer")) == 1

    async def test_taken_back_within_ten_minutes(self, town: Town, borrower: Borrower) -> None:
        await borrower.says("PROBLEME")  # asked what is wrong: an older question than the return
        await town.passes(timedelta(minutes=1))
        await borrower.says("RENDU")
        await borrower.says("ANNULER")
        assert "le retour n'est pas noté" in borrower.heard[-1]
        assert town.group.cards_of("Retour à confirmer") == []
        await town.at(on("vendredi", 9))
        assert len(borrower.heard) == 3

    async def test_taken_back_too_late(self, town: Town, borrower: Borrower) -> None:
        await borrower.says("RENDU")
        await town.passes(timedelta(minutes=11))
        await borrower.says("ANNULER")
        assert "rien à annuler" in borrower.last.text
        assert "répondez CONTACT : l'équipe s'en occupe" in borrower.heard[-1]
        assert town.group.cards_of("Retour à confirmer") != []
        for words in ("je ne l'ai pas encore rendue", "c'était une erreur, je ne l'ai pas rendue"):
            await borrower.says(words)  # the team is about to confirm it
            assert "Si ce n'est pas encore rendu, prévenez l'équipe" in borrower.heard[-1]
            assert "Votre message est transmis à l'équipe" in borrower.last.text
            assert words in town.group.card(f"{borrower.name} écrit").text


@pytest.mark.usefixtures("lent")
class TestTheCard:
    async def test_all_is_back_once_the_last_is_confirmed(self, borrower: Borrower, sam: Colleague) -> None:
        await sam.says(f"/pret TENTE-001 {borrower.name} vendredi 18h")
        await borrower.says("tout rendu")
        await sam.presses("Confirmer")
        assert borrower.heard[-1].endswith("1 autre retour reste à confirmer.")
        await sam.presses("Confirmer")
        assert borrower.heard[-1].endswith("Tout est rendu. À bientôt !")

    async def test_confirmed(self, town: Town, borrower: Borrower, sam: Colleague) -> None:
        await borrower.says("RENDU")
        await sam.presses("Confirmer")
        receipt = borrower.heard[-1]
        assert "Le retour est confirmé : Perceuse Bosch" in receipt
        assert "Tout est rendu" in receipt
        for shown in town.group.cards_of("PERC-001"):
            assert "De retour" in shown.text
            assert "Sam" in shown.text
            assert shown.labels == []

    async def test_not_found(self, town: Town, borrower: Borrower, sam: Colleague) -> None:
        await borrower.says("RENDU")
        await town.at(on("mercredi", 12))
        await sam.presses("Pas rendu", town.group.card("Retour à confirmer", "Pour"))
        assert "L'équipe a cherché Perceuse Bosch" in borrower.heard[-1]
        await borrower.says("c'était Sam, il m'a ouvert")  # "dites-nous où et à qui": somebody reads the answer
        assert borrower.heard[-1].startswith("Votre message est transmis à l'équipe")
        assert "c'était Sam" in town.group.card("écrit").text
        assert "En prêt" in town.group.card("PERC-001", "Pour").text
        loan, contested = town.group.cards_of("PERC-001", "Pour")
        assert loan.labels == ["Rendu", "Annuler"]
        assert contested.labels == []  # two alike would be taken for two loans
        assert "retour non confirmé" in contested.text
        await town.at(on("vendredi", 19))
        tomorrow, today, overdue = borrower.heard  # planned anew: that of Wednesday morning is past
        assert "demain" in tomorrow
        assert "aujourd'hui" in today
        assert "n'est pas encore de retour" in overdue

    async def test_not_found_and_told_where_in_words_that_are_asked_back(
        self, town: Town, borrower: Borrower, sam: Colleague
    ) -> None:
        await borrower.says("RENDU")
        await sam.presses("Pas rendu")
        await borrower.says("si si je l'ai donnée à Léa à l'accueil")
        assert borrower.heard[-1].startswith("Vous avez rendu Perceuse Bosch ?")
        await borrower.chooses("oui") if borrower.channel == "Telegram" else await borrower.says("oui")
        assert "Note : si si je l'ai donnée à Léa à l'accueil" in town.group.card("Retour à confirmer").text

    @pytest.mark.parametrize("told", ["si si je l'ai rendue lundi", "bien sûr que si, je l'ai rendue à Léa"])
    async def test_not_found_and_contradicted(self, town: Town, borrower: Borrower, sam: Colleague, told: str) -> None:
        await borrower.says("RENDU")
        await sam.presses("Pas rendu")
        await borrower.says(told)
        assert borrower.heard[-1].startswith("Merci, c'est noté : vous avez rendu Perceuse Bosch.")
        assert f"Note : {told}" in town.group.card("Retour à confirmer").text

    async def test_a_problem(self, town: Town, borrower: Borrower, sam: Colleague) -> None:
        await borrower.says("RENDU")
        await sam.presses("Problème")
        assert "Il reste un point à voir ensemble" in borrower.heard[-1]
        assert "abîmé" in town.group.card("PERC-001", "Pour").text
        await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
        assert "n'est pas disponible" in town.group.cards[-1]

    async def test_works_once_and_names_who_pressed(
        self, town: Town, borrower: Borrower, sam: Colleague, dominique: Colleague
    ) -> None:
        await borrower.says("RENDU")
        card = town.group.card("Retour à confirmer")
        payload = card.button("Pas rendu").payload
        await sam.presses("Confirmer")
        borrower.looks()
        await dominique.account.presses(card, payload)  # her screen had not been drawn anew yet
        await town.settle()
        assert borrower.heard == []
        assert "De retour" in card.text
        assert "Sam" in card.text
        assert dominique.toast == "Ce bouton n'est plus valable."

    async def test_refuses_people_without_a_role(
        self, town: Town, borrower: Borrower, sam: Colleague, passant: Colleague
    ) -> None:
        await borrower.says("RENDU")
        borrower.looks()
        for label in ("Confirmer", "Problème", "Pas rendu"):
            await passant.presses(label)
            assert passant.toast == "Seule l'équipe peut faire cela."
        assert borrower.heard == []
        assert town.group.card("Retour à confirmer").labels == ["Confirmer", "Problème", "Pas rendu"]
        await sam.presses("Confirmer")
        assert "Le retour est confirmé" in borrower.heard[0]

    async def test_left_alone_nudges_staff_and_then_the_rule_decides(self, town: Town, borrower: Borrower) -> None:
        await borrower.says("RENDU")
        borrower.looks()
        await town.at(on("mardi", 8, 59))
        assert about(town.group.heard, "attend d'être confirmé") == []
        await town.at(on("mardi", 9))
        nudge = town.group.card("attend d'être confirmé", "Perceuse Bosch")
        assert nudge.labels == ["Confirmer", "Problème", "Pas rendu"]  # the card lies a day further up
        await town.at(on("jeudi", 8, 59))
        assert borrower.heard == []
        await town.at(on("jeudi", 9, 15))
        assert "Le retour est confirmé" in borrower.heard[0]
        assert "De retour" in town.group.card("PERC-001", "Pour").text


async def test_nothing_is_out(town: Town, borrower: Borrower) -> None:
    await borrower.says("RENDU")
    assert "Vous n'avez aucun prêt en cours" in borrower.heard[0]
    assert town.group.heard == []


async def test_somebody_elses_loan_does_not_exist(town: Town, karim: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Karim vendredi 18h")
    town.group.looks()
    karim.looks()
    await karim.says("RENDU perceuse")
    await karim.says("RENDU 7")
    assert town.group.heard == []
    for named, text in zip(("perceuse", "7"), karim.heard, strict=True):
        assert f"Nous ne trouvons pas « {named} » parmi vos prêts" in text
        assert "Perceuse Bosch" not in text


async def test_a_code_that_is_not_theirs_is_asked_about_whether_it_exists_or_not(
    town: Town, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Karim vendredi 18h")
    town.group.looks()
    for words in ("RENDU {}", "j'ai rendu {} merci", "PROLONGER {} lundi"):
        answers = []
        for code in ("VP-001", "ECHELLE-002", "PERC-002"):
            awa.looks()
            await awa.says(words.format(code))
            [answer] = awa.heard
            answers.append(answer.replace(code, "CODE"))
        assert "Nous ne trouvons pas « CODE" in answers[0], words
        assert answers[1:] == [answers[0], answers[0]], words
    assert town.group.heard == []
    await awa.says("rendu perc-001")
    assert "vous avez rendu Perceuse Bosch" in awa.heard[-1]


async def test_a_desk_that_trusts_says_thank_you_at_once(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await town.rule(approve_returns=False)
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    borrower.looks()
    await borrower.says("RENDU")
    [receipt] = borrower.heard
    assert "Le retour est confirmé : Perceuse Bosch" in receipt
    assert "De retour" in town.group.card("PERC-001").text
    assert receipt.endswith("Une erreur ? Dites-le ici : l'équipe s'en occupe.")
    await borrower.says("ANNULER")  # in vain: nobody promises ten minutes here
    assert borrower.heard[-1].splitlines()[0] == "Il n'y a rien à annuler."
    assert "répondez CONTACT" in borrower.last.text


@pytest.mark.parametrize("words", ["non je me suis trompée, pas encore rendue", "je ne l'ai pas rendue"])
async def test_a_mistake_reaches_the_team_of_a_desk_that_trusts(
    town: Town, awa: Borrower, sam: Colleague, words: str
) -> None:
    await town.rule(approve_returns=False)
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("RENDU")
    await awa.says(words)
    assert "Votre message est transmis à l'équipe" in awa.heard[-1]
    assert words in town.group.card("Awa écrit").text


async def test_two_things_back_at_a_desk_that_trusts_are_told_of_once_all_are_back(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    await town.rule(approve_returns=False)
    await sam.says("/pret PERC-001, VP-001 Awa vendredi 18h")
    awa.looks()
    await awa.says("RENDU 1 et 2")
    drill, projector = "\n\n".join(awa.heard).split("Merci !")[1:]
    assert "Perceuse Bosch" in drill
    assert "reste" not in drill, "the other one is back as well"
    assert "Vidéoprojecteur Epson" in projector
    assert "Tout est rendu. À bientôt !" in projector
    assert "Une erreur ?" not in drill, "once is enough"


async def test_several_wishes_in_one_message_are_all_heard(sam: Colleague, awa: Borrower) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    awa.looks()
    await awa.says("1 RENDU, 2 PROLONGER")
    (answer,) = awa.heard
    returned, question = answer.split("\n\n")
    assert "Perceuse Bosch" in returned
    assert "Vidéoprojecteur Epson" in question
    await awa.says("samedi 18h")
    (extended,) = awa.heard
    assert "samedi 28 novembre à 18 h" in extended
    await awa.says("annuler")
    await awa.says("je voudrais emprunter la tente, et garder le projecteur plus longtemps")
    await awa.says("samedi")  # until when the tent is wanted; the other wish was waiting for this answer
    requested, question = awa.heard[-1].split("\n\n")
    assert "vous demandez Tente 4 places jusqu'au samedi 28 novembre" in requested
    assert question.startswith("Jusqu'à quand souhaitez-vous garder Vidéoprojecteur Epson ?")
    await awa.says("dimanche midi")
    assert "dimanche 29 novembre à 12 h" in awa.heard[-1]
    await awa.says("pardon, lundi midi")  # the day before is taken back
    assert "lundi 30 novembre à 12 h, au lieu du vendredi 27 novembre" in awa.heard[-1]
    await awa.says("prolonger jusqu'à lundi 12h")  # said twice it is not the Monday after
    assert "ne vous donne pas plus de temps" in awa.heard[-1]
    await awa.says("RENDU 2 et 9")
    returned, unknown = awa.heard[-1].split("\n\n")
    assert "vous avez rendu Vidéoprojecteur Epson" in returned
    assert "répondez annuler" in returned.lower()
    assert "« 9 »" in unknown


async def test_of_two_things_only_what_is_back_is_returned(sam: Colleague, awa: Borrower) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret TENTE-001 Awa vendredi 18h")
    for told in (
        "j'ai rendu la tente, la perceuse est encore chez moi",
        "la tente est rendue, la perceuse arrive demain",
        "en fait j'ai rendu la tente propre et sèche, en mains propres",
    ):
        await awa.says(told)
        assert "vous avez rendu Tente 4 places." in awa.heard[-1], told
        await awa.says("annuler")
    await awa.says("prolonger la perceuse à dimanche et la tente à mardi")
    assert "Perceuse Bosch est maintenant à rendre le dimanche 29 novembre" in awa.heard[-1]
    await awa.says("annuler")
    assert "Tente 4 places garde sa date" in awa.heard[-1], "each had its own day"
    await awa.says("mon frère a ramené la tente")
    assert awa.heard[-1].startswith("Vous avez rendu Tente 4 places ?")
    await awa.says("non pardon, la perceuse")
    assert "vous avez rendu Perceuse Bosch." in awa.heard[-1]


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ("tente rendue, perceuse makita rendue", "vous avez rendu Tente 4 places et Perceuse Makita."),
        ("la perceuse Bosch est rendue et la tente aussi", "vous avez rendu Perceuse Bosch et Tente 4 places."),
        ("j'ai rendu la perceuse Bosch", "vous avez rendu Perceuse Bosch."),
        ("rendu perceuse Makita. tente demain.", "vous avez rendu Perceuse Makita."),
        ("perceuse rendue", "Qu'avez-vous rendu ?"),
        ("rendu les deux", "Qu'avez-vous rendu ?"),
        ("j'en ai rendu 2", "Qu'avez-vous rendu ?"),
        ("I returned 2 of them", "What have you returned?"),
        ("tout rendu sof la tente", "vous avez rendu Perceuse Bosch et Perceuse Makita."),
        ("rendu la tente à côté de la perceuse Bosch", "Qu'avez-vous rendu ?"),
        ("rendu les trois", "vous avez rendu Perceuse Bosch, Tente 4 places et Perceuse Makita."),
    ],
)
async def test_all_that_is_told_to_be_back_is_returned_and_nothing_else(
    sam: Colleague, awa: Borrower, told: str, answer: str
) -> None:
    await sam.says("/materiel ajouter PERC-002 Perceuse Makita")
    await sam.says("/pret PERC-001 TENTE-001 PERC-002 Awa vendredi 18h")
    await awa.says(told)
    assert answer in awa.heard[-1]


async def test_a_return_told_with_a_problem_is_declared_and_staff_read_the_words(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    await town.rule(approve_returns=False)  # trusted, but somebody has to look at this one
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await awa.says("rendu la perceuse mais elle fume un peu")
    [noted] = awa.heard
    assert noted.startswith("Merci, c'est noté : vous avez rendu Perceuse Bosch.")
    assert "Le souci est noté aussi" in noted
    assert "elle fume un peu" in town.group.card("Retour à confirmer", "PERC-001").text
    await awa.says("je ne l'ai pas encore rendue")
    assert "Si ce n'est pas encore rendu, répondez ANNULER" in awa.heard[-1]
    await sam.presses("Problème")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    await sam.says("/pret TENTE-001 Awa vendredi 18h")
    awa.looks()
    await awa.says("I returned it but it's broken")  # which of the two?
    assert "2 Vidéoprojecteur Epson" in awa.heard[-1]
    assert "it's broken" in town.group.card("Problème signalé").text


async def test_the_word_problem_alone_asks_what_is_wrong_and_staff_know_at_once(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("PROBLEME")
    assert "Que se passe-t-il ?" in awa.heard[-1]
    card = town.group.card("Problème signalé par Awa", "Perceuse Bosch")
    await awa.says("le mandrin reste bloqué")
    assert "L'équipe regarde et vous répond ici" in awa.heard[-1]
    assert "le mandrin reste bloqué" in card.text
    await awa.says("rendu, mais les freins sont faibles")  # nothing we know: staff read it
    assert "les freins sont faibles" in town.group.card("Retour à confirmer", "Note").text


@pytest.fixture
async def three_out(town: Town, awa: Borrower, sam: Colleague) -> None:
    """The drill, the projector and the tent are out until Friday, as 1, 2 and 3."""
    for code in ("PERC-001", "VP-001", "TENTE-001"):
        await sam.says(f"/pret {code} Awa vendredi 18h")
    awa.looks()


@pytest.mark.usefixtures("three_out")
async def test_several_named_are_returned(town: Town, awa: Borrower) -> None:
    for told, named in (
        ("RENDU 1-3", "Perceuse Bosch, Vidéoprojecteur Epson et Tente 4 places."),
        ("rendu 1, 3", "Perceuse Bosch et Tente 4 places."),
        ("rendu le 1 pas le 3", "Perceuse Bosch."),
        ("rendu la perceuse, tout est ok", "Perceuse Bosch."),
        ("rendu la tente et la perceuse, il manque une sardine", "Tente 4 places et Perceuse Bosch."),
    ):
        await awa.says(told)
        assert f"vous avez rendu {named}" in awa.heard[-1]
        await awa.says("annuler")
    await awa.says("rendu 1 sur 3")
    assert awa.heard[-1].startswith("Qu'avez-vous rendu ?")
    await awa.says("prolonger 1 jusqu'à lundi et 3 jusqu'à mardi")
    assert "Tente 4 places est maintenant à rendre le mardi 1er décembre" in awa.heard[-1]
    await awa.says("annuler")
    await awa.says("j'ai rendu la perceuse et la tente ?")
    assert awa.heard[-1].startswith("Vous avez rendu Perceuse Bosch et Tente 4 places ?")
    await awa.says("non")
    await awa.says("la perceuse et la tente sont rendues")
    assert "vous avez rendu Perceuse Bosch et Tente 4 places" in awa.heard[-1]
    await awa.says("annuler")
    await awa.says("j'ai rendu la perceuse sauf le coffret")  # it has no list of pieces: staff read the words
    assert "sauf le coffret" in town.group.card("Retour à confirmer", "Note").text


async def test_and_that_too_said_after_a_return_is_asked_about(sam: Colleague, awa: Borrower) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret TENTE-001 Awa vendredi 18h")
    awa.looks()
    await awa.says("la tente aussi")  # as well as what?
    assert "nous n'avons pas compris" in awa.heard[-1]
    await awa.says("j'ai rendu la perceuse")
    await awa.says("et la tente sent aussi le moisi")
    assert "Tente 4 places ?" not in awa.heard[-1]
    await awa.says("et la tente aussi")
    assert awa.heard[-1].startswith("Vous avez rendu Tente 4 places ?")
    await awa.says("oui")
    assert "vous avez rendu Tente 4 places" in awa.heard[-1]


@pytest.mark.usefixtures("three_out")
async def test_all_but_one_are_returned_and_each_is_taken_back_by_what_is_said_next(awa: Borrower) -> None:
    await awa.says("j'ai tout rendu sauf la tente")
    assert "vous avez rendu Perceuse Bosch et Vidéoprojecteur Epson" in awa.heard[-1]
    await awa.says("j'ai rendu le projecteur hier")  # said already: no word about the tent
    assert awa.heard[-1].startswith("C'est déjà noté, merci : Vidéoprojecteur Epson.")
    await awa.says("je n'ai pas rendu la perceuse")
    assert "Perceuse Bosch : c'est noté comme rendu" in awa.heard[-1]
    await awa.says("ANNULER")
    assert awa.heard[-1].endswith("Perceuse Bosch et Vidéoprojecteur Epson restent à votre nom.")
    await awa.says("zut alors")
    await awa.says("2")  # no answer to the words offered: the loan's own number
    assert awa.heard[-1].startswith("Vous avez rendu Vidéoprojecteur Epson ?")
    await awa.says("rendu 1")
    await awa.says("annuler")  # the return, not the older question
    assert "Perceuse Bosch reste à votre nom" in awa.heard[-1]
    await awa.says("RENDU TOUT")
    await awa.says("RENDU 1")  # nothing is out any more: it is still that one
    assert awa.heard[-1].startswith("C'est déjà noté, merci : Perceuse Bosch.")
    await awa.says("RENDU 9")
    assert "1 Perceuse Bosch : retour noté, l'équipe doit le confirmer" in awa.heard[-1]


@pytest.mark.usefixtures("three_out")
async def test_asked_which_a_name_is_an_answer_and_several_are_prolonged_at_once(awa: Borrower) -> None:
    for answer, named in (("la Bosch", "Perceuse Bosch."), ("1 et 3", "Perceuse Bosch et Tente 4 places.")):
        await awa.says("rendu")  # asked which, the name is an answer like its number
        await awa.says(answer)
        assert f"vous avez rendu {named}" in awa.heard[-1]
        await awa.says("annuler")
    awa.looks()
    await awa.says("prolonger 1 et 3 jusqu'à lundi")
    await awa.says("annuler")  # both at once
    assert [line for text in awa.heard for line in text.splitlines() if line.startswith("C'est ")] == [
        "C'est d'accord : Perceuse Bosch est maintenant à rendre le lundi 30 novembre à 18 h,"
        " au lieu du vendredi 27 novembre à 18 h.",
        "C'est d'accord : Tente 4 places est maintenant à rendre le lundi 30 novembre à 18 h,"
        " au lieu du vendredi 27 novembre à 18 h.",
        "C'est annulé : Perceuse Bosch garde sa date de retour d'avant.",
        "C'est annulé : Tente 4 places garde sa date de retour d'avant.",
    ]
    await awa.says("souci avec la tente")  # of which, but not what
    assert "Que se passe-t-il ?" in awa.heard[-1]


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("les deux sauf la tente", "Perceuse Bosch"),
        ("tout sauf la perceuse", "Tente 4 places"),
        ("la perceuse, pas la tente", "Perceuse Bosch"),
        ("non, la tente", "Tente 4 places"),
        ("pas la tente", ""),
        ("la tente demain", ""),
    ],
)
async def test_asked_which_is_back_what_is_left_out_is_not(
    town: Town, awa: Borrower, sam: Colleague, said: str, back: str
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret TENTE-001 Awa vendredi 18h")
    await awa.says("rendu")
    town.group.looks()
    await awa.says(said)
    if back:
        assert awa.heard[-1].startswith(f"Merci, c'est noté : vous avez rendu {back}.")
    else:
        assert awa.heard[-1].startswith("Qu'avez-vous rendu ?")
    assert len(about(town.group.heard, "Retour à confirmer")) == bool(back)


async def test_asked_which_to_keep_what_is_left_out_is_not(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret TENTE-001 Awa vendredi 18h")
    await awa.says("prolonger")
    await awa.says("pas la tente")
    assert awa.heard[-1].startswith("Que souhaitez-vous garder plus longtemps ?")
    await awa.says("la perceuse, pas la tente")
    assert awa.heard[-1].startswith("Jusqu'à quand souhaitez-vous garder Perceuse Bosch ?")


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("oui elle l'a rendue ce matin", True),
        ("si si, elle l'a rendue hier à Dominique", True),
        ("ma femme l'a rendue, je vous dis", True),
        ("je crois qu'elle l'a rendue", False),
        ("elle l'a rendue ?", False),
    ],
)
async def test_told_again_when_asked_is_the_answer(awa: Borrower, sam: Colleague, said: str, taken: bool) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("ma femme a rendu la perceuse")
    assert awa.heard[-1].startswith("Vous avez rendu Perceuse Bosch ?")
    await awa.says(said)
    assert awa.heard[-1].startswith("Merci, c'est noté : vous avez rendu Perceuse Bosch.") is taken


async def test_a_nod_to_a_reminder_asks_and_a_no_right_after_takes_back(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa mercredi 18h")
    await awa.says("oui")  # to the news of the loan
    assert awa.heard[-1] == "Merci, à bientôt !"
    await town.at(on("jeudi", 9))
    await awa.says("oui")
    assert awa.heard[-1].startswith("Vous avez rendu Perceuse Bosch ?")
    await awa.says("oui")
    await awa.says("non je me suis trompée")
    assert "Perceuse Bosch reste à votre nom" in awa.heard[-1]
    await awa.says("Awa n'est pas là, je suis son fils")
    assert "je suis son fils" in town.group.card("Awa écrit").text


async def test_a_return_announced_for_after_the_due_time_offers_to_prolong(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa mercredi 18h")
    awa.looks()
    due = "après-demain, mercredi 25 novembre à 18 h"
    await awa.says("je ne pourrai pas la rendre mercredi")
    await awa.says("pas possible mercredi, plutôt demain")
    assert [text.splitlines()[0] for text in awa.heard] == [
        f"Merci de nous prévenir. Rien ne change : Perceuse Bosch est à rendre {due}.",
        f"Bien sûr : Perceuse Bosch est à rendre au plus tard {due}, et avant si vous préférez.",
    ]
    await awa.says("je peux la rendre demain ?")
    assert f"Pour les heures d'ouverture : {CONTACT_LINE}" in awa.heard[-1]
    await awa.says("oui mais vendredi")
    assert awa.heard[-1].startswith("Voulez-vous garder Perceuse Bosch jusqu'au vendredi 27 novembre à 18 h ?")
    await awa.says("non")
    await awa.says("je peux la rendre vendredi ?")
    assert awa.heard[-1].startswith("Voulez-vous garder Perceuse Bosch jusqu'au vendredi 27 novembre à 18 h ?")
    await awa.says("oui")
    assert "maintenant à rendre le vendredi 27 novembre à 18 h" in awa.heard[-1]


@pytest.mark.parametrize(
    "words",
    [
        "je peux la rendre dimanche ?",
        "je la rapporte dimanche",
        "je peux la garder jusqu'à dimanche ?",
    ],
)
async def test_for_a_day_on_which_nobody_is_there_the_next_one_is_offered(
    awa: Borrower, sam: Colleague, words: str
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await awa.says(words)
    [asked] = awa.heard
    assert asked.splitlines()[:2] == [
        "Nous sommes fermés le dimanche 29 novembre.",
        "Voulez-vous garder Perceuse Bosch jusqu'au lundi 30 novembre à 18 h ?",
    ]
    await awa.says("oui")
    assert "maintenant à rendre le lundi 30 novembre à 18 h" in awa.heard[-1]
    await awa.says("je peux la rendre dimanche ?")
    assert awa.heard[-1].startswith(
        "Nous sommes fermés le dimanche 29 novembre.\nPerceuse Bosch est à rendre au plus tard le lundi 30 novembre"
    )


async def test_the_same_in_english(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await awa.says("can I bring it back on Sunday?")
    assert awa.heard[0].startswith(
        "We are closed on Sunday 29 November.\nWould you like to keep Perceuse Bosch until Monday 30 November at 6 pm?"
    )


async def test_a_button_that_is_good_for_nothing_is_answered_with_what_is_so(town: Town, sam: Colleague) -> None:
    """None of ours: it is said. Of a loan that is over: what is out now, for "no loan" would not be true."""
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    await sam.says("/retour PERC-001")
    town.awa.looks()
    for payload in ("ret:42:ok", "loan.gone|1", "mine.return|1", "mine.extend|1"):
        await town.awa.phone.says("Rendu", more={"ButtonText": "Rendu", "ButtonPayload": payload})
        await town.settle()
    *unknown, returned, extended = town.awa.heard
    assert unknown == ["Ce bouton n'est plus valable."] * 2
    assert "2 Vidéoprojecteur Epson : à rendre le vendredi" in returned
    assert extended == returned


async def test_a_template_s_button_to_which_nothing_was_given_is_heard_as_its_label(town: Town, sam: Colleague) -> None:
    """Somebody made the template with buttons, in Twilio's console: such a button carries its own words."""
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    town.awa.looks()
    await town.awa.phone.says("Rendu", more={"ButtonText": "Rendu", "ButtonPayload": "Rendu"})
    await town.settle()
    [answer] = town.awa.heard
    assert answer.startswith("Merci, c'est noté : vous avez rendu Perceuse Bosch")


async def test_what_was_written_together_is_answered_in_order(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    borrower.looks()
    await borrower.writes("PROLONGER jusqu'à lundi")
    await borrower.writes("c'est rendu")
    await town.passes(timedelta(seconds=3))
    extended, returned = borrower.heard
    assert "maintenant à rendre le lundi 30 novembre" in extended
    assert "vous avez rendu Perceuse Bosch" in returned


async def test_no_after_a_return_does_not_say_that_nothing_changes(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("RENDU")
    await awa.says("en fait non")
    assert awa.heard[-1] == "D'accord. Pour revenir sur ce qui vient d'être noté, répondez ANNULER."
    await awa.says("ANNULER")
    assert "le retour n'est pas noté" in awa.heard[-1]
    await awa.says("je voudrais la garder une semaine de plus")
    await awa.says("nn 3 jours")  # of more time, not from now
    assert "Perceuse Bosch est maintenant à rendre le lundi 30 novembre à 18 h" in awa.heard[-1]
    await awa.says("RENDU")
    await sam.says("/retour PERC-001")  # the team has it: nothing is left to take back
    await awa.says("en fait non")
    assert awa.heard[-1] == "D'accord, rien ne change."


async def test_the_team_is_not_nudged_in_the_morning_about_what_it_settled_at_night(
    town: Town, borrower: Borrower, sam: Colleague
) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await town.at(on("lundi", 22))
    await borrower.says("RENDU")
    await town.at(on("mardi", 22, 30))
    await sam.presses("Confirmer")
    town.group.looks()
    await town.at(on("mercredi", 8, 1))
    assert [text for text in town.group.heard if "Perceuse Bosch" in text] == []


async def test_more_time_that_is_no_longer_needed_leaves_no_buttons(
    town: Town, borrower: Borrower, sam: Colleague
) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await borrower.says("PROLONGER 10 jours")
    await borrower.says("RENDU")
    await sam.presses("Accorder")
    assert "plus valable" in sam.toast
    assert town.group.card(f"{borrower.name} ne demande plus à garder Perceuse Bosch").labels == []


@pytest.mark.both_engines
async def test_a_return_told_again_at_night_is_not_asked_about_in_the_morning(
    town: Town, borrower: Borrower, sam: Colleague
) -> None:
    await town.rule(return_default="ask")
    await sam.says(f"/pret PERC-001 {borrower.name} dans 8 jours")
    await town.at(on("lundi", 22))
    await borrower.says("RENDU")
    await town.at(on("jeudi", 22, 1))  # three days without an answer: it is out again, and the question waits
    await borrower.says("RENDU")
    borrower.looks()
    await town.at(on("vendredi", 8, 1))
    assert borrower.heard == []
    assert town.group.card("Retour à confirmer").labels == ["Confirmer", "Problème", "Pas rendu"]
    assert [card.text for card in town.group.messages if "Rendu" in card.labels] == []


@pytest.mark.parametrize(
    "said",
    [
        "arrêtez de me relancer j'ai rendu la perceuse",
        "j'ai tout rendu arretez de m'ecrire svp",
        "je l'ai rendu plus de messages svp",
        "j'ai rendu la perceuse stop",
        "I returned it stop sending me messages",
    ],
)
async def test_a_return_and_a_stop_in_one_breath_are_both_heard(
    town: Town, awa: Borrower, sam: Colleague, said: str
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says(said)
    answer = awa.heard[-1]
    assert "vous avez rendu Perceuse Bosch" in answer or "you returned Perceuse Bosch" in answer
    assert "nous ne vous écrirons plus ici" in answer or "we will not write to you here" in answer
    assert len(town.group.cards_of("Retour à confirmer")) == 2  # the loan's card, and the one to press
    await town.at(on("vendredi", 20))
    assert awa.heard == []


async def test_a_return_that_is_only_announced_is_none(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    for said in ("je vous écris quand c'est rendu", "jla ramene tout a leur"):
        await awa.says(said)
        assert "Rien ne change : Perceuse Bosch est à rendre" in awa.heard[-1], said
    await awa.says("une attestation que j'ai tout rendu svp")
    assert awa.heard[-1].startswith("Avant le quitus, il reste :")
    assert town.group.cards_of("Retour à confirmer") == []


async def test_you_are_mistaken_takes_nothing_back(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("rendu")
    for said in ("vous vous êtes trompé de numéro", "vous vous êtes trompés de tente"):
        await awa.says(said)
        assert "transmis à l'équipe" in awa.heard[-1], said
    assert len(town.group.cards_of("Retour à confirmer")) == 2


async def test_the_other_one_is_meant_of_two(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret TENTE-001 Awa vendredi 18h")
    await awa.says("rendu")
    await awa.says("celle de Bosch")
    assert "vous avez rendu Perceuse Bosch" in awa.heard[-1]
    await awa.says("non, l'autre")
    assert "vous avez rendu Tente 4 places" in awa.heard[-1]
    await awa.says("mes prets")
    assert "1 Perceuse Bosch : à rendre" in awa.heard[-1]
