"""A borrower's phone on the Twilio stand-in: what its owner writes, presses and sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from bot.sandbox.message import Attachment, Button, Message

if TYPE_CHECKING:
    from bot.sandbox.twilio_net import TwilioNet

On = Literal["whatsapp", "sms"]
WINDOW = timedelta(hours=24)
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})


class Phone:
    """One phone with one conversation: with the desk's WhatsApp number, or with its SMS number.

    number: E.164, or None for somebody who hides it on WhatsApp; then `bsuid` ("FR.1A2B3C") is all that is known.
    A shown number may have a `bsuid` beside it, as WhatsApp's users with a username do.
    """

    def __init__(self, net: TwilioNet, number: str | None, *, name: str, on: On, bsuid: str | None) -> None:
        if number is None and bsuid is None:
            raise ValueError("a phone has a number, a business-scoped user id, or both")
        self.net = net
        self.number = number
        self.bsuid = bsuid
        self.name = name
        self.on: On = on
        self.chat: list[Message] = []
        self.reads = True  # its owner reads what arrives: two blue ticks
        self.blocked = False  # its owner has blocked the desk
        self.switched_on = True
        self.opted_out = False  # the carrier keeps the desk's messages away
        self.last_wrote: datetime | None = None
        self._seen = 0

    @property
    def address(self) -> str:
        """What stands in From and To: `whatsapp:+33…`, `whatsapp:FR.…`, or the bare number on SMS."""
        bare = self.number or self.bsuid or ""
        return f"whatsapp:{bare}" if self.on == "whatsapp" else bare

    @property
    def addresses(self) -> frozenset[str]:
        """Every To that reaches this phone."""
        by_id = f"whatsapp:{self.bsuid}" if self.bsuid and self.on == "whatsapp" else self.address
        return frozenset({self.address, by_id})

    @property
    def arrival(self) -> tuple[str, ...]:
        """The statuses of a message that gets here."""
        return ("delivered", "read") if self.reads and self.on == "whatsapp" else ("delivered",)

    @property
    def desk(self) -> str:
        """The desk's own number on this phone's channel."""
        return self.net.whatsapp_from if self.on == "whatsapp" else self.net.sms_from

    @property
    def heard(self) -> list[Message]:
        """All that the desk has said to this phone, oldest first."""
        return [message for message in self.chat if not message.mine]

    def new(self) -> list[Message]:
        """What was heard since the last look."""
        heard = self.heard
        fresh, self._seen = heard[self._seen :], len(heard)
        return fresh

    def window_open(self) -> bool:
        """Whether WhatsApp lets the desk write freely: 24 h after the owner's last message."""
        return self.last_wrote is not None and self.net.now() - self.last_wrote < WINDOW

    async def says(
        self,
        text: str = "",
        *,
        media: Sequence[Attachment] = (),
        reply_to: Message | None = None,
        location: tuple[float, float] | None = None,
        opt_out: Literal["STOP", "START", "HELP"] | None = None,
        sid: str | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Message:
        """Writes to the desk and waits until the provider has delivered it or given up.

        opt_out: Twilio has already answered this keyword and says so. sid: deliver an earlier message once more.
        more: further fields of the form, or other values for the usual ones.
        """
        fields = dict(more or {})
        if reply_to is not None:
            fields |= {"OriginalRepliedMessageSid": reply_to.id, "OriginalRepliedMessageSender": self.desk}
        if location is not None:
            fields |= {"Latitude": str(location[0]), "Longitude": str(location[1])}
        if opt_out is not None:
            fields["OptOutType"] = opt_out
        self._carrier_keywords(text)
        return await self.net.receive(self, text, tuple(media), fields, sid)

    def _carrier_keywords(self, text: str) -> None:
        if not (self.net.carrier_stop and self.on == "sms"):
            return
        word = text.strip().upper()
        if word in STOP_WORDS or word in START_WORDS:
            self.opted_out = word in STOP_WORDS

    async def press(self, wanted: str, message: Message | None = None) -> Message:
        """Presses the button with this label or payload under `message`, by default the newest that has it.

        Raises LookupError when no such button was ever received.
        """
        holder, button = self._find(wanted, message)
        fields = {"ButtonText": button.label, "ButtonPayload": button.payload, "MessageType": "interactive"}
        return await self.says(button.label, reply_to=holder, more=fields)

    def _find(self, wanted: str, message: Message | None) -> tuple[Message, Button]:
        if message is not None:
            return message, message.button(wanted)
        for heard in reversed(self.heard):
            if wanted in heard.labels:
                return heard, heard.button(wanted)
        raise LookupError(f"no button {wanted!r} on this phone")

    async def switch_on(self) -> None:
        """Back on the network: what waited arrives now."""
        self.switched_on = True
        self.net.deliver_waiting(self)
