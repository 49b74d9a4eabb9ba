"""A telephone network in a box: both providers, a mail server, one clock, one way to the service's doors."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from bot.sandbox.mail_net import MailNet
from bot.sandbox.phones import On, Phone
from bot.sandbox.telegram_net import TelegramNet
from bot.sandbox.twilio_net import TwilioNet
from bot.sandbox.wire import Clock

QUIET_WITHIN = 10.0  # seconds of real time


class Network:
    """The stand-ins for Twilio and Telegram, and a mail server.

        async with Network(now=clock) as network:
            network.connect("http://127.0.0.1:8080", public_url="https://desk.example")
            awa = network.phone("+33612345678", name="Awa")
            await awa.says("RENDU")
            awa.new()

    now: the clock all dates are taken from, aware; it may be moved. pace: real delays of the providers (callbacks,
    retries) are multiplied by it. first: what Telegram counts messages and updates from; a network for a desk that has
    already met another one begins above all that it counted, or its updates would pass for repeated ones.
    """

    def __init__(self, now: Clock, *, pace: float = 1.0, first: int = 1) -> None:
        self.twilio = TwilioNet(now, pace)
        self.telegram = TelegramNet(now, pace, first)
        self.mail = MailNet(now)

    async def start(self) -> None:
        """All servers listen on 127.0.0.1, each at a free port: see `twilio.base`, `telegram.base` and `mail.url`."""
        await self.twilio.start()
        await self.telegram.start()
        await self.mail.start()

    async def stop(self) -> None:
        await self.twilio.stop()
        await self.telegram.stop()
        await self.mail.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def connect(self, door: str, public_url: str) -> None:
        """Opens the way to the service: it listens at `door` and is known outside as `public_url`.

        Twilio's webhook is set with it, as an operator would; Telegram's is set by the service itself (setWebhook).
        """
        self.twilio.connect(door, public_url)
        self.telegram.connect(door, public_url)

    def disconnect(self) -> None:
        """Takes the public address away: Twilio has no webhook then, and messages are only held."""
        self.twilio.disconnect()
        self.telegram.disconnect()

    def phone(self, number: str | None, *, name: str = "", on: On = "whatsapp", bsuid: str | None = None) -> Phone:
        """The phone with this number on this channel, made at first mention."""
        return self.twilio.phone(number, name=name, on=on, bsuid=bsuid)

    async def quiet(self, within: float = QUIET_WITHIN) -> bool:
        """Waits until no callback, push or retry is under way; False when some still are after `within` seconds."""
        while self.twilio.errands.busy or self.telegram.errands.busy:
            if not (await self.twilio.errands.quiet(within) and await self.telegram.errands.quiet(within)):
                return False
        return await self.twilio.errands.quiet(within) and await self.telegram.errands.quiet(within)
