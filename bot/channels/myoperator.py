"""WhatsApp through MyOperator: the door for its webhook and the way out.

Its public pages cover sending in part and the webhook hardly at all, so where two answers are possible both work.
Known limits: it cannot be asked what became of a message, has no list of received ones, and shows no buttons here;
media are told of, not fetched.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from bot.channels.asked_wait import asked_wait
from bot.channels.base import LARGEST_ATTACHMENT, Forbidden, NotFetched, Outgoing, RawRequest, Rubbish
from bot.channels.myoperator_codes import outcome_of_answer
from bot.channels.myoperator_reader import MyOperatorReader as MyOperatorReader
from bot.channels.myoperator_reader import letters_of
from bot.core.delivery import Down, Outcome, Refused, Unsure
from bot.core.inbound import Letter, Media
from bot.core.markup import clean, clip, storable, to_whatsapp
from bot.core.people import dialling

if TYPE_CHECKING:
    import aiohttp

LONGEST_BODY = 4096  # WhatsApp's own
LONGEST_WAIT = timedelta(days=1)
PATH = "/webhooks/myoperator/"


class MyOperatorDoor:
    """Checks what MyOperator posts to `/webhooks/myoperator/{secret}`, and sorts it.

    The last part of the path is the secret. A body that is signed as Meta signs (`X-Hub-Signature-256`, HMAC-SHA256
    of the raw body) must be signed with it too.
    """

    def __init__(self, secret: str, number_id: str) -> None:
        self._secret = secret.encode()
        self._number_id = number_id

    def admit(self, request: RawRequest) -> None:
        given = request.raw_path.partition("?")[0].removeprefix(PATH)
        if not hmac.compare_digest(given.encode(errors="replace"), self._secret):
            raise Forbidden("the secret in the path is not ours")

    def letters(self, request: RawRequest) -> list[Letter]:
        self.admit(request)
        self._check_signature(request)
        try:
            posted = json.loads(request.body.decode())
        except (ValueError, RecursionError) as error:
            raise Rubbish("not JSON in UTF-8") from error
        try:
            return letters_of(posted, self._number_id)
        except RecursionError as error:
            raise Rubbish("nested too deeply") from error

    def _check_signature(self, request: RawRequest) -> None:
        signature = request.headers.get("X-Hub-Signature-256")
        if signature is None:
            return
        genuine = "sha256=" + hmac.digest(self._secret, request.body, "sha256").hex()
        if not hmac.compare_digest(signature.encode(errors="replace"), genuine.encode()):
            raise Forbidden("signature does not hold")


class MyOperatorChannel:
    """Our WhatsApp number at MyOperator. `sender` is the number's id there, not the number."""

    name = "whatsapp"
    shows_buttons = False

    def __init__(
        self,
        *,
        api_key: str,
        company_id: str,
        number_id: str,
        api_base: str = "https://publicapi.myoperator.co",
        timeout: float = 10.0,
    ) -> None:
        self.sender = number_id
        self._base = api_base.rstrip("/")
        # A lower-case "bearer" is refused with an "explicit deny".
        self._headers = {"Authorization": f"Bearer {api_key}", "X-MYOP-COMPANY-ID": company_id}
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def carry(self, out: Outgoing) -> Outcome:
        if out.op != "send":
            return Refused(f"MyOperator cannot {out.op} a message", "unsupported", "content")
        number = dialling(out.address)
        if number is None:
            return Refused("MyOperator writes to numbers only", "no_number", "road")
        context = self._context(out)
        if context is None:
            return Refused("nothing to say", "empty", "content")
        return await self._post({
            "phone_number_id": self.sender,
            "customer_country_code": number[0],
            "customer_number": number[1],
            "data": context,
            "reply_to": None,
            "myop_ref_id": out.ref,
        })  # fmt: skip

    def _context(self, out: Outgoing) -> dict[str, Any] | None:
        """The template's name, language and variables, or plain words; None when there are none."""
        if out.words.content_sid:
            name, _, language = out.words.content_sid.partition("/")
            values = {key: clean(storable(value)) for key, value in out.words.content_variables.items()}
            return {"type": "template", "context": {"template_name": name, "language": language, "body": values}}
        body = to_whatsapp(clip(storable(out.words.text), LONGEST_BODY, to_whatsapp)).strip()
        return {"type": "text", "context": {"body": body, "preview_url": False}} if body else None

    async def _post(self, message: dict[str, Any]) -> Outcome:
        import aiohttp

        try:
            async with asyncio.timeout(self._timeout):
                # A redirect is followed by a GET, which leaves the message behind.
                url, client = f"{self._base}/chat/messages", self._client()
                async with client.post(url, json=message, allow_redirects=False) as response:
                    text = await response.text(errors="replace")
                    return outcome_of_answer(response.status, text, asked_wait(response.headers, LONGEST_WAIT))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Down(f"MyOperator: {type(error).__name__}")
        except (aiohttp.ClientError, OSError, ValueError) as error:  # TimeoutError is an OSError
            return Unsure(f"MyOperator: {type(error).__name__}")

    async def find(self, out: Outgoing, since: datetime) -> Literal["never"]:
        """MyOperator cannot be asked, and nothing says that it would drop a second copy with the same reference."""
        return "never"

    async def fetch(self, media: Media, limit_bytes: int = LARGEST_ATTACHMENT) -> bytes:
        """Raises NotFetched: where MyOperator keeps its files is not known."""
        raise NotFetched("MyOperator does not say where its media lie")

    async def check(self) -> tuple[bool, str]:
        """Whether the key is accepted, and a sentence about it. Nothing is sent."""
        import aiohttp

        address = f"{self._base}/chat/phonenumbers"
        try:
            async with asyncio.timeout(self._timeout), self._client().get(address) as response:
                status = response.status
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return False, f"MyOperator does not answer ({type(error).__name__})"
        if status in (401, 403):
            return False, f"MyOperator refuses the key (HTTP {status}): see MYOPERATOR_API_KEY, MYOPERATOR_ACCOUNT_ID"
        if status >= 500:
            return False, f"MyOperator cannot answer now (HTTP {status}): try again later"
        return True, f"MyOperator answers, number id {self.sender}"

    def _client(self) -> aiohttp.ClientSession:
        """Made at its first use: it belongs to the running loop. Connecting has half the time, so that a time-out
        after that means that the request had left."""
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=None, connect=self._timeout / 2),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
