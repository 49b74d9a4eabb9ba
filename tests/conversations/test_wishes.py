"""What is said as a question, or passed on from somebody else, changes nothing before OUI."""

from __future__ import annotations

import pytest

from bot.core.people import Consent
from bot.store import Tx
from tests.town import Borrower, Colleague, OnTelegram, Town, about, on


async def test_a_question_about_borrowing_asks_back(town: Town, awa: Borrower) -> None:
    await awa.says("je peux avoir la perceuse vendredi ?")
    [asked] = awa.heard
    assert asked.startswith("Voulez-vous emprunter Perceuse Bosch jusqu'au vendredi 27 novembre à 18 h ?")
    assert town.group.cards == []
    await awa.says("oui")
    assert "vendredi 27 novembre" in awa.heard[0]
    assert "Demande de prêt : Perceuse Bosch" in town.group.cards[-1]


async def test_a_question_about_more_time_counts_from_the_due_time(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await awa.says("je peux prolonger d'un jour ?")
    [asked] = awa.heard
    assert asked.startswith("Voulez-vous garder Perceuse Bosch jusqu'au samedi 28 novembre")
    await awa.says("non")
    assert awa.heard[-1] == "D'accord, rien ne change."
    await awa.says("MES PRETS")
    assert "vendredi 27 novembre" in awa.heard[-1]
    await awa.says("samedi au lieu de vendredi")
    assert "jusqu'au samedi 28 novembre à 18 h ?" in awa.heard[-1]
    await awa.says("je peux la garder jusqu'à jeudi ?")
    assert "jusqu'au jeudi 3 décembre à 18 h ?" in awa.heard[-1]
    await awa.says("je peux la garder jusqu'à demain ?")
    assert "ne vous donne pas plus de temps" in awa.heard[-1]
    await sam.says("/prolonger PERC-001 mercredi 12h")
    assert "mercredi 2 décembre à 12 h" in awa.heard[-1]


@pytest.mark.parametrize(
    "words",
    [
        "une tente et un projecteur pour samedi c'est possible ?",
        "la tente, le projecteur samedi svp",
        "bonjour, la tente & le projecteur pour samedi, ce serait possible ? merci",
        "the tente and the projecteur for Saturday, would that be possible?",
    ],
)
async def test_things_named_alone_with_a_day_are_asked_for_together(town: Town, awa: Borrower, words: str) -> None:
    await awa.says(words)
    [asked] = awa.heard
    assert "Tente 4 places" in asked
    assert "Vidéoprojecteur Epson" in asked
    assert len(town.group.cards_of("Demande de prêt", "samedi 28 novembre à 18 h")) == 2
    await awa.says("annuler" if "C'est noté" in asked else "undo")
    assert town.group.cards_of("Demande de prêt") == []


async def test_a_thing_that_is_asked_about_with_its_day_is_offered(town: Town, awa: Borrower) -> None:
    await awa.says("une tente pour samedi, c'est possible ?")
    assert awa.heard[-1].startswith("Voulez-vous emprunter Tente 4 places jusqu'au samedi 28 novembre à 18 h ?")
    await awa.says("non")
    await awa.says("la tente et la scie samedi ?")
    assert "la tente et la scie samedi ?" in town.group.card("Awa écrit").text


async def test_a_little_more_time_is_no_thing_of_that_name(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    for words in (
        "je peux la garder un peu plus longtemps ?", "je voudrais la garder un peu plus", "a tad longer pls",
        "je peux la garder un peu plus ? Bon week-end", "Good morning, could I please keep it a bit longer?",
        "could I keep it longer? Have a nice weekend",
    ):  # fmt: skip
        await awa.says(words)
        assert awa.heard[-1].startswith("Jusqu'à quand souhaitez-vous garder Perceuse Bosch ?"), words
        await awa.says("ANNULER")


async def test_what_the_question_named_by_our_name_is_what_oui_is_about(awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("je peux garder la visseuse jusqu'à samedi ?")
    assert awa.heard[-1].startswith("Voulez-vous garder Perceuse Bosch jusqu'au samedi 28 novembre à 18 h ?")
    await awa.says("oui")
    assert "Perceuse Bosch est maintenant à rendre le samedi 28 novembre à 18 h" in awa.heard[-1]


async def test_start_passed_on_from_somebody_is_no_consent(town: Town) -> None:
    karim = town.karim
    assert isinstance(karim, OnTelegram)
    await karim.says("STOP")
    await karim.account.says("START", forwarded=True)
    await town.settle()
    assert "recevoir de nouveau nos messages" in karim.heard[-1]

    def consents(tx: Tx) -> list[Consent]:
        return [a.consent for a in tx.people.addresses(tx.people.named(1, "Karim")[0].id)]

    assert await town.service.store.write(consents) == [Consent.REFUSED]
    await karim.chooses("Oui")
    assert await town.service.store.write(consents) == [Consent.GIVEN]


async def test_another_time_in_answer_to_a_wish_asked_back_is_the_one_meant(awa: Borrower, sam: Colleague) -> None:
    await awa.says("je peux avoir la perceuse jeudi ?")
    await awa.says("oui demain")  # when she comes for it?
    assert awa.last.text.endswith("Répondez OUI ou NON.")
    await awa.says("oui mais jusqu'à vendredi 17h")
    assert "vous demandez Perceuse Bosch jusqu'au vendredi 27 novembre à 17 h" in awa.heard[-1]
    await sam.presses("Accepter")
    await awa.says("c'est possible de la garder jusqu'à lundi ?")
    await awa.says("non, dimanche midi")
    assert "Perceuse Bosch est maintenant à rendre le dimanche 29 novembre à 12 h" in awa.heard[-1]
    await awa.says("je peux la garder jusqu'à lundi ?")
    awa.looks()
    await awa.says("pas lundi")
    assert "maintenant à rendre" not in awa.heard[-1]
    await awa.says("non, pas lundi")
    assert "maintenant à rendre" not in awa.heard[-1]


async def test_an_hour_alone_is_one_of_the_day_that_was_asked_about(awa: Borrower, sam: Colleague) -> None:
    await awa.says("je peux avoir la perceuse jeudi ?")
    await awa.says("ok 16h")
    assert "vous demandez Perceuse Bosch jusqu'au jeudi 26 novembre à 16 h" in awa.heard[-1]
    await sam.presses("Accepter")
    await awa.says("je peux la garder jusqu'à lundi ?")
    await awa.says("non, midi")
    assert "Perceuse Bosch est maintenant à rendre le lundi 30 novembre à 12 h" in awa.heard[-1]
    await awa.says("pardon à 10h30")
    assert "Perceuse Bosch est maintenant à rendre le lundi 30 novembre à 10 h 30" in awa.heard[-1]
    await awa.says("PRET tente vendredi")
    await awa.says("non, 15h")
    assert "vous demandez Tente 4 places jusqu'au vendredi 27 novembre à 15 h" in awa.heard[-1]


@pytest.mark.both_engines
async def test_a_time_named_once_the_loan_is_over_gives_no_more_time(
    town: Town, borrower: Borrower, sam: Colleague
) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await borrower.says("PROLONGER samedi")
    await borrower.says("je peux la garder jusqu'à lundi ?")
    await sam.says("/retour PERC-001")
    for words in ("non, mardi", "non mercredi"):  # to the question, and to what was prolonged before
        await borrower.says(words)
        assert "maintenant à rendre" not in borrower.heard[-1], words
    await town.at(on("mercredi", 9, week=1))
    assert about(borrower.heard, "retard") == []


async def test_a_question_still_stands_after_words_that_nobody_understood(awa: Borrower) -> None:
    await awa.says("je peux avoir la perceuse jeudi ?")
    await awa.says("gloubi boulga")
    assert awa.heard[-1].startswith("Pardon, nous n'avons pas compris.")
    assert awa.last.text.endswith("Répondez OUI ou NON.")
    await awa.says("oui")
    assert "vous demandez Perceuse Bosch jusqu'au jeudi 26 novembre" in awa.heard[-1]
