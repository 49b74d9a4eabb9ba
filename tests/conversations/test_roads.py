"""A message that ends on its road goes on: as a template, by another road, or to staff as a task."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.core.people import Consent
from bot.sandbox.faults import cut, fail_later, receipts, refuse
from bot.sandbox.twilio_shapes import receipt
from bot.store import Tx
from tests.town import AWA, Colleague, OnPhone, Town, about, on


def also_by_sms(tx: Tx) -> None:
    known = tx.people.find_address("whatsapp", AWA)
    assert known is not None
    tx.people.add_address(known.contact_id, "sms", AWA, verified_by="attested", consent=Consent.ATTESTED)


@pytest.fixture
async def sms(town: Town) -> OnPhone:
    """Awa's number takes SMS as well."""
    await town.service.store.write(also_by_sms)
    return town.phone(AWA, "Awa", on="sms")


async def test_a_number_that_whatsapp_does_not_know_is_written_to_by_sms(
    town: Town, sam: Colleague, sms: OnPhone
) -> None:
    town.network.twilio.faults.add(fail_later(63024))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    (told,) = sms.heard
    assert "Perceuse Bosch" in told
    await sam.says("/pret VP-001 Awa vendredi 18h")
    assert len(sms.heard) == 1, "WhatsApp is not tried again for an address it said is dead"


async def test_a_refusal_at_once_takes_the_next_road_too(town: Town, sam: Colleague, awa: OnPhone) -> None:
    sms = town.phone(AWA, "Awa", on="sms")
    town.network.twilio.faults.add(refuse(400, code=21211))
    await sam.says(f"/pret PERC-001 {AWA} vendredi 18h")  # typed by staff, the number is attested for both
    assert awa.heard == []
    assert len(sms.heard) == 1


async def test_what_waits_behind_a_refusal_takes_the_next_road_as_well(
    town: Town, sam: Colleague, awa: OnPhone, sms: OnPhone
) -> None:
    await sam.says(f"/pret PERC-001 {AWA} mardi 18h")
    await sam.says(f"/pret VP-001 {AWA} mercredi 18h")
    await town.at(on("mercredi", 7))
    town.network.twilio.faults.add(refuse(400, code=21211))
    await town.at(on("mercredi", 8, 1))
    assert ["Perceuse Bosch" in text for text in sms.heard] == [False, True]
    assert about(town.group.heard, "À faire : joindre") == [], "nobody said STOP, and nobody has to call"


async def test_the_clock_waits_for_rows_whose_calls_were_over_before_their_turn_was(
    town: Town, sam: Colleague, awa: OnPhone, sms: OnPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = town.service.deliver
    sweep = deliver._sweep

    async def slow_sweep() -> None:
        while calls := deliver._tasks():
            await asyncio.wait(calls)
        await sweep()

    monkeypatch.setattr(deliver, "_sweep", slow_sweep)
    await sam.says(f"/pret PERC-001 {AWA} mardi 18h")
    await sam.says(f"/pret VP-001 {AWA} mercredi 18h")
    await town.at(on("mercredi", 7))
    town.network.twilio.faults.add(refuse(400, code=21211))
    await town.at(on("mercredi", 8) + timedelta(seconds=10))
    assert ["Perceuse Bosch" in text for text in sms.heard] == [False, True]


async def test_without_another_road_staff_are_asked_to_call(town: Town, sam: Colleague) -> None:
    await town.at(on("lundi", 23))  # in the quiet hours too, for it answers what Sam does
    town.network.twilio.faults.add(fail_later(63024))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    task = town.group.card("Awa", "06 12 34 56 78")
    assert "Perceuse Bosch" in task.text


async def test_outside_the_window_the_approved_template_leaves(town: Town, sam: Colleague, awa: OnPhone) -> None:
    town.network.twilio.enforce_window = True
    sid = "HX" + "a" * 32
    town.approve("loan_created", "fr", sid)
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    (told,) = awa.heard
    assert told.startswith("Bonjour, votre prêt est enregistré : Perceuse Bosch, à rendre au plus tard le ")


async def test_without_a_template_the_card_says_that_the_message_waits(
    town: Town, sam: Colleague, awa: OnPhone
) -> None:
    await town.rule(try_outside=False)
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert awa.heard == []
    (card,) = town.group.cards_of("Perceuse Bosch")
    assert "ce qui attend partira alors.\nhttps://wa.me/" in card.text
    await awa.says("bonjour")
    assert about(awa.heard, "vous empruntez Perceuse Bosch")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    assert about(awa.heard, "Vidéoprojecteur"), "the window is open now"
    town.approve("reminder_day_2", "fr", "HX" + "a" * 32)
    await town.at(on("mercredi", 9))
    assert len(awa.heard) == 2, "no template for both in one: each by its own"


async def test_staff_are_told_that_the_window_is_closed_and_not_of_notices_that_never_left(
    town: Town, sam: Colleague, awa: OnPhone
) -> None:
    await town.rule(try_outside=False)
    await awa.says("bonjour")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.at(on("samedi", 19))
    tasks = town.group.cards_of("À faire : joindre Awa")
    assert tasks
    assert all("WhatsApp ne laisse passer que des modèles tant que" in task.text for task in tasks)
    assert town.group.card("Perceuse Bosch : 1 jour de retard").text.endswith("aucune relance envoyée")


async def test_a_window_that_closed_unseen_is_answered_by_a_template_once(
    town: Town, sam: Colleague, awa: OnPhone
) -> None:
    await awa.says("bonjour")
    awa.looks()
    town.approve("loan_created", "fr", "HX" + "a" * 32)
    town.network.twilio.faults.add(fail_later(63016))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert [m.startswith("Bonjour, votre prêt est enregistré") for m in awa.heard][-1:] == [True]


async def test_a_template_that_is_refused_like_the_text_is_not_sent_again(
    town: Town, sam: Colleague, awa: OnPhone
) -> None:
    await awa.says("bonjour")
    town.approve("loan_created", "fr", "HX" + "a" * 32)
    town.network.twilio.faults.add(fail_later(63016), times=9)
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.passes(timedelta(hours=1))
    assert await town.said("loan_created") == ["dead", "dead"], "once as it is, once as the template"
    assert len(town.group.cards_of("À faire", "Awa")) == 1


async def test_a_fault_of_the_account_that_only_receipts_tell_of_is_told_to_admins_once_a_day(
    town: Town, sam: Colleague, dominique: Colleague, awa: OnPhone, sms: OnPhone
) -> None:
    """Without funds (30002) the provider takes every message and delivers none: no call ever fails."""
    admin = dominique.private
    await admin.says("/aide")
    admin.looks()
    town.network.twilio.faults.add(fail_later(30002), times=None, when=lambda call: "whatsapp" in call.fields["To"])
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    assert len(sms.heard) == 2, "the next road carries it"
    (told,) = about(admin.heard, "WhatsApp : nos messages sont acceptés mais ne sont pas remis")
    assert "30002" in told
    await town.at(on("mercredi", 9))
    assert len(about(admin.heard, "ne sont pas remis")) == 1, "another day, another message"


async def test_a_fault_of_the_account_is_told_also_where_its_receipt_was_lost(
    town: Town, sam: Colleague, dominique: Colleague, awa: OnPhone, sms: OnPhone
) -> None:
    admin = dominique.private
    await admin.says("/aide")
    admin.looks()
    town.network.twilio.faults.add(receipts("missing"))
    town.network.twilio.faults.add(fail_later(63051))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert about(admin.heard, "ne sont pas remis") == []
    await town.at(town.clock.now() + timedelta(hours=2))
    assert len(about(admin.heard, "WhatsApp", "ne sont pas remis", "63051")) == 1


@pytest.mark.both_engines
async def test_what_an_account_without_funds_did_not_deliver_leaves_once_it_is_put_right(
    town: Town, sam: Colleague, awa: OnPhone
) -> None:
    """WhatsApp is her only road: what was taken and not delivered waits as it would for refused credentials."""
    town.network.twilio.faults.add(fail_later(30002), times=2)
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert awa.heard == []
    await town.at(town.clock.now() + timedelta(hours=2))
    assert awa.heard == [], "an hour later there were no funds yet"
    await town.at(town.clock.now() + timedelta(hours=4))
    (told,) = awa.heard
    assert "Perceuse Bosch" in told
    assert about(town.group.heard, "À faire : joindre") == []


async def test_what_an_account_does_not_deliver_in_time_becomes_a_task(
    town: Town, sam: Colleague, awa: OnPhone
) -> None:
    await sam.says("/pret PERC-001 Awa aujourd'hui 18h")
    town.group.looks()
    town.network.twilio.faults.add(fail_later(63051), times=None)
    await town.at(on("lundi", 18))
    assert len(about(town.group.heard, "À faire : joindre Awa")) == 1, "in an hour the reminder is of little use"


@pytest.mark.both_engines
async def test_words_that_a_provider_refuses_are_told_to_admins_once_a_day(
    town: Town, sam: Colleague, dominique: Colleague, awa: OnPhone, sms: OnPhone
) -> None:
    admin = dominique.private
    await admin.says("/aide")
    admin.looks()
    town.network.twilio.faults.add(fail_later(63041), times=None, when=lambda call: "whatsapp" in call.fields["To"])
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.passes(timedelta(hours=1))
    await sam.says("/pret VP-001 Awa vendredi 18h")
    assert len(sms.heard) == 2, "the next road carries it"
    (told,) = about(admin.heard, "Par WhatsApp, un de nos messages est refusé")
    assert "63041" in told


async def test_a_try_that_failed_after_all_does_not_end_the_one_that_was_taken(
    town: Town, sam: Colleague, awa: OnPhone, sms: OnPhone
) -> None:
    """The answer to the first was lost, and Twilio's list showed it later than a minute after."""
    twilio = town.network.twilio
    twilio.faults.add(receipts("missing"), times=2)
    twilio.faults.add(cut())
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    first = twilio.held.pop()
    await town.passes(timedelta(minutes=3))
    assert await town.said("loan_created") == ["sent"]
    first.status, first.error_code = "undelivered", 30008
    await twilio.call_back(first.callback, receipt(first, town.now))
    await town.settle()
    assert (await town.said("loan_created"), sms.heard) == (["sent"], [])


@pytest.mark.parametrize("code", [63014, 63024])
async def test_a_refusal_that_is_told_late_is_not_believed_of_who_has_written_since(
    town: Town, sam: Colleague, awa: OnPhone, sms: OnPhone, code: int
) -> None:
    twilio = town.network.twilio
    twilio.faults.add(receipts("missing"))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    first = twilio.held[-1]
    await town.passes(timedelta(minutes=2))
    await awa.says("bonjour")
    first.status, first.error_code = "undelivered", code
    await twilio.call_back(first.callback, receipt(first, town.now))
    await town.settle()
    assert about(sms.heard, "Perceuse Bosch"), "this one did not arrive"
    awa.looks()
    await sam.says("/pret VP-001 Awa vendredi 18h")
    assert about(awa.heard, "Vidéoprojecteur"), "the next one does"


async def test_a_telephone_that_is_off_is_tried_again_where_the_next_road_would_take_nothing(
    town: Town, sam: Colleague, awa: OnPhone, sms: OnPhone
) -> None:
    """She prefers SMS, and has never written on WhatsApp, where no template is approved."""
    await town.rule(channels=("sms", "whatsapp"), try_outside=False)
    town.network.twilio.faults.add(fail_later(30003))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert sms.heard == []
    await town.passes(timedelta(minutes=6))
    assert about(sms.heard, "Perceuse Bosch")
    assert await town.said("loan_created") == ["dead", "delivered"]
    assert not town.group.cards_of("À faire")


@pytest.mark.both_engines
async def test_a_daily_limit_that_a_receipt_tells_of_rests_the_sender(town: Town, sam: Colleague, awa: OnPhone) -> None:
    """WhatsApp's daily number of messages (63038) is reached: what follows would be refused like the first."""
    town.network.twilio.faults.add(fail_later(63038))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    assert (awa.heard, len(town.network.twilio.calls)) == ([], 1)
    await town.at(town.clock.now() + timedelta(hours=2))
    assert len(awa.heard) == 2


async def test_a_loop_of_answers_ends_and_admins_are_told_what_it_is(town: Town, sam: Colleague, awa: OnPhone) -> None:
    """They were told to look at the words of the message, and the answer went on by SMS."""
    await town.dominique.private.says("/aide")
    town.dominique.private.looks()
    town.network.twilio.faults.add(fail_later(14107))
    await awa.says("AIDE")
    await town.settle()
    [told] = town.dominique.private.heard
    assert "trop de réponses se suivent avec un même numéro" in told
    assert "ses mots" not in told
    assert await town.said("help") == ["dead"], "by the next road it would go on"
