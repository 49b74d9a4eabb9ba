"""Bad days on demand: what can go wrong at a provider or with a telephone, switched on and off from the page."""

from __future__ import annotations

from typing import Literal, get_args

from bot.sandbox.faults import Call, fail_later, refuse, slow
from bot.sandbox.network import Network
from bot.sandbox.phones import Phone

What = Literal["down", "slow", "window", "off", "dead"]
KINDS: tuple[What, ...] = get_args(What)
SLOW_SECONDS = 4.0
NOT_ON_WHATSAPP = 63024


class Trouble:
    """What is wrong now. `down`, `slow` and `window` are the provider's; `off` and `dead` befall the first phone on
    WhatsApp, whose owner can be reached by SMS as well."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._now: set[What] = set()

    @property
    def now(self) -> list[What]:
        return [what for what in KINDS if what in self._now]

    async def switch(self, what: What, *, on: bool) -> None:
        self._now = self._now | {what} if on else self._now - {what}
        net, phone = self._network.twilio, self._phone()
        net.enforce_window = "window" in self._now
        net.faults.clear()
        if "down" in self._now:
            net.faults.add(refuse(503), times=None, when=_sends)
        if "slow" in self._now:
            net.faults.add(slow(SLOW_SECONDS), times=None, when=_sends)
        if "dead" in self._now and phone is not None:
            net.faults.add(fail_later(NOT_ON_WHATSAPP), times=None, when=lambda call: _is_to(call, phone))
        if phone is not None:
            await _switch_phone(phone, on="off" not in self._now)

    def _phone(self) -> Phone | None:
        return next((phone for phone in self._network.twilio.phones if phone.on == "whatsapp"), None)


def _sends(call: Call) -> bool:
    return call.method == "POST" and call.name == "Messages.json"


def _is_to(call: Call, phone: Phone) -> bool:
    return _sends(call) and call.fields.get("To") in phone.addresses


async def _switch_phone(phone: Phone, *, on: bool) -> None:
    if on and not phone.switched_on:
        await phone.switch_on()
    phone.switched_on = on
