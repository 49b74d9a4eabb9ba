"""The parts the stand-ins are made of."""

from __future__ import annotations

import pytest

from bot.sandbox.faults import Call, Faults, drop, refuse
from bot.sandbox.message import Button, Message
from bot.sandbox.network import Network
from bot.sandbox.twilio_shapes import Override
from bot.sandbox.wire import Errands
from tests.sandbox.conftest import Clock


def test_faults_are_used_up_in_their_order() -> None:
    clock, faults = Clock(), Faults()
    faults.add(drop(), times=2)
    faults.add(refuse(500), when=lambda call: call.name == "sendMessage")
    here, there = (Call(clock(), 0.0, "POST", path, {}) for path in ("/bot1/getMe", "/bot1/sendMessage"))
    met = [faults.take(call) for call in (here, there, here, there, there)]
    assert [fault and fault.how for fault in met] == ["drop", "drop", None, "refuse", None]
    assert len(faults) == 0


async def test_an_errand_that_breaks_is_heard_of() -> None:
    errands = Errands()

    async def break_down() -> None:
        raise RuntimeError("a fault of the stand-in itself")

    errands.run(break_down())
    with pytest.raises(RuntimeError, match="stand-in itself"):
        await errands.quiet(1)


async def test_quiet_says_when_something_is_still_under_way(network: Network) -> None:
    network.twilio.errands.run(network.twilio.rest(1000))
    assert not await network.quiet(within=0.05)


def test_the_connection_override_is_read_from_the_address() -> None:
    wanted = Override.of("https://desk.example/webhooks/twilio?o=1#rc=3&rp=ct,rt,5xx&rt=2000")
    assert (wanted.retries, wanted.seconds) == (3, 2.0)
    assert [wanted.again_after(fault) for fault in ("ct", "rt", "5xx", "4xx")] == [True, True, True, False]
    assert Override.of("https://desk.example/x") == Override(1, frozenset({"ct"}), 15.0)


def test_a_button_is_found_by_its_label_or_its_payload() -> None:
    message = Message("1", "Rendu ?", Clock()(), buttons=((Button("Oui", "y"), Button("Non", "n")),))
    assert message.labels == ["Oui", "Non"]
    assert message.button("Non") is message.button("n")
    with pytest.raises(LookupError, match="Rendu"):
        message.button("Peut-être")
