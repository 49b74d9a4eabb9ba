"""Telegram: the way out through aiogram, the polling and the set-up."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from bot.channels.awake import awake
from bot.channels.base import NotFetched, Outgoing, Rubbish, TooLarge
from bot.channels.capped import read_capped
from bot.channels.telegram_attempt import Attempt, why_of
from bot.channels.telegram_door import update_letter
from bot.channels.telegram_library import load_aiogram
from bot.channels.telegram_reader import LARGEST_FILE, UPDATE_KINDS, number, part, text_of
from bot.channels.telegram_writing import Writing
from bot.core.delivery import ConfigFault, Outcome, Refused
from bot.core.inbound import Letter, Media

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.methods import TelegramMethod

log = logging.getLogger(__name__)

Scope = Literal["private", "groups", "admins"]
Commands = Mapping[tuple[Scope, str], Sequence[tuple[str, str]]]


class TelegramChannel:
    """One bot. Tokens look like `123456:secret`; the number is the bot's id."""

    name: str = "telegram"
    shows_buttons = True

    def __init__(
        self, token: str, *, api_base: str = "https://api.telegram.org", timeout: float = 10.0, poll_seconds: int = 25
    ) -> None:
        self.sender = token.partition(":")[0]
        self._token = token
        self._api_base = api_base.rstrip("/")
        self._timeout = timeout
        self._poll_seconds = poll_seconds
        self._polling = False
        self._bot_made: Bot | None = None

    # -- sending

    async def carry(self, out: Outgoing) -> Outcome:
        try:
            method = Writing(load_aiogram(), out).method()
        except ValueError as error:  # a target that is not a message, a type aiogram refuses
            return Refused(f"Telegram: {type(error).__name__}", "malformed", "content")
        try:
            bot = self._bot()
        except ValueError:
            return ConfigFault("Telegram: the bot's token is malformed", "token")
        return await Attempt(bot, out, method).outcome()

    async def find(self, out: Outgoing, since: datetime) -> Literal["unknown"]:
        """Telegram keeps no list a bot could ask."""
        return "unknown"

    # -- set-up

    async def me(self) -> tuple[int, str]:
        """The bot's id and username. Raises NotFetched."""
        bot = await self._asked(load_aiogram().methods.GetMe())
        return bot.id, bot.username or ""

    async def check(self) -> tuple[bool, str]:
        """Whether the token opens a bot, and a sentence about it."""
        try:
            _, username = await self.me()
        except NotFetched as error:
            return False, f"{error}. Look at TELEGRAM_BOT_TOKEN and the network."
        return True, f"Telegram: the bot is @{username}"

    async def set_up(self, public_url: str, secret: str, commands: Commands, languages: Sequence[str]) -> None:
        """Sets the webhook and the menus of commands. Raises NotFetched.

        commands: (scope, language) → (command, description). The first of `languages` is also what people of any
        other language see.
        """
        methods = load_aiogram().methods
        await self._asked(
            methods.SetWebhook(
                url=f"{public_url.rstrip('/')}/webhooks/telegram",
                secret_token=secret,
                allowed_updates=list(UPDATE_KINDS),
            )
        )
        self._polling = False
        await self.set_commands(commands, languages)

    async def set_commands(self, commands: Commands, languages: Sequence[str]) -> None:
        """The menus of commands per scope and language. Cosmetic: they give no right. Raises NotFetched."""
        kit = load_aiogram()
        scopes = {
            "private": kit.types.BotCommandScopeAllPrivateChats(),
            "groups": kit.types.BotCommandScopeAllGroupChats(),
            "admins": kit.types.BotCommandScopeAllChatAdministrators(),
        }
        for (scope, language), rows in commands.items():
            menu = [kit.types.BotCommand(command=name, description=says) for name, says in rows]
            shown_to = [language, None] if language == languages[0] else [language]
            for code in shown_to:
                await self._asked(kit.methods.SetMyCommands(commands=menu, scope=scopes[scope], language_code=code))

    async def tear_down(self) -> None:
        """Removes the webhook; what waits at Telegram stays there. Raises NotFetched."""
        await self._asked(load_aiogram().methods.DeleteWebhook(drop_pending_updates=False))

    async def _asked(self, method: TelegramMethod[Any]) -> Any:
        import aiohttp

        try:
            return await self._bot()(method)
        except (load_aiogram().errors.AiogramError, aiohttp.ClientError, OSError, ValueError) as error:
            raise NotFetched(why_of(error)) from error

    # -- polling

    async def poll(self, offset: int | None) -> tuple[list[Letter], int | None]:
        """Updates from `offset` on, waiting for some up to `poll_seconds`; and the offset to ask for next.

        Asking with an offset confirms all earlier updates, so store the letters before the next call. A webhook that
        stands in the way is removed. Raises NotFetched, also when another process polls this bot.
        """
        if not self._polling:
            await self.tear_down()
            self._polling = True
        found = await self._updates(offset)
        letters = []
        for update in found:
            try:
                letters.append(update_letter(update, int(self.sender)))
            except Rubbish as error:
                log.warning("an update was skipped: %s", error)
        numbers = [number(update, "update_id") for update in found if isinstance(update, dict)]
        return letters, max((at + 1 for at in numbers if at is not None), default=offset)

    async def _updates(self, offset: int | None) -> list[object]:
        """getUpdates as plain dictionaries, the same that the webhook would have brought."""
        asked = {"timeout": self._poll_seconds, "limit": 100, "allowed_updates": list(UPDATE_KINDS)}
        if offset is not None:
            asked["offset"] = offset
        answer = await self._posted("getUpdates", asked, wait=self._poll_seconds + self._timeout)
        if answer.get("error_code") == 409:
            self._polling = False
            raise NotFetched("Telegram: another process polls this bot, or its webhook was set anew")
        result = answer.get("result")
        if answer.get("ok") is not True or not isinstance(result, list):
            why = text_of(answer, "description")[:200] or "an answer that cannot be read"
            raise NotFetched(f"Telegram: {why}", number(part(answer, "parameters"), "retry_after") or 0)
        return result

    async def _posted(self, method: str, asked: dict[str, Any], wait: float) -> dict[str, Any]:
        import aiohttp

        session: Any = self._bot().session
        url = session.api.api_url(token=self._token, method=method)
        try:
            http = await session.create_session()
            async with http.post(url, json=asked, timeout=aiohttp.ClientTimeout(total=wait)) as response:
                answer = json.loads(await response.read())
        except (aiohttp.ClientError, OSError, ValueError, RecursionError) as error:
            raise NotFetched(f"Telegram: {type(error).__name__}") from error
        return answer if isinstance(answer, dict) else {}

    # -- fetching

    async def fetch(self, media: Media, limit_bytes: int = LARGEST_FILE) -> bytes:
        """The bytes of an attachment. Raises TooLarge; NotFetched: gone, too slow."""
        import aiohttp

        if (media.size or 0) > limit_bytes:
            raise TooLarge(f"Telegram: larger than {limit_bytes} bytes")
        file = await self._asked(load_aiogram().methods.GetFile(file_id=media.ref))
        if (file.file_size or 0) > limit_bytes:
            raise TooLarge(f"Telegram: larger than {limit_bytes} bytes")
        if not file.file_path:
            raise NotFetched("Telegram: a file without a path")
        session: Any = self._bot().session
        url = session.api.file_url(self._token, file.file_path)
        try:
            async with asyncio.timeout(self._timeout * 2):
                return await _downloaded(session, url, limit_bytes)
        except (aiohttp.ClientError, OSError) as error:
            raise NotFetched(f"Telegram: {type(error).__name__}") from error

    # -- the client

    def warm(self) -> None:
        """Load aiogram and build the types of what is sent most, in a thread: at the first message that would block
        the loop for a second or two, and then for 80 ms."""
        methods = load_aiogram().methods
        _session_class()
        for method in (methods.SendMessage, methods.EditMessageText, methods.AnswerCallbackQuery):
            method.model_rebuild()
            _answer_with(method.__returning__).model_rebuild()

    def _bot(self) -> Bot:
        """aiogram's bot, made at its first use. Raises ValueError for a malformed token."""
        if self._bot_made is None:
            import aiohttp

            kit = load_aiogram()
            session = _session_class()(api=kit.Server.from_base(self._api_base))
            # Waiting for a free connection and connecting share half the time: a time-out after that means that the
            # request had left.
            session.timeout = aiohttp.ClientTimeout(total=None, connect=self._timeout / 2)
            session.patience = self._timeout
            try:
                self._bot_made = kit.Bot(self._token, session=session, default=kit.Defaults(parse_mode="HTML"))
            except kit.TokenError:
                raise ValueError("a malformed token") from None  # the cause would quote the token
        return self._bot_made

    async def close(self) -> None:
        if self._bot_made is not None:
            await self._bot_made.session.close()
            self._bot_made = None


@cache
def _answer_with(returned: Any) -> Any:
    """The type of an answer that returns this, kept: pydantic holds it weakly, so that each full collection would take
    it away, and the next answer build it anew, which stops the loop for 50 ms."""
    return load_aiogram().methods.Response[returned]


@cache
def _session_class() -> Any:
    kit = load_aiogram()

    class Session(kit.Session):  # type: ignore[name-defined,misc]
        """aiogram's session, which tells the HTTP status with an error: a 429 without parameters has no type. Its
        time-out is ours: an answer that came while the process stood still counts, for Telegram cannot be asked."""

        patience = 10.0

        async def make_request(self, bot: Bot, method: Any, **given: Any) -> Any:
            try:
                async with awake(self.patience):
                    return await super().make_request(bot, method, **given)
            except TimeoutError as error:
                raise kit.errors.TelegramNetworkError(method=method, message="Request timeout error") from error

        def check_response(self, bot: Any, method: Any, status_code: int, content: str) -> Any:
            _answer_with(method.__returning__)
            try:
                return super().check_response(bot, method, status_code, content)
            except kit.errors.AiogramError as error:
                error.status = status_code
                raise

        async def close(self) -> None:
            if self.api.base.startswith("https:"):
                await super().close()  # waits a quarter of a second for the TLS shutdown
            elif self._session is not None:
                await self._session.close()

    return Session


async def _downloaded(session: Any, url: str, limit_bytes: int) -> bytes:
    http = await session.create_session()
    async with http.get(url, allow_redirects=False) as response:
        if response.status != 200:
            raise NotFetched(f"Telegram: HTTP {response.status} for a file")
        return await read_capped(response, limit_bytes, "Telegram")
