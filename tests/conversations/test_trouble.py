"""What goes wrong between people and the desk, and what they see of it: nothing lost, nothing said twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.sandbox import faults
from bot.sandbox.faults import Call
from handlers.extend import grant
from tests.town import PARIS, Borrower, Colleague, OnPhone, Town, about, on

pytestmark = pytest.mark.both_engines


def says(*words: str) -> Callable[[Call], bool]:
    """A call that carries these words to somebody."""
    return lambda call: any(word in text for word in words for text in call.fields.values())


# --- the provider repeats itself ---------------------------------------------------------------------


async def test_a_provider_that_repeats_an_update_is_answered_once(town: Town, awa: OnPhone, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    said = await awa.writes("RENDU")
    for _ in range(3):
        await awa.phone.says("RENDU", sid=said.id)
    await town.settle()
    await awa.phone.says("RENDU", sid=said.id)
    await town.settle()
    assert len(awa.heard) == 1
    assert len(town.group.cards_of("Retour à confirmer")) == 2  # the loan's own card and the one that rings


async def test_an_update_telegram_got_no_answer_for_comes_again_and_is_handled_once(town: Town, sam: Colleague) -> None:
    """The letter was kept, the 200 was lost on the way: Telegram sends the same update again."""
    updates = town.network.telegram.updates
    command = await sam.account.says("/materiel ajouter SCIE-1 Scie", chat=town.group.chat)
    again = updates.put("message", f"chat:{town.group.chat.id}", town.group.chat.as_json(command))
    assert again is not None
    again.update_id -= 1  # the number of the first one
    await town.settle()
    assert town.group.heard == ["✅ Matériel ajouté : Scie (SCIE-1)"]


# --- the provider is away as the evening ends --------------------------------------------------------


async def test_a_notice_that_could_not_leave_in_the_evening_is_not_said_beside_the_morning_s(
    town: Town, borrower: Borrower, sam: Colleague
) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} aujourd'hui 20h40")
    await town.at(on("lundi", 20, 50))
    provider = town.network.twilio if isinstance(borrower, OnPhone) else town.network.telegram
    await provider.hang_up()
    await town.at(on("lundi", 21, 10))
    await provider.pick_up()
    borrower.looks()
    await town.at(on("mardi", 8, 5))
    [morning] = borrower.heard
    assert "Perceuse Bosch" in morning
    assert "de retard" in morning


# --- an answer crosses a reminder --------------------------------------------------------------------


async def test_an_answer_while_the_reminder_waits_holds_it_back(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    borrower.looks()
    await town.service.store.move_clock(on("mercredi", 8))
    await town.turn("remind")  # it is in the outbox
    await borrower.writes("RENDU")
    await town.turn("answer")  # RENDU is acknowledged before the reminder leaves
    await town.settle()
    [thanks] = borrower.heard
    assert "vous avez rendu" in thanks


async def test_an_answer_while_the_reminder_is_in_flight_is_heard(town: Town, awa: OnPhone, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    town.network.twilio.faults.add(faults.slow(0.1), when=says("après-demain"))
    await town.service.store.move_clock(on("mercredi", 8))
    await town.turn("remind", "deliver")  # the call is under way
    await awa.writes("RENDU")
    await town.settle()
    assert [("après-demain" in text, "vous avez rendu" in text) for text in sorted(awa.heard)] == [
        (True, False),
        (False, True),
    ]
    await town.at(on("vendredi", 20))
    assert about(awa.heard, "à rendre") == []


# --- two days at once --------------------------------------------------------------------------------


async def test_the_clock_moved_two_days_at_once_shows_each_message_in_its_order(
    town: Town, awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa mercredi 18h")
    await sam.says("/pret VP-001 Karim aujourd'hui 19h")
    awa.looks()
    karim.looks()
    await town.at(on("mercredi", 19))
    assert [message.at.astimezone(town.now.tzinfo) for message in awa.messages[1:]] == [
        on("mardi", 8), on("mercredi", 8), on("mercredi", 18, 15),
    ]  # fmt: skip
    tomorrow, today, late = awa.heard
    assert "demain" in tomorrow
    assert "aujourd'hui" in today
    assert "n'est pas encore de retour" in late
    assert [message.at.astimezone(town.now.tzinfo) for message in karim.messages[1:]] == [
        on("lundi", 17), on("lundi", 19, 15), on("mardi", 8), on("mercredi", 8),
    ]  # fmt: skip


async def test_after_a_long_sleep_only_the_newest_is_said(town: Town, borrower: Borrower, sam: Colleague) -> None:
    """The machine was off from Monday to Friday noon: one message, not three."""
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    borrower.looks()
    await town.service.stop()
    town.clock.move_to(on("vendredi", 12))
    await town.start()
    await town.settle()
    [only] = borrower.heard
    assert "aujourd'hui, vendredi 27 novembre à 18 h" in only


async def test_a_reminder_that_quiet_hours_put_off_never_comes_after_the_due_time(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    """The machine was off in the evening, back in the night, and off again until Awa was late."""
    await sam.says("/pret PERC-001 Awa mercredi 8h30")
    await town.at(on("mardi", 19))
    awa.looks()
    for instant in (on("mardi", 23), on("mercredi", 8, 40)):
        await town.service.stop()
        town.clock.move_to(instant)
        await town.start()
        await town.settle()
    assert awa.heard == []
    await town.at(on("mercredi", 8, 45))
    assert len(about(awa.heard, "n'est pas encore de retour")) == 1


# --- a provider in trouble ---------------------------------------------------------------------------


async def test_a_429_is_waited_out_and_others_go_on(town: Town, awa: Borrower, karim: Borrower, sam: Colleague) -> None:
    town.network.telegram.faults.add(faults.too_many(30), when=says("vous empruntez"))
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    assert karim.heard == []
    await sam.says("/pret VP-001 Awa vendredi 18h")
    assert len(awa.heard) == 1
    assert len(town.group.heard) == 2
    await town.passes(timedelta(seconds=29))
    assert karim.heard == []
    await town.passes(timedelta(seconds=1))
    assert len(karim.heard) == 1
    tries = [call for call in town.network.telegram.calls if says("vous empruntez")(call)]
    assert len(tries) == 2


@pytest.mark.parametrize("fault", [faults.drop(accepted=True), faults.cut(), faults.garbage(status=201)], ids=str)
async def test_an_answer_of_whatsapp_lost_after_acceptance_is_looked_up_not_repeated(
    town: Town, awa: OnPhone, sam: Colleague, fault: faults.Fault
) -> None:
    town.network.twilio.faults.add(fault, when=says("vous empruntez"))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.passes(timedelta(minutes=10))
    assert len(awa.heard) == 1
    assert await town.said("loan_created") == ["read"]


async def test_a_request_lost_before_acceptance_is_looked_up_and_sent_again(
    town: Town, awa: OnPhone, sam: Colleague
) -> None:
    town.network.twilio.faults.add(faults.drop(), when=says("vous empruntez"))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert awa.heard == []
    await town.passes(timedelta(minutes=10))
    assert len(awa.heard) == 1


async def test_an_answer_of_telegram_lost_after_acceptance(town: Town, karim: Borrower, sam: Colleague) -> None:
    """Telegram cannot be asked: a courtesy stays in doubt, a notice of lateness is said once more."""
    town.network.telegram.faults.add(faults.drop(accepted=True), when=says("vous empruntez"))
    await sam.says("/pret PERC-001 Karim aujourd'hui 19h")
    await town.passes(timedelta(minutes=10))
    assert len(karim.heard) == 1
    assert await town.said("loan_created") == ["unsure"]
    await town.at(on("lundi", 18))
    karim.looks()
    town.network.telegram.faults.add(faults.drop(accepted=True), when=says("pas encore de retour"))
    await town.at(on("lundi", 20))
    assert len(about(karim.heard, "pas encore de retour")) == 2


async def test_a_provider_that_is_down_keeps_nobody_from_being_told_later(
    town: Town, awa: OnPhone, sam: Colleague
) -> None:
    await town.network.twilio.hang_up()
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.passes(timedelta(minutes=5))
    assert awa.heard == []
    await town.network.twilio.pick_up()
    await town.passes(timedelta(minutes=5))
    assert len(awa.heard) == 1


async def test_somebody_who_blocked_the_bot_becomes_a_task(town: Town, karim: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    await town.karim.account.blocks()
    await town.settle()
    town.group.looks()
    await town.at(on("samedi", 9))
    assert len(about(town.group.heard, "À faire : joindre Karim", "Perceuse Bosch")) == 1


async def test_a_refusal_of_one_road_takes_the_next(town: Town, sam: Colleague) -> None:
    """Her number has no WhatsApp (63024): the same words go by SMS."""
    on_sms = town.phone("+33612345680", "Léa", on="sms")
    await sam.says("/pret PERC-001 Léa +33612345680 vendredi 18h")
    [created] = on_sms.heard
    assert "C'est noté : Perceuse Bosch" in created


async def test_a_late_loan_that_was_prolonged_meanwhile_is_not_brought_before_the_team(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    """The group was out of reach when it was to be told, and the borrower has more time since."""
    await sam.says("/pret PERC-001 Awa aujourd'hui 18h")
    await town.at(on("mardi", 17))
    await town.network.telegram.hang_up()
    await town.at(on("mardi", 18) + timedelta(minutes=20))
    assert await town.said("escalation") == ["pending"]
    [row] = await town.service.store.rows(sa.text("SELECT id FROM loan"))
    longer = datetime(2026, 11, 27, 18, tzinfo=PARIS)
    await town.service.store.write(lambda tx: grant(tx, tx.loans.get(row.id), longer, "boutique"))
    await town.network.telegram.pick_up()
    await town.passes(timedelta(minutes=10))
    assert await town.said("escalation") == ["superseded"]
    assert not [card for card in town.group.cards if "en retard depuis" in card]
