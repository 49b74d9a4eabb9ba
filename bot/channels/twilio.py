"""WhatsApp and SMS through Twilio: the way out, and what its lists tell.

Twilio's client is loaded at its first use: a process that only takes letters in never pays for it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from pydantic_core import from_json

from bot.channels.base import LARGEST_ATTACHMENT, NotFetched, Outgoing, Rubbish
from bot.channels.capped import read_capped
from bot.channels.twilio_codes import outcome_of_error, outcome_of_receipt
from bot.channels.twilio_http import API_BASE, TooMany, basic, code_in
from bot.channels.twilio_library import client_class
from bot.channels.twilio_reader import (
    MOST_MEDIA,
    WHATSAPP,
    bare,
    channel_of,
    message_letter,
    price_of,
    receipt_of,
)
from bot.core.delivery import Accepted, ConfigFault, Down, Outcome, Refused, Unsure
from bot.core.inbound import Letter, Media, Price, Receipt
from bot.core.markup import Form, clean, clip, marked_to_sms, storable, to_whatsapp
from bot.core.words import fingerprint

if TYPE_CHECKING:
    import aiohttp

LONGEST_BODY = 1600  # Twilio 21617, on both channels
_TRIAL = "Sent from your Twilio trial account - "  # Twilio sets it before our words, in its lists too
_CLOCK_SKEW = timedelta(seconds=5)
_NEWEST_LOOKED_AT = 50
_HELD_AT_ONCE = 1000  # the most Twilio gives at once
_PRICES_AT_ONCE = 500
_MOST_REDIRECTS = 3
_MEDIA_HOSTS = (".twilio.com", ".twiliocdn.com")


class Gone(NotFetched):
    """Twilio does not have it, or no longer."""


class TwilioChannel:
    """One sender at Twilio: a WhatsApp number, an SMS number, or a Messaging Service."""

    shows_buttons = False

    def __init__(
        self,
        name: Literal["whatsapp", "sms"],
        *,
        account_sid: str,
        auth_token: str,
        sender: str | None = None,
        messaging_service_sid: str | None = None,
        api_base: str = API_BASE,
        status_callback_url: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        if not sender and not messaging_service_sid:
            raise ValueError("a Twilio channel needs a number or a Messaging Service")
        self.name: str = name
        self.sender = bare(sender or messaging_service_sid or "")
        self._from = self._full(bare(sender)) if sender else None
        # A name instead of a number: its messages cannot be answered.
        self.one_way = name == "sms" and bool(sender) and not self.sender.lstrip("+").isdecimal()
        self._service = messaging_service_sid
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._api_base = api_base.rstrip("/")
        self._messages_url = f"{API_BASE}/2010-04-01/Accounts/{account_sid}/Messages.json"
        self._callback = status_callback_url
        self._timeout = timeout
        self._form: Form = to_whatsapp if name == "whatsapp" else marked_to_sms
        self._rest: Any = None

    def _full(self, address: str) -> str:
        return WHATSAPP + address if self.name == "whatsapp" else address

    # -- sending

    async def carry(self, out: Outgoing) -> Outcome:
        if out.op != "send":
            return Refused(f"Twilio cannot {out.op} a message", "unsupported", "content")
        message = self._message(out)
        if not message.get("Body") and not message.get("ContentSid"):
            return Refused("nothing to say", "empty", "content")
        outcome = await self._attempt(message)
        if isinstance(outcome, Unsure) and "Body" in message:
            return replace(outcome, left_as=fingerprint(message["Body"]))
        return outcome

    async def _attempt(self, message: Mapping[str, Any]) -> Outcome:
        """Post a message through twilio's client. Its `messages.create_async` makes an object of every field of the
        answer, dates included; the id and an error's code are all that is read here."""
        import aiohttp
        from twilio.base.exceptions import TwilioException

        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._client().request_async("POST", self._messages_url, data=message)
            return _outcome_of_answer(answer.status_code, answer.text)
        except TooMany as error:
            return outcome_of_error(429, error.code, error.after)
        except TwilioException as error:
            return ConfigFault(f"Twilio's client: {type(error).__name__}", "client")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Down(f"Twilio: {type(error).__name__}")
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            return Unsure(f"Twilio: {type(error).__name__}")

    def _message(self, out: Outgoing) -> dict[str, Any]:
        """The fields of the create call. Source: Twilio's Message resource, 2010-04-01."""
        message: dict[str, Any] = {"To": self._full(out.address)}
        if self._service:
            message["MessagingServiceSid"] = self._service
        if self._from:
            message["From"] = self._from
        if out.words.content_sid:
            message["ContentSid"] = out.words.content_sid
            if out.words.content_variables:
                message["ContentVariables"] = _variables(out.words.content_variables)
        else:
            message["Body"] = self._body(out)
        if self._callback:
            message["StatusCallback"] = callback_url(self._callback, out.ref)
        if out.valid_for is not None:
            message["ValidityPeriod"] = min(max(int(out.valid_for), 1), 36000)
        return message

    def _body(self, out: Outgoing) -> str:
        text = storable(out.words.text)
        return self._form(clip(text, LONGEST_BODY, self._form)).strip()

    # -- asking

    async def find(self, out: Outgoing, since: datetime) -> Sequence[str] | Literal["unknown"]:
        """Twilio's ids of what may be `out`, the oldest first; "unknown" when it cannot be asked.

        Twilio has no field for an id of ours, so what has the same recipient and words and was created since then may
        be it: who asks for the same twice in a minute has two. Filtered by time here, as a message still in its queue
        has no sending date.
        """
        try:
            found = await self._listed(to=self._full(out.address), limit=_NEWEST_LOOKED_AT)
        except NotFetched:
            return "unknown"
        begin = since - _CLOCK_SKEW
        fits = [message for message in found if self._is_ours(message, begin) and self._says(message, out)]
        fits.sort(key=lambda message: message.date_created or since)
        return [str(message.sid) for message in fits]

    def _is_ours(self, message: Any, begin: datetime) -> bool:
        created = message.date_created or message.date_sent
        outbound = str(message.direction or "outbound").startswith("outbound")
        ours = self._service is not None or message.from_ in (None, self._from)
        return outbound and ours and (created is None or created >= begin)

    def _says(self, message: Any, out: Outgoing) -> bool:
        """Whether it has these words, free or as their template; or those that left, should ours read otherwise now."""
        body = str(message.body or "").removeprefix(_TRIAL).strip()
        if body == self._body(out) or fingerprint(body) == out.left_as:
            return True
        if not out.words.content_sid:
            return False
        # The words of a template are Twilio's; its variables are ours and appear in them. Whether the list tells such
        # words is not documented: a message without any is a template, for free text always has some.
        variables = out.words.content_variables.values()
        return not body or (bool(variables) and all(clean(value) in body for value in variables))

    async def held_messages(self, since: datetime) -> list[Letter]:
        """Messages from people that Twilio holds since then, oldest first, as the door would have given them.

        For running without a public address, and for what was missed while we were down. A list entry knows no
        pressed button: the visible label is its text. Raises NotFetched.
        """
        # A Messaging Service may have more numbers than the one we write from, and people answer any of them.
        to = {"to": self._from} if self._from and not self._service else {}
        pages = self._pages(_HELD_AT_ONCE, **to, date_sent_after=since)
        held = [message async for page in pages for message in page if self._arrived_here(message)]
        held.sort(key=lambda message: message.date_sent or message.date_created or since)
        letters = []
        for message in held:
            letters += await self._held_letter(message)
        return letters

    def _arrived_here(self, message: Any) -> bool:
        if message.direction != "inbound" or channel_of(message.from_ or "") != self.name:
            return False
        return message.to == self._from or (
            self._service is not None and message.messaging_service_sid == self._service
        )

    async def _held_letter(self, message: Any) -> list[Letter]:
        form = {
            "MessageSid": str(message.sid),
            "SmsSid": str(message.sid),
            "AccountSid": self._account_sid,
            "From": storable(message.from_ or ""),
            "To": storable(message.to or ""),
            "Body": storable(message.body or ""),
            "NumMedia": str(message.num_media or "0"),
            "SmsStatus": "received",
        }
        if message.messaging_service_sid:
            form["MessagingServiceSid"] = message.messaging_service_sid
        if form["NumMedia"] not in ("0", ""):
            form |= await self._held_media(message.sid)
        try:
            return [message_letter(form, form["To"], form["From"])]
        except Rubbish:
            return []

    async def _held_media(self, sid: str) -> dict[str, str]:
        try:
            found = await self.read(lambda client: client.messages(sid).media.list_async(limit=MOST_MEDIA))
        except Gone:  # the text of the message still counts
            return {}
        fields = {}
        for at, media in enumerate(found):
            path = str(media.uri or "").removesuffix(".json")
            fields[f"MediaUrl{at}"] = self._api_base + path
            fields[f"MediaContentType{at}"] = str(media.content_type or "")
        return fields

    def judge(self, code: str) -> Outcome:
        """What the code of a failed receipt comes to."""
        return outcome_of_receipt(code)

    async def statuses(self, provider_ids: Iterable[str]) -> list[Receipt]:
        """What became of messages whose callback never came. Raises NotFetched; a message gone is left out."""
        found = [await self._status(sid) for sid in provider_ids]
        return [receipt for receipt in found if receipt is not None]

    async def _status(self, sid: str) -> Receipt | None:
        try:
            message = await self.read(lambda client: client.messages(sid).fetch_async())
        except Gone:
            return None
        form = {
            "MessageStatus": str(message.status),
            "To": message.to or "",
            "ErrorCode": str(message.error_code or ""),
        }
        return receipt_of(self.name, sid, form)

    async def prices(self, since: datetime, until: datetime) -> AsyncIterator[list[Price]]:
        """What our messages that left in between cost, as far as Twilio knows by now. Raises NotFetched.

        Read from the list: a thousand messages are two calls, one by one they would be a thousand.
        """
        sender = {"from_": self._from} if self._from else {}
        async for page in self._pages(_PRICES_AT_ONCE, **sender, date_sent_after=since, date_sent_before=until):
            yield [told for message in page if (told := price_of(message)) is not None]

    async def check(self) -> tuple[bool, str]:
        """Whether the credentials open the account, and a sentence about it."""
        try:
            account = await self._account()
        except NotFetched as error:
            return False, f"{error}. Look at TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and the network."
        status = str(account.status)
        return status == "active", f"Twilio account is {status}, sender {self.sender}"

    async def on_trial(self) -> bool:
        """Whether the account is one for trying; False when Twilio does not say."""
        try:
            account = await self._account()
        except NotFetched:
            return False
        return str(account.type).lower() == "trial"

    async def _account(self) -> Any:
        return await self.read(lambda client: client.api.accounts(self._account_sid).fetch_async())

    async def _listed(self, **filters: Any) -> list[Any]:
        found: list[Any] = await self.read(lambda client: client.messages.list_async(**filters))
        return found

    async def _pages(self, size: int, **filters: Any) -> AsyncIterator[Any]:
        """All of Twilio's list, page by page, each within our time limit. Raises NotFetched."""
        page = await self.read(lambda client: client.messages.page_async(**filters, page_size=size))
        while page is not None:
            yield page
            page = await self.read(_page_after(page))

    async def read(self, ask: Callable[[Any], Awaitable[Any]]) -> Any:
        """The result of one call of twilio's client, within our time limit. Raises NotFetched."""
        import aiohttp
        from twilio.base.exceptions import TwilioException

        try:
            async with asyncio.timeout(self._timeout):
                return await ask(self._client())
        except TooMany as error:
            raise NotFetched("Twilio answered 429") from error
        except TwilioException as error:
            status = _status_in(error)
            raise (Gone if status == "404" else NotFetched)(f"Twilio answered {status}") from error
        except (aiohttp.ClientError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotFetched(f"Twilio does not answer ({type(error).__name__})") from error

    # -- fetching

    async def fetch(self, media: Media, limit_bytes: int = LARGEST_ATTACHMENT) -> bytes:
        """The bytes of an attachment. Raises NotFetched: wrong host, too large, gone, too slow.

        Only Twilio's hosts are asked, and only the first is shown the credentials: a forged address would make us
        a tool against others.
        """
        import aiohttp

        try:
            async with asyncio.timeout(self._timeout):
                return await self._fetched(media.ref, limit_bytes)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NotFetched(f"media: {type(error).__name__}") from error

    async def _fetched(self, url: str, limit_bytes: int) -> bytes:
        session: aiohttp.ClientSession = self._client().http_client.session
        headers = {"Authorization": basic(self._account_sid, self._auth_token)}
        for _ in range(_MOST_REDIRECTS + 1):
            if not self._may_ask(url):
                raise NotFetched("media: not a host of Twilio's")
            async with session.get(url, headers=headers, allow_redirects=False) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url, headers = urljoin(url, response.headers.get("Location", "")), {}
                    continue
                if response.status != 200:
                    raise NotFetched(f"media: HTTP {response.status}")
                return await read_capped(response, limit_bytes, "media")
        raise NotFetched("media: too many redirects")

    def _may_ask(self, url: str) -> bool:
        parts, base = urlsplit(url), urlsplit(self._api_base)
        if (parts.scheme, parts.netloc) == (base.scheme, base.netloc):
            return True
        host = parts.hostname or ""
        plain = parts.username is None and parts.port in (None, 443)
        return parts.scheme == "https" and plain and host.endswith(_MEDIA_HOSTS)

    # -- the client

    def warm(self) -> None:
        """Load Twilio's library, in a thread: at the first message it would block the loop for a second or two."""
        _http_class()

    def _client(self) -> Any:
        """Twilio's own client, made at its first use: its HTTP session belongs to the running loop."""
        if self._rest is None:
            http = _http_class()(self._api_base, self._timeout)
            self._rest = client_class()(self._account_sid, self._auth_token, http_client=http)
        return self._rest

    async def close(self) -> None:
        if self._rest is not None:
            await self._rest.http_client.close()
            self._rest = None


@cache
def _http_class() -> Any:
    """`TwilioHttp`, loaded with Twilio's library at the first call."""
    client_class()  # loads what both need, lightly
    from bot.channels.twilio_http_client import TwilioHttp

    return TwilioHttp


def callback_url(url: str, ref: str) -> str:
    """The address of the receipts with our id in its query, before any `#rc=…` connection settings."""
    parts = urlsplit(url)
    query = f"{parts.query}&o={quote(ref)}" if parts.query else f"o={quote(ref)}"
    return urlunsplit(parts._replace(query=query))


def _page_after(page: Any) -> Callable[[Any], Awaitable[Any]]:
    return lambda client: page.next_page_async()


def _variables(values: Mapping[str, str]) -> str:
    # Line breaks, tabs and runs of spaces in a variable are refused (63013).
    return json.dumps({name: clean(storable(value)) for name, value in values.items()}, ensure_ascii=False)


def _outcome_of_answer(status: int, text: str) -> Outcome:
    if not 200 <= status < 300:
        return outcome_of_error(status, code_in(text))
    try:
        created = from_json(text)
    except ValueError:
        created = None
    if not isinstance(created, dict):
        return Unsure("Twilio: an answer that cannot be read")
    if code := created.get("error_code"):
        return outcome_of_receipt(str(code))
    sid = created.get("sid")
    return Accepted(sid) if sid and isinstance(sid, str) else Unsure("Twilio: an answer without an id")


def _status_in(error: Any) -> str:
    """The HTTP status of twilio's errors; that of a page of a list keeps only the response itself."""
    response = next((part for part in error.args if hasattr(part, "status_code")), None)
    return str(getattr(error, "status", None) or getattr(response, "status_code", type(error).__name__))
