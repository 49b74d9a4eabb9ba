"""The process dies behind each arrow of the road: nothing is lost, and nothing is said twice that need not be."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.sandbox.faults import drop, hang, receipts, too_many
from jobs.leaving import claim_rows, start_rows
from tests.town import Borrower, Colleague, Town, about, add_person, on

pytestmark = pytest.mark.thorough
LONG_ENOUGH = timedelta(minutes=5)  # for a doubt to be settled by asking


async def claimed(town: Town, channel: str, *, started: bool) -> int:
    """The process has taken what waits on a channel, perhaps noted the start, and dies. How many rows."""
    store = town.service.store
    rows = await store.write(claim_rows, channel, town.service.parts.channels[channel].sender, 50)
    if started:
        for row in rows:
            await store.write_many(start_rows, row.lease)
    await town.kill()
    return len(rows)


# --- inbox → handled ----------------------------------------------------------------------------------------


async def test_killed_with_a_letter_in_the_inbox(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    town.group.looks()
    await awa.writes("RENDU")
    await town.kill()
    await town.settle()
    [answer] = awa.heard
    assert "vous avez rendu Perceuse Bosch" in answer
    assert len(about(town.group.heard, "Retour à confirmer")) == 1


async def test_killed_after_the_letter_was_handled(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    town.group.looks()
    await awa.writes("RENDU")
    await town.turn("answer")
    await town.kill()
    await town.settle()
    assert len(awa.heard) == 1
    assert len(about(town.group.heard, "Retour à confirmer")) == 1


async def test_a_letter_repeated_by_the_provider_after_the_kill(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    first = await town.awa.phone.says("RENDU")
    await town.kill()
    await town.awa.phone.says("RENDU", sid=first.id)
    await town.settle()
    assert len(awa.heard) == 1


# --- planned → outbox ---------------------------------------------------------------------------------------


async def test_killed_before_and_after_the_reminder_was_put_into_the_outbox(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await town.kill()
    town.clock.move_to(on("mercredi", 8))
    await town.turn("remind")
    await town.kill()
    await town.settle()
    [reminder] = awa.heard
    assert "après-demain" in reminder
    await town.at(on("jeudi", 8))
    assert len(awa.heard) == 1


# --- claimed, started ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("started", [False, True])
async def test_killed_with_a_whatsapp_message_claimed_or_started_but_not_sent(
    town: Town, awa: Borrower, sam: Colleague, started: bool
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    town.clock.move_to(on("mercredi", 8))
    await town.turn("remind")
    assert await claimed(town, "whatsapp", started=started) == 1
    await town.settle()
    await town.passes(LONG_ENOUGH)
    assert len(awa.heard) == 1


@pytest.mark.parametrize("started", [False, True])
async def test_killed_with_an_answer_on_telegram_claimed_or_started_but_not_sent(
    town: Town, karim: Borrower, sam: Colleague, started: bool
) -> None:
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    karim.looks()
    await karim.writes("mes prêts")
    await town.turn("answer")
    assert await claimed(town, "telegram", started=started) == 1
    await town.settle()
    await town.passes(LONG_ENOUGH)
    assert len(karim.heard) == 1


async def test_a_courtesy_on_telegram_that_may_have_left_is_not_repeated(
    town: Town, karim: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    karim.looks()
    town.clock.move_to(on("mercredi", 8))
    await town.turn("remind")
    await claimed(town, "telegram", started=True)
    await town.settle()
    await town.passes(LONG_ENOUGH)
    assert karim.heard == []  # in doubt, and shown as such
    await town.at(on("jeudi", 8))
    assert len(karim.heard) == 1


# --- sent, not closed ---------------------------------------------------------------------------------------


async def killed_while_the_answer_is_under_way(town: Town, channel: str, after: str) -> None:
    """The provider has taken it; we die before its answer comes."""
    net = town.network.twilio if channel == "whatsapp" else town.network.telegram
    net.faults.add(hang(accepted=True), when=lambda call: call.name.lower() in ("messages.json", "sendmessage"))
    await town.turn(after, "deliver")
    for _ in range(200):
        if not len(net.faults):
            break
        await asyncio.sleep(0.005)
    assert len(net.faults) == 0
    await asyncio.sleep(0.02)
    await town.kill()


async def test_killed_after_whatsapp_took_a_reminder(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    town.clock.move_to(on("mercredi", 8))
    await killed_while_the_answer_is_under_way(town, "whatsapp", "remind")
    await town.settle()
    await town.passes(LONG_ENOUGH)
    assert len(awa.heard) == 1


async def test_killed_after_telegram_took_an_answer(town: Town, karim: Borrower, sam: Colleague) -> None:
    """It cannot be asked: once more, and no more than once."""
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    karim.looks()
    await karim.writes("mes prêts")
    await killed_while_the_answer_is_under_way(town, "telegram", "answer")
    await town.settle()
    await town.passes(LONG_ENOUGH)
    assert 1 <= len(karim.heard) <= 2


async def test_an_answer_lost_on_the_way_back_is_asked_about_and_not_repeated(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    """No kill: the line breaks after Twilio took the message. Its own callback, or the look-up, settles it."""
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    town.network.twilio.faults.add(drop(accepted=True), when=lambda call: call.method == "POST")
    await awa.says("mes prêts")
    await town.passes(LONG_ENOUGH)
    assert len(awa.heard) == 1


async def test_a_message_lost_on_the_way_there_is_asked_about_and_said(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    town.network.twilio.faults.add(drop(accepted=False), when=lambda call: call.method == "POST")
    await awa.says("mes prêts")
    assert awa.heard == []
    await town.passes(LONG_ENOUGH)
    assert len(awa.heard) == 1


@pytest.mark.parametrize("said", ["RENDU", "PROLONGER samedi 18h"])  # a card of its own; the loan's card, written over
async def test_a_card_that_failed_at_first_does_not_come_after_what_is_true_by_now(
    town: Town, awa: Borrower, sam: Colleague, said: str
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    town.network.telegram.faults.add(drop(), when=lambda call: call.name.lower() in ("sendmessage", "editmessagetext"))
    await awa.writes(said)
    await town.turn("answer", "deliver")
    await town.service.deliver.carried(2)
    await sam.says("/retour PERC-001")
    await town.passes(LONG_ENOUGH)
    cards = town.group.cards_of("PERC-001")
    assert cards
    assert all("De retour" in card.text for card in cards)


# --- what left is known again ---------------------------------------------------------------------------------


def answered_in_vain(town: Town) -> None:
    """Twilio takes the next message; its answer is lost, and no receipt ever comes."""
    town.network.twilio.faults.add(receipts("missing"), when=lambda call: call.method == "POST")
    town.network.twilio.faults.add(drop(accepted=True), when=lambda call: call.method == "POST")


async def test_what_left_before_midnight_is_known_again_after_it(town: Town, awa: Borrower, sam: Colleague) -> None:
    """What was "demain" is "aujourd'hui" when Twilio is asked about it."""
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.at(on("jeudi", 23, 59) + timedelta(seconds=30))
    awa.looks()
    answered_in_vain(town)
    await awa.says("mes prêts")
    await town.passes(LONG_ENOUGH)
    [answer] = awa.heard
    assert "demain" in answer


async def test_the_same_where_the_process_died_meanwhile(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.at(on("jeudi", 23, 59) + timedelta(seconds=30))
    awa.looks()
    town.network.twilio.faults.add(receipts("missing"), when=lambda call: call.method == "POST")
    await awa.writes("mes prêts")
    await killed_while_the_answer_is_under_way(town, "whatsapp", "answer")
    await town.passes(LONG_ENOUGH)
    assert len(awa.heard) == 1


async def test_what_left_as_a_template_is_known_again(town: Town, awa: Borrower, sam: Colleague) -> None:
    town.approve("loan_created", "fr", "HX" + "1" * 32)
    answered_in_vain(town)
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.passes(LONG_ENOUGH)
    assert len(awa.heard) == 1
    assert await town.said("loan_created") == ["sent"]


async def test_a_template_is_known_again_where_twilio_tells_no_words_of_it(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    town.approve("loan_created", "fr", "HX" + "1" * 32)
    answered_in_vain(town)
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    for held in town.network.twilio.held:
        held.body = ""
    await town.passes(LONG_ENOUGH)
    assert len(awa.heard) == 1
    assert await town.said("loan_created") == ["sent"]


async def test_what_left_before_its_words_were_changed_is_known_again(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    answered_in_vain(town)
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.rule(tutoiement=True)
    await town.passes(LONG_ENOUGH)
    [copy] = awa.heard
    assert "vous empruntez" in copy


async def test_what_left_before_a_clock_was_set_back_is_known_again(town: Town, awa: Borrower, sam: Colleague) -> None:
    """By Twilio's clock it was written an hour before."""
    town.clock.move_to(on("lundi", 10))
    answered_in_vain(town)
    await sam.account.says("/pret PERC-001 Awa vendredi 18h", chat=town.group.chat)
    await town.turn("answer")
    town.clock.set_back(timedelta(hours=1))
    await town.settle()
    await town.passes(LONG_ENOUGH)
    assert len(awa.heard) == 1


async def test_an_sms_that_nobody_can_answer_is_known_again(town: Town, sam: Colleague) -> None:
    await town.rule(sms_answers=False)
    await town.service.store.write(lambda tx: add_person(tx, 1, "Bintou", "sms", "+33612345679"))
    bintou = town.phone("+33612345679", "Bintou", on="sms")
    answered_in_vain(town)
    await sam.says("/pret PERC-001 Bintou vendredi 18h")
    await town.passes(LONG_ENOUGH)
    [copy] = bintou.heard
    assert "/r/" in copy


# --- down ---------------------------------------------------------------------------------------------------


async def test_the_provider_is_gone_for_a_while(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret VP-001 Awa aujourd'hui 11h")
    await town.at(on("lundi", 9, 59))
    awa.looks()
    await town.network.twilio.hang_up()
    await town.at(on("lundi", 10, 1))
    assert awa.heard == []
    await town.network.twilio.pick_up()
    await town.passes(timedelta(seconds=20))
    [reminder] = awa.heard  # its use ends at eleven: not too late
    assert "Vidéoprojecteur" in reminder


async def test_an_outage_that_outlasts_a_reminder_s_use(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret VP-001 Awa aujourd'hui 11h")
    awa.looks()
    await town.network.twilio.hang_up()
    town.clock.move_to(on("lundi", 10))
    await town.turn("remind", "deliver")
    await town.service.deliver.carried(2)
    town.clock.move_to(on("lundi", 11, 5))
    await town.network.twilio.pick_up()
    await town.settle()
    assert awa.heard == []
    await town.at(on("lundi", 11, 15))
    assert len(about(awa.heard, "pas encore de retour")) == 1


# --- the machine's clock is set back ------------------------------------------------------------------------


async def test_a_clock_that_is_set_back_keeps_nobody_waiting(
    town: Town, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    for who in (awa, karim, sam):
        await who.says("mes prêts" if who is not sam else "/prets")
        town.clock.set_back(timedelta(hours=1))
        await who.says("mes prêts" if who is not sam else "/prets")
    assert len(awa.heard) == len(karim.heard) == 2
    assert len(about(town.group.heard, "Aucun prêt en cours")) == 2


async def test_what_a_limit_held_back_leaves_after_a_clock_was_set_back(town: Town, sam: Colleague) -> None:
    for _ in range(19):
        await sam.account.says("/prets", chat=town.group.chat)
    await town.settle()
    assert len(town.group.heard) == 18  # in a minute, and no more
    town.clock.set_back(timedelta(hours=1))
    await town.passes(timedelta(seconds=10))
    assert len(town.group.heard) == 1


async def test_a_pause_asked_for_before_a_clock_was_set_back_ends(town: Town, sam: Colleague, awa: Borrower) -> None:
    town.network.twilio.faults.add(too_many(30))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert awa.heard == []
    town.clock.set_back(timedelta(hours=1))
    await town.passes(timedelta(minutes=1))
    assert "Perceuse Bosch" in awa.heard[0]


async def test_a_doubt_from_before_a_clock_was_set_back_is_asked_about(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    town.network.twilio.faults.add(drop(accepted=False), when=lambda call: call.method == "POST")
    await awa.says("mes prêts")
    town.clock.set_back(timedelta(hours=1))
    await town.passes(LONG_ENOUGH)
    assert len(awa.heard) == 1


async def test_a_provider_that_is_back_is_noticed_after_a_clock_was_set_back(town: Town, awa: Borrower) -> None:
    await town.network.twilio.hang_up()
    for _ in range(6):
        await awa.says("mes prêts")
    town.clock.set_back(timedelta(hours=1))
    await town.network.twilio.pick_up()
    await town.passes(timedelta(seconds=20))
    assert len(awa.heard) == 6


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_clock_that_ran_days_ahead_and_was_set_back_skips_no_reminder(
    town: Town, awa: Borrower, karim: Borrower, sam: Colleague, restarted: bool
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await karim.says("PRET VP-001 jeudi 18h")
    await sam.presses("Accepter")
    town.clock.move_to(on("mercredi", 23))  # at night: what was to be said is closed, and nothing takes its place
    await town.turn("remind", "deliver")
    town.clock.move_to(on("samedi", 9))
    await town.settle()
    awa.looks()
    karim.looks()
    town.clock.set_back(timedelta(days=5))  # Monday, nine o'clock
    if restarted:
        await town.restart()
    heard = []
    for day, hour in (("mardi", 12), ("mercredi", 12), ("jeudi", 12), ("vendredi", 12), ("vendredi", 19)):
        await town.at(on(day, hour))
        heard.append((len(awa.heard), len(karim.heard)))
    assert heard == [(0, 1), (1, 1), (1, 1), (1, 2), (1, 0)], "each reminder and each notice on its day"


async def test_a_start_knows_by_the_jobs_that_a_clock_had_run_ahead(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa mercredi 18h")
    awa.looks()
    town.clock.move_to(on("mardi", 23))  # the quiet hours: reminders are closed, and nothing is said
    await town.turn("remind", "deliver")
    await town.service.runner.tick()
    town.clock.set_back(timedelta(hours=38))
    await town.restart()
    await town.at(on("mardi", 12))
    assert len(about(awa.heard, "Perceuse Bosch")) == 1


async def test_a_message_that_a_clock_ahead_had_closed_as_too_late_leaves_once_it_is_set_back(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret VP-001 Awa aujourd'hui 11h")
    awa.looks()
    await town.network.twilio.hang_up()
    await town.at(on("lundi", 10))
    town.clock.move_to(on("lundi", 11, 5))
    await town.turn("deliver")
    assert await town.said("reminder_2h") == ["expired"]
    await town.network.twilio.pick_up()
    town.clock.set_back(timedelta(hours=1))
    await town.passes(timedelta(seconds=20))
    assert len(about(awa.heard, "Vidéoprojecteur")) == 1


# --- stop in order ------------------------------------------------------------------------------------------


async def test_a_restart_between_any_two_steps_of_the_whole_loan(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.restart()
    assert len(awa.heard) == 1
    for day in ("mercredi", "jeudi", "vendredi"):
        await town.at(on(day, 8))
        await town.restart()
        await town.settle()
        assert len(awa.heard) == 1
    await awa.writes("RENDU")
    await town.restart()
    await town.turn("answer")
    await town.restart()
    await town.settle()
    assert "vous avez rendu" in awa.heard[0]
    await town.restart()
    await sam.presses("Confirmer")
    await town.restart()
    assert "Merci" in awa.heard[0]
    await town.passes(timedelta(days=2))
    assert awa.heard == []
