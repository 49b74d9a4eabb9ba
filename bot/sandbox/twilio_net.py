"""A stand-in for Twilio: it carries messages between the service and the phones, both ways.

It speaks the provider's own HTTP on loopback, so that the official client talks to it unchanged, and it calls the
service's real doors with real signatures. Known limits: no Conversations, no scheduling, segments not
counted; a message with both Body and ContentSid is shown as its content.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.core.records import record
from bot.sandbox.faults import Call, Fault
from bot.sandbox.message import Attachment, Message, Status
from bot.sandbox.phones import On, Phone
from bot.sandbox.twilio_api import TwilioApi
from bot.sandbox.twilio_rules import Account, check_create, content_shown
from bot.sandbox.twilio_shapes import (
    WHATSAPP,
    Content,
    Held,
    Override,
    inbound,
    problem,
    receipt,
    sign,
    sms_inbound,
    whatsapp_inbound,
)
from bot.sandbox.wire import Clock, NoSuchHost, Wire

DOOR = "/webhooks/twilio#rc=3&rp=ct,rt,5xx"
STEP = 0.3  # seconds from one status to the next, at pace 1
AGAIN = 0.5  # seconds before a webhook is tried again, at pace 1


@record(frozen=True, slots=True)
class Posted:
    """One request to the service: the status answered, 0 when no answer came."""

    at: datetime
    url: str
    fields: Mapping[str, str]
    status: int


class TwilioNet(Wire):
    """The account, its two senders, the phones that can be reached, and what it holds of all messages.

    A message to a number that no phone has fails in the callback: 63024 on WhatsApp, 30005 on SMS.
    """

    def __init__(self, now: Clock, pace: float) -> None:
        super().__init__(now, pace)
        self.account_sid = "AC" + "0" * 31 + "1"
        self.auth_token = "sandbox-account"  # noqa: S105 (opens nothing but this stand-in)
        self.whatsapp_from = "whatsapp:+33612345600"
        self.sms_from = "+33612345601"
        self.messaging_service_sid = "MG" + "0" * 31 + "1"
        self.suspended = False
        self.enforce_window = False  # free text outside the 24 hours fails with 63016
        self.carrier_stop = False  # on SMS the carrier blocks after STOP: 21610
        self.webhook = ""  # where what people write goes; empty: nobody has set one, messages are only held
        self.phones: list[Phone] = []
        self.held: list[Held] = []
        self.contents: dict[str, Content] = {}
        self.posted: list[Posted] = []
        self._count = itertools.count(1)

    def routes(self) -> list[web.RouteDef]:
        return TwilioApi(self).routes()

    def error(self, fault: Fault) -> web.Response:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return problem(fault.status, fault.code or fault.status, fault.text or "Refused on demand", headers)

    def connect(self, door: str, public_url: str, webhook: str = DOOR) -> None:
        """Sets the webhook, as an operator does in Twilio's console: `webhook` is its path and override."""
        super().connect(door, public_url)
        self.webhook = public_url.rstrip("/") + webhook

    def disconnect(self) -> None:
        super().disconnect()
        self.webhook = ""

    def new_sid(self, prefix: str) -> str:
        """A SID never given before: its two letters and 32 hexadecimal digits."""
        seed = f"{self.account_sid}:{id(self)}:{next(self._count)}"
        return prefix + hashlib.sha256(seed.encode()).hexdigest()[:32]

    def phone(self, number: str | None, *, name: str = "", on: On = "whatsapp", bsuid: str | None = None) -> Phone:
        """The phone with this number (or, without one, this user id) on this channel, made at first mention."""
        phone = Phone(self, number, name=name, on=on, bsuid=bsuid)
        if (known := self.phone_at(phone.address)) is not None:
            return known
        self.phones.append(phone)
        return phone

    def phone_at(self, address: str) -> Phone | None:
        """The phone reached at an address as it stands in To; WhatsApp also reaches people by their user id."""
        return next((phone for phone in self.phones if address in phone.addresses), None)

    # --- from the service to a phone --------------------------------------------------------------------------------

    def accept(self, call: Call) -> Held:
        """Takes a message of the service and sets it on its way. Raises Refusal when Twilio would answer 400."""
        opted_out = {phone.address for phone in self.phones if phone.opted_out}
        account = Account(self.whatsapp_from, self.sms_from, self.messaging_service_sid, self.contents, opted_out)
        check_create(call.fields, account)
        held = self._held(call.fields)
        held.fault = self.faults.take(call, frozenset({"receipts"}))
        late = self.faults.take(call, frozenset({"fail_later"}))
        held.steps, held.error_code = (("undelivered",), late.code) if late else self._fate(held)
        self.held.append(held)
        self._set_off(held)
        return held

    def _held(self, fields: Mapping[str, str]) -> Held:
        content = self.contents.get(fields.get("ContentSid", ""))
        body, buttons = content_shown(content, fields) if content else (fields.get("Body", ""), ())
        service = fields.get("MessagingServiceSid")
        ours = self.whatsapp_from if fields["To"].startswith(WHATSAPP) else self.sms_from
        return Held(
            self.new_sid("MM" if fields.get("MediaUrl") else "SM"), self.account_sid, fields["To"],
            fields.get("From") or ours, body, "outbound-api", "accepted" if service else "queued", self.now(),
            service=service, callback=fields.get("StatusCallback", ""), buttons=buttons,
            content_sid=fields.get("ContentSid", ""),
        )  # fmt: skip

    def _fate(self, held: Held) -> tuple[tuple[str, ...], int | None]:
        """The statuses this message will go through, and the code of its failure."""
        phone = self.phone_at(held.to)
        if phone is None:
            return ("undelivered",), 63024 if held.whatsapp else 30005
        if held.whatsapp and self.enforce_window and not (phone.window_open() or self._approved(held)):
            return ("undelivered",), 63016
        if phone.blocked:  # WhatsApp tells nobody: the message stays `sent` for ever
            return (("sent",), None) if held.whatsapp else (("sent", "undelivered"), 30004)
        if not phone.switched_on:
            return (("sent",), None) if held.whatsapp else (("sent", "undelivered"), 30003)
        return ("sent", *phone.arrival), None

    def _approved(self, held: Held) -> bool:
        content = self.contents.get(held.content_sid)
        return content is not None and content.approval.get("status") == "approved"

    def _set_off(self, held: Held) -> None:
        phone = self.phone_at(held.to)
        if phone is not None and "delivered" in held.steps:
            self._show(held, phone)
        self.errands.run(self._progress(held))

    def _show(self, held: Held, phone: Phone) -> None:
        held.shown = Message(held.sid, held.body, self.now(), author="desk", buttons=held.buttons, status="queued")
        phone.chat.append(held.shown)

    def deliver_waiting(self, phone: Phone) -> None:
        """Hands over what came while the phone was off."""
        for held in self.held:
            waits = held.steps == ("sent",) and held.shown is None and held.to in phone.addresses
            if waits and not phone.blocked:
                self._show(held, phone)
                held.steps = phone.arrival
                self.errands.run(self._progress(held))

    async def _progress(self, held: Held) -> None:
        """Takes a message through its statuses and tells the callback address of each, faults permitting."""
        told: list[dict[str, str]] = []
        for status in held.steps:
            await self.rest(STEP)
            self._move(held, status)
            told.append(receipt(held, self.now()))
            if held.fault is None:
                await self._tell(held, told[-1])
        if held.fault is not None:
            await self._tell_oddly(held, told, held.fault)

    def _move(self, held: Held, status: str) -> None:
        held.status = status
        held.sent = held.sent or self.now()
        if held.shown is not None:
            held.shown.status = _TICKS[status]

    async def _tell_oddly(self, held: Held, told: list[dict[str, str]], fault: Fault) -> None:
        if fault.receipts == "missing":
            return
        await asyncio.sleep(fault.seconds)
        for one in reversed(told) if fault.receipts == "reversed" else told:
            await self._tell(held, one)
            if fault.receipts == "doubled":
                await self._tell(held, one)

    async def _tell(self, held: Held, fields: Mapping[str, str]) -> None:
        if held.callback:
            await self.call_back(held.callback, fields)

    # --- from a phone to the service --------------------------------------------------------------------------------

    async def receive(
        self, phone: Phone, text: str, media: Iterable[Attachment], more: Mapping[str, str], sid: str | None
    ) -> Message:
        """Takes what a phone wrote: holds it, and posts it to the webhook if there is one.

        sid: a message written before, delivered once more; nothing is written anew then.
        """
        held, message = self._written(phone, text, media, more, sid)
        if sid is None:
            self.held.append(held)
            phone.chat.append(message)
            phone.last_wrote = self.now()
        if self.webhook:
            own = whatsapp_inbound(phone.name, phone.number, phone.bsuid) if held.whatsapp else sms_inbound()
            status = await self.call_back(self.webhook, inbound(held, self.base) | own | dict(more))
            message.status = "delivered" if 200 <= status < 300 else "lost"
        return message

    def _written(
        self, phone: Phone, text: str, media: Iterable[Attachment], more: Mapping[str, str], sid: str | None
    ) -> tuple[Held, Message]:
        kept = tuple(Attachment(one.kind, one.mime, one.content, self.new_sid("ME")) for one in media)
        sid = sid or self.new_sid("MM" if kept else "SM")
        now = self.now()
        held = Held(sid, self.account_sid, phone.desk, phone.address, text, "inbound", "received", now, now, media=kept)
        reply_to = more.get("OriginalRepliedMessageSid")
        return held, Message(sid, text, now, mine=True, author=phone.name, attachments=kept, reply_to=reply_to)

    async def call_back(self, url: str, fields: Mapping[str, str], *, token: str | None = None) -> int:
        """Posts a signed form, again where the URL's connection override asks for it; the last status, 0 for none.

        token: sign with another one, as somebody else would.
        """
        override = Override.of(url)
        url = url.split("#", 1)[0]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": sign(token or self.auth_token, url, fields.items()),
            "I-Twilio-Idempotency-Token": self.new_sid(""),
        }
        for _ in range(override.retries):
            status, fault = await self._once(url, fields, headers, override.seconds)
            if not fault or not override.again_after(fault):
                return status
            await self.rest(AGAIN)
        return (await self._once(url, fields, headers, override.seconds))[0]

    async def _once(
        self, url: str, fields: Mapping[str, str], headers: dict[str, str], within: float
    ) -> tuple[int, str]:
        """One try: the status (0: no answer) and the kind of fault as `rp` names it, empty for none."""
        status, fault = 0, ""
        try:
            status = await self.post(url, urlencode(fields).encode(), headers, within)
            fault = f"{status // 100}xx" if status >= 400 else ""
        except (aiohttp.ClientConnectorError, NoSuchHost):
            fault = "ct"
        except (aiohttp.ClientError, TimeoutError):
            fault = "rt"
        self.posted.append(Posted(self.now(), url, dict(fields), status))
        return status, fault


_TICKS: dict[str, Status] = {
    "sent": "sent", "delivered": "delivered", "read": "read", "undelivered": "undelivered", "failed": "failed",
}  # fmt: skip
