"""STOP, START and PAUSE: who may be written to."""

from __future__ import annotations

import re

import pytest

from bot.core.conversation import Say, To
from bot.core.messages_notices import DeliveryDelayed
from bot.store import Tx
from bot.store.saying import Cause
from tests.town import Borrower, Colleague, OnPhone, OnTelegram, Town, about, on


@pytest.fixture(autouse=True)
async def lent(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    borrower.looks()
    town.group.looks()


async def test_stop_in_the_middle_of_a_loan(town: Town, borrower: Borrower) -> None:
    await town.at(on("mercredi", 8))
    borrower.looks()
    await borrower.says("STOP")
    [confirmed] = borrower.heard
    assert "nous ne vous écrirons plus ici" in confirmed
    assert "1 prêt en cours" in confirmed
    await town.at(on("samedi", 12))
    assert borrower.heard == []
    [task] = about(town.group.heard, "À faire : joindre")  # an overdue notice becomes a task, not silence
    assert borrower.name in task
    assert "Perceuse Bosch" in task
    assert "STOP" in task


async def test_words_said_after_stop_are_answered(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await borrower.says("stop merci")
    await borrower.says("PROLONGER 1 jour")
    assert "maintenant à rendre le samedi 28 novembre" in borrower.heard[-1]
    await borrower.says("RENDU")
    assert "vous avez rendu Perceuse Bosch" in borrower.heard[-1]
    await town.at(on("lundi", 9, 11))
    await sam.presses("Confirmer")
    assert borrower.heard == []  # eleven minutes later it would be a letter of ours


async def test_a_return_told_with_stop_is_heard_too(town: Town, borrower: Borrower) -> None:
    await borrower.says("STOP arrêtez, je l'ai déjà rendue")
    [said] = borrower.heard
    assert "vous avez rendu Perceuse Bosch" in said
    assert "nous ne vous écrirons plus ici" in said
    assert "PERC-001" in town.group.card("Retour à confirmer").text


async def test_what_was_wanted_before_a_stop_is_done_first(borrower: Borrower) -> None:
    await borrower.says("prolonger jusqu'à samedi svp\nStop")
    [said] = borrower.heard
    assert said.index("28 novembre") < said.index("nous ne vous écrirons plus ici")


async def test_stop_wins_over_an_open_question(borrower: Borrower) -> None:
    await borrower.says("PROLONGER")
    await borrower.says("STOP")
    assert "nous ne vous écrirons plus ici" in borrower.heard[-1]


async def test_start_brings_the_reminders_back(town: Town, borrower: Borrower) -> None:
    await borrower.says("STOP")
    await town.at(on("mercredi", 12))
    await borrower.says("START")
    assert "C'est reparti" in borrower.heard[-1]
    await town.at(on("vendredi", 9))
    assert len(borrower.heard) == 2  # Thursday's and Friday's


async def test_stop_of_one_loan_leaves_the_others(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret VP-001 {borrower.name} vendredi 18h")
    await borrower.says("arrêtez les rappels pour la perceuse")
    assert "plus de rappel pour Perceuse Bosch" in borrower.heard[-1]
    await borrower.says("STOP 1")
    assert "plus de rappel pour Perceuse Bosch" in borrower.heard[-1]
    await town.at(on("vendredi", 9))
    reminders = borrower.heard
    assert len(reminders) == 3
    assert all("Vidéoprojecteur" in text and "Perceuse" not in text for text in reminders)


def tell_of_a_delay(tx: Tx, name: str) -> None:
    """As a shop does by the REST API."""
    desk = tx.departments.first()
    assert desk is not None
    [person] = [c for c in tx.people.recent(desk.id) if c.name == name]
    say = Say(message=DeliveryDelayed(on("samedi", 12)), to=To.CONTACT, contact_id=person.id, department_id=desk.id)
    tx.speech.say(say, Cause("api"), default_key="delay")


async def test_a_pause_rests_the_reminders(town: Town, borrower: Borrower) -> None:
    await borrower.says("tralala lalère")
    await borrower.says("PAUSE")
    await borrower.says("ANNULER")  # the pause, not the words offered before it
    assert "les rappels reprennent" in borrower.heard[-1]
    await borrower.says("PAUSE jusqu'à jeudi 12h")
    assert "aucun rappel jusqu'au jeudi 26 novembre à 12 h" in borrower.heard[-1]
    await town.at(on("jeudi", 11, 59))
    assert borrower.heard == []
    await town.at(on("vendredi", 9))
    assert about(borrower.heard, "aujourd'hui, vendredi 27 novembre") != []
    await borrower.says("PAUSE 3 j")
    await town.service.store.write(tell_of_a_delay, borrower.name)
    await town.at(on("vendredi", 18, 20))
    assert len(borrower.heard) == 1, "that the pause is noted"
    await borrower.says("START")  # what the pause had put off leaves now
    await town.at(on("vendredi", 18, 21))
    heard = borrower.heard
    assert len(about(heard, "n'est pas encore de retour")) == 1
    assert len(about(heard, "livraison a pris du retard")) == 1
    town.group.looks()
    await town.at(on("samedi", 8, 1))
    assert about(town.group.heard, "ils sont refaits") == []


async def test_who_wants_their_number_deleted_hears_no_more_and_the_team_reads_it(
    town: Town, borrower: Borrower
) -> None:
    await borrower.says("je veux que vous supprimiez mon numéro")
    [answer] = borrower.heard
    assert "nous ne vous écrirons plus ici" in answer
    assert "Votre demande d'effacement est transmise à l'équipe" in answer
    [card] = about(town.group.heard, "supprimiez mon numéro")
    assert borrower.name in card
    await town.at(on("vendredi", 20))
    assert borrower.heard == []


async def test_stop_that_means_something_else(town: Town, borrower: Borrower) -> None:
    await borrower.says("arrêtez la perceuse")
    assert all("nous ne vous écrirons plus" not in text for text in borrower.heard)
    await town.at(on("mercredi", 8))
    assert about(borrower.heard, "après-demain") != []


async def test_staff_are_told_that_a_loan_may_not_be_spoken_of(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await borrower.says("STOP 1")
    await town.at(on("samedi", 9))
    borrower.looks()
    await sam.says("/relancer PERC-001")
    assert town.group.cards[-1] == f"{borrower.name} a répondu STOP pour ce prêt : il faut appeler."
    assert borrower.heard == []


async def test_what_the_carrier_has_answered_is_obeyed_and_not_answered_again(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    assert isinstance(awa, OnPhone)
    await sam.says("/pret TENTE-001 Awa vendredi 18h")
    awa.looks()
    await awa.phone.says("STOP", opt_out="STOP")
    await town.at(on("jeudi", 9))
    assert awa.heard == []
    await awa.phone.says("START", opt_out="START")
    await town.settle()
    assert awa.heard == []
    await town.at(on("vendredi", 9))
    assert "Tente 4 places" in awa.heard[0]


async def test_help_that_the_carrier_has_answered_says_what_one_can_ask_all_the_same(town: Town, awa: Borrower) -> None:
    """The carrier's words name the sender; "réponds AIDE pour la suite" is ours to keep."""
    assert isinstance(awa, OnPhone)
    await awa.phone.says("AIDE", opt_out="HELP")
    await town.settle()
    assert [("RENDU" in text, "STOP" in text) for text in awa.heard] == [(True, True)]


async def test_words_that_were_changed_change_nothing(town: Town, sam: Colleague) -> None:
    await sam.says("/pret TENTE-001 Karim vendredi 18h")
    karim = town.karim
    assert isinstance(karim, OnTelegram)
    first = await karim.account.says("merci")
    await town.settle()
    karim.looks()
    await karim.account.edits(first, "RENDU")
    await town.settle()
    assert "Vous avez modifié un message" in karim.heard[0]
    await town.at(on("jeudi", 9))
    assert re.search("Tente 4 places.* à rendre demain", karim.heard[-1])
    await karim.account.edits(first, "STOP")  # who does not want to be written to need not know the rules
    await town.settle()
    assert "nous ne vous écrirons plus ici" in karim.heard[0]
    await town.at(on("vendredi", 9))
    assert karim.heard == []


async def test_a_pause_taken_back_leaves_the_one_of_before(town: Town, borrower: Borrower) -> None:
    await borrower.says("PAUSE 10 j")
    await borrower.says("PAUSE 1 j")
    await borrower.says("ANNULER")
    assert "aucun rappel jusqu'au jeudi 3 décembre" in borrower.heard[-1]
    await borrower.says("START")
    await borrower.says("ANNULER")  # of the pause nothing is left to take back
    assert "rien à annuler" in borrower.heard[-1]


async def test_what_a_long_pause_put_off_leaves_at_the_end_of_a_shorter_one(town: Town, borrower: Borrower) -> None:
    await borrower.says("PAUSE 10 j")
    await town.service.store.write(tell_of_a_delay, borrower.name)
    await town.settle()
    await borrower.says("PAUSE 1 j")
    borrower.looks()
    await town.at(on("mardi", 18, 1))
    assert about(borrower.heard, "livraison a pris du retard") != []


async def test_start_lets_a_loan_speak_again_that_was_stopped_before_it_was_granted(
    town: Town, borrower: Borrower, sam: Colleague
) -> None:
    await borrower.says("PRET TENTE-001 vendredi 18h")
    await borrower.says("STOP 2")
    await borrower.says("START")
    await sam.presses("Accepter")
    borrower.looks()
    await town.at(on("jeudi", 8, 1))
    assert about(borrower.heard, "Tente 4 places") != []


async def test_a_pause_puts_off_what_is_of_use_behind_it_and_drops_the_rest(town: Town, borrower: Borrower) -> None:
    await borrower.says("PAUSE jusqu'à mercredi 12h")
    borrower.looks()
    await town.at(on("mercredi", 11))
    assert borrower.heard == []
    await town.at(on("mercredi", 13))
    [reminder] = borrower.heard
    assert "Perceuse Bosch est à rendre après-demain" in reminder
    await borrower.says("PAUSE jusqu'à samedi 12h")
    borrower.looks()
    await town.at(on("samedi", 11))
    assert borrower.heard == []
    await town.at(on("samedi", 13))
    [notice] = borrower.heard
    assert "pas encore de retour" in notice
