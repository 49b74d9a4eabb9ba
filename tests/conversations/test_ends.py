"""The process ends at every committed arrow of the road, and a new one goes on: nothing lost, nothing said twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.sandbox import faults
from bot.store.outbox_rows import Claimed
from jobs.leaving import claim_rows, start_rows
from tests.town import Colleague, OnPhone, Town, about, on

# How far a message of WhatsApp has come when the process ends: leased; its attempt noted; taken by Twilio, whose
# answer nobody read; closed, its receipts still to come.
ON_THE_WAY_OUT = ("claimed", "started", "accepted", "closed")


async def claim(town: Town) -> list[Claimed]:
    channel = town.service.parts.channels["whatsapp"]
    claimed = await town.service.store.write(claim_rows, channel.name, channel.sender, 10)
    assert claimed, "nothing waits for WhatsApp"
    return claimed


async def leave(town: Town, how_far: str) -> None:
    """What waits in the outbox gets this far."""
    if how_far == "claimed":
        await claim(town)
    elif how_far == "started":
        for one in await claim(town):
            await town.service.store.write_many(start_rows, one.lease)
    elif how_far == "accepted":
        town.network.twilio.faults.add(faults.hang(accepted=True))
        await town.turn("deliver")
        await calls(town, "telegram")
        while not any(call.fault == "hang" for call in town.network.twilio.calls):  # noqa: ASYNC110
            await asyncio.sleep(0)
    else:
        await town.turn("deliver")
        await calls(town, "telegram", "whatsapp")


async def calls(town: Town, *channels: str) -> None:
    """The calls under way on these channels are over."""
    names = {f"deliver:{channel}" for channel in channels}
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() in names))


@pytest.fixture(params=["restart", "kill"])
def end(request: pytest.FixtureRequest) -> str:
    """In order, or in the middle of everything."""
    how: str = request.param
    return how


ENDS = [("kill", far) for far in ("kept", "answered", *ON_THE_WAY_OUT)]
# An orderly end waits for the calls under way: there is no restart between the call and its answer.
ENDS += [("restart", far) for far in ("kept", "answered", "claimed", "closed")]


@pytest.mark.parametrize(("end", "how_far"), ENDS)
async def test_a_return(town: Town, awa: OnPhone, sam: Colleague, how_far: str, end: str) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await awa.writes("RENDU")
    if how_far != "kept":
        await town.turn("answer")
    if how_far in ON_THE_WAY_OUT:
        await leave(town, how_far)
    await town.ends(end)
    await town.passes(timedelta(minutes=5))
    assert len(about(awa.heard, "vous avez rendu Perceuse Bosch")) == 1
    assert len(town.group.cards_of("Retour à confirmer")) == 2  # the loan's own card and the one that rings
    await town.ends(end)
    await sam.presses("Confirmer")
    assert len(about(awa.heard, "Le retour est confirmé")) == 1


@pytest.mark.parametrize("how_far", ["due", "said", *ON_THE_WAY_OUT])
async def test_a_reminder(town: Town, awa: OnPhone, sam: Colleague, how_far: str) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await town.service.store.move_clock(on("mercredi", 8))
    if how_far != "due":
        await town.turn("remind")
    if how_far in ON_THE_WAY_OUT:
        await leave(town, how_far)
    await town.kill()
    await town.passes(timedelta(minutes=5))
    assert len(about(awa.heard, "après-demain")) == 1
    await town.at(on("jeudi", 9))
    assert len(about(awa.heard, "demain")) == 1


async def test_a_press_nobody_had_looked_at(town: Town, awa: OnPhone, sam: Colleague, end: str) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("RENDU")
    card = town.group.with_button("Confirmer")
    awa.looks()
    await sam.account.press(card, "Confirmer")  # the press is in the inbox
    await town.ends(end)
    await town.settle()
    assert len(about(awa.heard, "Le retour est confirmé")) == 1
    assert "De retour" in card.text


async def test_a_letter_written_while_nobody_listens(town: Town, awa: OnPhone, sam: Colleague) -> None:
    """Twilio gives up on the door; the list of what it holds is read at the next start."""
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.turn("catch_up")
    awa.looks()
    await town.service.stop()
    town.clock.move_to(on("lundi", 11))
    message = await awa.writes("RENDU")
    assert message.status == "lost"
    town.clock.move_to(on("lundi", 14))
    await town.start()
    await town.turn("catch_up")
    await town.settle()
    assert len(about(awa.heard, "vous avez rendu Perceuse Bosch")) == 1
    await town.turn("catch_up")
    await town.settle()
    assert awa.heard == []


async def test_a_message_of_telegram_waits_at_telegram(town: Town, sam: Colleague) -> None:
    await town.service.stop()
    await sam.account.says("/prets", chat=town.group.chat)
    await town.start()
    await town.network.quiet()
    await town.settle()
    assert about(town.group.heard, "Aucun prêt en cours") != []


async def test_questions_and_numbers_outlive_the_process(town: Town, awa: OnPhone, sam: Colleague, end: str) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    await awa.says("RENDU")
    awa.looks()
    await town.ends(end)
    await awa.says("2")
    assert "vous avez rendu Vidéoprojecteur Epson" in awa.heard[0]
