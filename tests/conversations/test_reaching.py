"""Who could not be reached: a task that says what to do, what leaves once they write, and what staff and admins hear
when too little arrives."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.core.conversation import Say, To
from bot.core.messages import CATALOGUE
from bot.sandbox.faults import fail_later, too_many
from bot.store import Tx
from bot.store.saying import Cause
from handlers.limits import GROUP_ANSWERS, LOOP_GUARD, STRANGERS
from jobs.chase import chase
from tests.town import MONDAY, Borrower, Colleague, OnPhone, OnTelegram, Town, about, on


async def test_a_copy_for_a_chat_never_opened_leaves_once_the_bot_is_started(
    town: Town, sam: Colleague, karim: Borrower
) -> None:
    town.karim.account.opened = False
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    assert await town.said("loan_created") == ["dead"]
    task = town.group.card("À faire", "Karim", "Perceuse Bosch")
    assert "https://t.me/" in task.text
    town.karim.account.opened = True
    await karim.says("/start")
    await town.passes(timedelta(seconds=2))  # a chat hears one message a second
    assert len(about(karim.heard, "Perceuse Bosch", "vendredi 27 novembre")) == 1
    await karim.says("bonjour")
    assert about(karim.heard, "Perceuse Bosch") == [], "it leaves once"


async def test_a_notice_outside_the_window_leaves_once_the_person_writes(
    town: Town, sam: Colleague, awa: OnPhone
) -> None:
    town.network.twilio.enforce_window = True
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    assert awa.heard == []
    assert "https://wa.me/" in town.group.card("À faire", "Awa").text
    await sam.says("/prolonger VP-001 samedi 12h")  # its copy tells a time that has moved
    await awa.says("merci")
    told = awa.heard
    assert len(about(told, "Perceuse Bosch", "vendredi 27 novembre à 18 h")) == 1
    assert not about(told, "Vidéoprojecteur Epson", "vendredi 27 novembre à 18 h, ")
    assert about(told, "Vidéoprojecteur Epson", "samedi 28 novembre")


async def test_the_morning_tells_of_a_channel_that_delivers_too_little(town: Town, sam: Colleague) -> None:
    def a_week(tx: Tx) -> None:
        for number in range(25):
            note = CATALOGUE["loan_created"](**CATALOGUE["loan_created"].example)
            tx.speech.say(
                Say(message=note, to=To.CONTACT, contact_id=1, department_id=1, key=f"n{number}"), Cause("api")
            )

    town.network.twilio.faults.add(fail_later(30007), times=4)
    await town.service.store.write(a_week)
    await town.settle()
    await sam.says("/pret PERC-001 Awa mardi 18h")
    town.group.looks()
    await town.at(MONDAY + timedelta(days=1))
    (digest,) = about(town.group.heard, "voici la journée")
    assert "WhatsApp : 84 % des 26 messages" in digest


async def test_reminders_that_are_due_and_do_not_leave_raise_an_alarm_once(town: Town, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa 16h")
    town.clock.move_to(on("lundi", 14, 45))  # nobody turns the job that reminds
    for _ in range(2):
        await chase(town.service.store, town.now)
    await town.turn("deliver")
    await town.network.quiet()
    assert await town.said("silence") != []
    assert len(await town.said("silence")) == 1
    await town.settle()
    assert len(town.group.cards_of("rappel aurait dû")) == 1


@pytest.mark.both_engines
async def test_a_provider_that_says_not_now_for_hours_raises_the_alarm_too(town: Town, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa 18h")
    town.group.looks()
    town.network.twilio.faults.add(too_many(60), times=None)
    await town.at(on("lundi", 16, 20))
    assert about(town.group.heard, "rappel aurait dû") == [], "not yet: providers say so for minutes"
    await town.at(on("lundi", 17, 30))
    assert len(about(town.group.heard, "rappel aurait dû")) == 1
    town.network.twilio.faults.clear()
    await town.at(on("lundi", 17, 35))
    assert len(about(town.awa.heard, "est à rendre aujourd'hui")) == 1


async def test_nobody_gets_more_than_thirty_messages_of_ours_a_day(town: Town, karim: Borrower) -> None:
    def many(tx: Tx) -> None:
        for number in range(33):
            note = CATALOGUE["loan_created"](**CATALOGUE["loan_created"].example)
            tx.speech.say(
                Say(message=note, to=To.CONTACT, contact_id=2, department_id=1, key=f"n{number}"), Cause("api")
            )

    await town.service.store.write(many)
    await town.passes(timedelta(minutes=2))  # one message a second to a chat
    states = await town.said("loan_created")
    assert (len(karim.heard), states.count("withheld")) == (30, 3)


async def test_two_machines_do_not_talk_for_ever_and_stop_counts_all_the_same(town: Town, karim: OnTelegram) -> None:
    for _ in range(LOOP_GUARD + 5):
        await town.karim.account.says("bonjour")
    await karim.account.says("STOP")
    await town.passes(timedelta(minutes=1))
    heard = karim.heard
    assert len(heard) <= LOOP_GUARD
    assert len(about(heard, "Trop de messages")) == 1
    stopped = sa.text("SELECT count(*) FROM address WHERE channel = 'telegram' AND consent = 'refused'")
    assert (await town.service.store.rows(stopped))[0][0] == 1


async def test_what_is_too_much_for_a_group_is_said_and_strangers_take_nobodys_turn(town: Town, sam: Colleague) -> None:
    town.group.looks()
    said = [(town.passant, "/prets")] * 20 + [(sam, "on se voit à midi ?")] * GROUP_ANSWERS
    said += [(sam, "/pret PERC-001 Karim 12h")] + [(sam, "/retards")] * GROUP_ANSWERS + [(sam, "/retour PERC-001")]
    for who, words in said:
        await who.account.says(words, chat=town.group.chat)
    await town.settle()
    heard = town.group.heard
    assert len(heard) <= GROUP_ANSWERS
    await town.passes(timedelta(minutes=5))
    heard += town.group.heard
    assert len(about(heard, "Seule l'équipe")) == STRANGERS
    assert len(about(heard, "En prêt", "Perceuse")) == 1
    assert len(about(heard, "Aucun prêt en retard")) == GROUP_ANSWERS - 2 - STRANGERS
    assert len(heard) <= GROUP_ANSWERS + 1  # with the card
    assert len(about(heard, "Trop de messages", "de Sam et ceux qui suivent")) == 1


async def test_a_loan_moved_again_and_again_reminds_six_times_a_day_at_most(town: Town, sam: Colleague) -> None:
    await town.rule(max_reminders=2)
    await sam.says("/pret PERC-001 Karim 12h")
    for hour in (13, 14, 15, 16):
        await town.at(on("lundi", hour - 3, 5))
        await sam.says(f"/prolonger PERC-001 {hour}h")
    await town.at(on("lundi", 15, 30))
    assert len(await town.said("reminder_2h")) == 2
    rows = await town.service.store.rows(sa.text("SELECT count(*) FROM planned WHERE why LIKE 'too many reminders%'"))
    assert rows[0][0] >= 1


async def test_switching_a_channel_on_over_late_loans_floods_nobody(town: Town, sam: Colleague, awa: OnPhone) -> None:
    await town.rule(channels=("telegram",))
    for code in ("PERC-001", "VP-001", "TENTE-001"):
        await sam.says(f"/pret {code} Awa mardi 10h")
    await town.at(on("jeudi", 12))
    await town.rule(channels=("whatsapp", "telegram"))
    await town.at(on("jeudi", 20))
    assert awa.heard == [], "nothing leaves at once"
    await town.at(on("vendredi", 12))
    (told,) = awa.heard
    assert all(name in told for name in ("Perceuse Bosch", "Vidéoprojecteur Epson", "Tente 4 places"))
