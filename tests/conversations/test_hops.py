"""A message that does not arrive in time goes by the next road; what a desk may spend, and who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.delivery import State
from bot.sandbox.faults import receipts, refuse
from jobs import leaving
from tests.conversations.test_roads import also_by_sms
from tests.town import AWA, Borrower, Colleague, OnPhone, Town, about, on


@pytest.fixture
async def sms(town: Town) -> OnPhone:
    """Awa's number takes SMS as well."""
    await town.service.store.write(also_by_sms)
    return town.phone(AWA, "Awa", on="sms")


async def figures(town: Town) -> dict[str, int]:
    return await town.service.store.write(lambda tx: tx.reports.figures(1, town.now - timedelta(days=2)))


async def test_a_reminder_that_has_not_arrived_after_twenty_minutes_goes_by_sms(
    town: Town, sam: Colleague, awa: OnPhone, sms: OnPhone
) -> None:
    await sam.says("/pret PERC-001 Awa 16h")
    sms.looks()
    awa.phone.switched_on = False
    await town.at(on("lundi", 14, 19))
    assert (await town.said("reminder_2h"), sms.heard) == (["sent"], [])
    await town.at(on("lundi", 14, 21))
    (told,) = sms.heard
    assert "Perceuse Bosch" in told
    assert await town.said("reminder_2h") == ["sent", "delivered"]
    before = await figures(town)
    await awa.phone.switch_on()  # the first arrives after all: that changes its state and nothing else
    await town.settle()
    await town.at(on("lundi", 15, 30))
    assert await town.said("reminder_2h") == ["read", "delivered"]
    assert (sms.heard, await figures(town)) == ([], before)


async def test_a_receipt_that_was_lost_makes_no_second_message(
    town: Town, sam: Colleague, awa: OnPhone, sms: OnPhone
) -> None:
    await sam.says("/pret PERC-001 Awa 16h")
    awa.looks()
    town.network.twilio.faults.add(receipts("missing"))
    await town.at(on("lundi", 14))
    assert await town.said("reminder_2h") == ["sent"]
    await town.at(on("lundi", 15))
    assert await town.said("reminder_2h") == ["read"], "Twilio was asked before the next road was taken"
    assert (len(awa.heard), sms.heard) == (1, [])


async def test_a_notice_to_somebody_who_blocked_us_becomes_a_task_once(
    town: Town, sam: Colleague, awa: OnPhone
) -> None:
    await sam.says("/pret PERC-001 Awa mardi 10h")
    awa.phone.blocked = True  # WhatsApp says nothing: the messages stay `sent` for ever
    await town.at(on("jeudi", 12))
    (task,) = town.group.cards_of("À faire", "Awa", "rien ne dit")
    assert "06 12 34 56 78" in task.text
    assert set(await town.said("overdue")) == {State.SENT}


async def test_a_month_that_is_used_up_stops_what_we_begin_but_no_answer(
    town: Town, sam: Colleague, awa: OnPhone, karim: Borrower
) -> None:
    await sam.says("/pret PERC-001 Awa mardi 17h")
    await sam.says("/pret VP-001 Karim mardi 17h")
    await town.rule(monthly_most=1)
    awa.looks()
    karim.looks()
    await town.at(on("mardi", 18))
    assert awa.heard == []
    assert about(karim.heard, "Vidéoprojecteur"), "Telegram costs nothing"
    assert len(town.group.cards_of("plafond du mois est atteint (1")) == 1
    assert town.group.cards_of("À faire", "Awa", "le plafond du mois")
    await awa.says("mes prêts")
    assert about(awa.heard, "Perceuse Bosch")


async def test_attempts_that_nobody_took_do_not_use_the_month_up(town: Town, sam: Colleague, awa: OnPhone) -> None:
    await town.rule(monthly_most=4)
    town.network.twilio.faults.add(refuse(401, 20003), times=None)
    await sam.says("/pret PERC-001 Awa mardi 17h")
    for minute in range(1, 7):  # an attempt a minute, to see whether the password is right again
        await town.at(on("lundi", 10, minute))
    town.network.twilio.faults.clear()
    await town.at(on("lundi", 10, 8))
    assert about(awa.heard, "Perceuse Bosch")
    awa.looks()
    await town.at(on("mardi", 9))
    assert about(awa.heard, "Perceuse Bosch"), "reminded on the day"
    assert not town.group.cards_of("plafond du mois")
    spent = await town.service.store.write(lambda tx: tx.spending.this_month(1))
    assert spent == len(await town.said("loan_created")) + len(await town.said("reminder_due_day"))


async def test_numbers_without_end_do_not_cost_without_end(
    town: Town, sam: Colleague, awa: OnPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sam.says("/pret PERC-001 Awa mardi 17h")
    awa.looks()
    await town.rule(monthly_most=3)
    monkeypatch.setattr(leaving, "TO_STRANGERS", 2)
    strangers = [town.phone(f"+336123456{number}", "", on="sms") for number in range(10, 16)]
    for stranger in strangers:
        await stranger.says("bonjour")
    assert sum(len(stranger.heard) for stranger in strangers) == 4  # beside the copy of Awa's loan
    assert len(town.group.cards_of("plafond du mois est atteint (3")) == 1
    await awa.says("mes prêts")
    assert about(awa.heard, "Perceuse Bosch"), "who borrows here is answered all the same"
