"""Telegram: the door for its webhook, and the way out through aiogram.

aiogram is loaded at its first use and lightly (`load_aiogram`): a process that does not talk to Telegram never pays
for it, and one that does is ready in a fraction of the time a plain import takes.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

from bot.channels.base import Button, Forbidden, NotFetched, Outgoing, RawRequest, Rubbish
from bot.channels.telegram_reader import LARGEST_FILE, UPDATE_KINDS, message_key, number, text_of, writer_of
from bot.channels.telegram_reader import TelegramReader as TelegramReader
from bot.core.delivery import Accepted, ConfigFault, Down, Later, Outcome, Refused, Unsure
from bot.core.inbound import Letter, Media
from bot.core.markup import clip, storable, to_html, to_plain

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.methods import TelegramMethod

log = logging.getLogger(__name__)

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_ANSWER = 200
LONGEST_PAYLOAD = 64  # bytes
_DEEPEST = 64  # levels of JSON; Telegram's own stay under a dozen


# ---------------------------------------------------------------- the door


class TelegramDoor:
    """Checks the secret of `/webhooks/telegram` and takes any update, whether its kind is known or not."""

    def __init__(self, secret: str, bot_id: int) -> None:
        self._secret = secret.encode()
        self._bot_id = bot_id

    def letters(self, request: RawRequest) -> list[Letter]:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        # As bytes: comparing texts fails on a header that is not ASCII, before anything is known of the sender.
        if not self._secret or not hmac.compare_digest(given.encode(errors="replace"), self._secret):
            raise Forbidden("wrong secret")
        return [update_letter(_json(request.body), self._bot_id)]


def update_letter(update: object, bot_id: int) -> Letter:
    """The letter of one update. Raises Rubbish when it is none: not an object, no number, nested too deeply."""
    if not isinstance(update, dict):
        raise Rubbish("not an object")
    update_id = number(update, "update_id")
    if update_id is None:
        raise Rubbish("no update_id")
    payload = _storable_tree(update, _DEEPEST)
    return Letter("telegram", "message", str(update_id), str(bot_id), writer_of(payload), payload)


def _json(body: bytes) -> object:
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Rubbish(f"not JSON: {type(error).__name__}") from error


def _refuse_constant(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity: no JSON, and no database would store them


def _storable_tree(value: Any, levels: int) -> Any:
    """The same tree with texts that can be stored. Raises Rubbish below `levels`."""
    if isinstance(value, str):
        return storable(value)
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        raise Rubbish("nested too deeply")
    if isinstance(value, list):
        return [_storable_tree(item, levels - 1) for item in value]
    return {storable(name): _storable_tree(item, levels - 1) for name, item in value.items()}


# ---------------------------------------------------------------- loading aiogram


@cache
def load_aiogram() -> SimpleNamespace:
    """The parts of aiogram used here. Loads it at the first call: about 0.7 s and 45 MB, plainly 2.7 s and 150 MB.

    aiogram builds the validators of more than 600 types while it is imported; a service that sends a handful of
    methods needs twenty of them. Here each type is built when it is first used, which pydantic does by itself as
    long as the type can find the names in its annotations. When aiogram or pydantic have changed so that this fails,
    the plain way is taken.
    """
    if "aiogram" not in sys.modules:
        try:
            _load_lightly()
        except Exception as error:
            log.warning("aiogram is loaded the plain way: %s", type(error).__name__)
            _forget_aiogram()
    return _parts()


def _parts() -> SimpleNamespace:
    from aiogram import Bot, exceptions, methods, types
    from aiogram.client.default import DefaultBotProperties
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.utils.token import TokenValidationError

    return SimpleNamespace(
        Bot=Bot,
        errors=exceptions,
        methods=methods,
        types=types,
        Defaults=DefaultBotProperties,
        Session=AiohttpSession,
        Server=TelegramAPIServer,
        TokenError=TokenValidationError,
    )


def _load_lightly() -> None:
    names: dict[str, Any] = {}
    with _builds_put_off(names) as rebuild:
        import aiogram.types
    if not names:
        raise RuntimeError("aiogram no longer hands its names to model_rebuild")

    def complete(cls: Any, /, *, force: bool = False, raise_errors: bool = True, **given: Any) -> bool | None:
        """pydantic's own `model_rebuild`, with the names aiogram would have given it."""
        known = {**names, **(given.get("_types_namespace") or {})}
        done: bool | None = rebuild(cls, force=force, raise_errors=raise_errors, _types_namespace=known)
        return done

    from aiogram.methods.base import Response, TelegramMethod
    from aiogram.types.base import TelegramObject

    for base in (TelegramObject, TelegramMethod, Response):
        base.model_rebuild = classmethod(complete)  # type: ignore[assignment,method-assign]
    aiogram.types.Chat(id=1, type="private")  # one type built on its first use, or the plain way


@contextmanager
def _builds_put_off(names: dict[str, Any]) -> Iterator[Any]:
    """While open, aiogram's calls to build its types only leave the names they were given in `names`."""
    from pydantic import BaseModel

    original = BaseModel.__dict__["model_rebuild"]

    def put_off(cls: Any, /, **given: Any) -> bool | None:
        if not cls.__module__.startswith("aiogram"):
            done: bool | None = original.__func__(cls, **given)
            return done
        names.update(given.get("_types_namespace") or {})
        return None

    BaseModel.model_rebuild = classmethod(put_off)  # type: ignore[assignment,method-assign]
    try:
        yield original.__func__
    finally:
        BaseModel.model_rebuild = original  # type: ignore[method-assign]


def _forget_aiogram() -> None:
    for name in [name for name in sys.modules if name == "aiogram" or name.startswith("aiogram.")]:
        del sys.modules[name]


# ---------------------------------------------------------------- the way out

Scope = Literal["private", "groups", "admins"]
Commands = Mapping[tuple[Scope, str], Sequence[tuple[str, str]]]
_SHARE_NUMBER = "📱 Partager mon numéro · Share my number"


class TelegramChannel:
    """One bot. Tokens look like `123456:secret`; the number is the bot's id."""

    name: str = "telegram"
    shows_buttons = True
    longest = LONGEST_TEXT

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
            method = _Writing(load_aiogram(), out).method()
        except ValueError as error:  # a target that is no message, a type aiogram refuses
            return Refused(f"Telegram: {type(error).__name__}", "malformed", "content")
        try:
            bot = self._bot()
        except ValueError:
            return ConfigFault("Telegram: the bot's token is malformed", "token")
        return await _Attempt(bot, out, method).outcome()

    async def find(self, out: Outgoing, since: datetime) -> str | Literal["unknown"] | None:
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
            return False, str(error)
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
        """Takes the webhook away; what waits at Telegram stays there. Raises NotFetched."""
        await self._asked(load_aiogram().methods.DeleteWebhook(drop_pending_updates=False))

    async def _asked(self, method: TelegramMethod[Any]) -> Any:
        import aiohttp

        try:
            return await self._bot()(method)
        except (load_aiogram().errors.AiogramError, aiohttp.ClientError, OSError, ValueError) as error:
            raise NotFetched(_why(error)) from error

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
            raise NotFetched(f"Telegram: {text_of(answer, 'description')[:200] or 'an answer that cannot be read'}")
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
        """The bytes of an attachment. Raises NotFetched: too large, gone, too slow."""
        import aiohttp

        if (media.size or 0) > limit_bytes:
            raise NotFetched(f"Telegram: larger than {limit_bytes} bytes")
        file = await self._asked(load_aiogram().methods.GetFile(file_id=media.ref))
        if not file.file_path or (file.file_size or 0) > limit_bytes:
            raise NotFetched(f"Telegram: larger than {limit_bytes} bytes")
        session: Any = self._bot().session
        url = session.api.file_url(self._token, file.file_path)
        try:
            async with asyncio.timeout(self._timeout * 2):
                return await _downloaded(session, url, limit_bytes)
        except (aiohttp.ClientError, OSError) as error:
            raise NotFetched(f"Telegram: {type(error).__name__}") from error

    # -- the client

    def warm(self) -> None:
        """Load aiogram, in a thread: at the first message it would hold the loop for a second or two."""
        load_aiogram()
        _session_class()

    def _bot(self) -> Bot:
        """aiogram's bot, made at its first use. Raises ValueError for a malformed token."""
        if self._bot_made is None:
            import aiohttp

            kit = load_aiogram()
            session = _session_class()(api=kit.Server.from_base(self._api_base))
            # Waiting for a free connection and connecting share half the time: a time-out after that means that the
            # request had left.
            session.timeout = aiohttp.ClientTimeout(total=self._timeout, connect=self._timeout / 2)
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
def _session_class() -> Any:
    kit = load_aiogram()

    class Session(kit.Session):  # type: ignore[name-defined,misc]
        """aiogram's session, which tells the HTTP status with an error: a 429 without parameters has no type."""

        def check_response(self, bot: Any, method: Any, status_code: int, content: str) -> Any:
            try:
                return super().check_response(bot, method, status_code, content)
            except kit.errors.AiogramError as error:
                error.status = status_code
                raise

        async def close(self) -> None:
            if self.api.base.startswith("https:"):
                await super().close()  # waits a quarter of a second for TLS to say goodbye
            elif self._session is not None:
                await self._session.close()

    return Session


async def _downloaded(session: Any, url: str, limit_bytes: int) -> bytes:
    parts: list[bytes] = []
    room = limit_bytes
    http = await session.create_session()
    async with http.get(url, allow_redirects=False) as response:
        if response.status != 200:
            raise NotFetched(f"Telegram: HTTP {response.status} for a file")
        async for part in response.content.iter_chunked(65536):
            room -= len(part)
            if room < 0:
                raise NotFetched(f"Telegram: larger than {limit_bytes} bytes")
            parts.append(part)
    return b"".join(parts)


# ---------------------------------------------------------------- our words as Telegram's methods


@dataclass(frozen=True, slots=True)
class _Writing:
    """One thing to carry out, written as a method of the Bot API. Raises ValueError for what cannot be one."""

    kit: SimpleNamespace
    out: Outgoing

    def method(self) -> TelegramMethod[Any]:
        made: TelegramMethod[Any] = getattr(self, f"_{self.out.op}")()
        return made

    def _send(self) -> Any:
        words = self.out.words
        common = {
            "chat_id": int(self.out.address),
            "message_thread_id": self.out.topic if self.out.topic != 1 else None,  # 1 is General: it takes none
            "disable_notification": words.silent or None,
            "reply_parameters": self._reply(),
            "reply_markup": self._inline() or self._keyboard(),
        }
        # Words too long for a caption leave without the picture: they matter more, and two messages may part ways.
        caption = clip(storable(words.text), LONGEST_CAPTION, to_plain)
        if words.document and os.path.isfile(words.document):
            document = self.kit.types.FSInputFile(words.document)
            return self.kit.methods.SendDocument(document=document, caption=to_html(caption) or None, **common)
        photo = self._picture() if caption == storable(words.text) else None
        if photo is not None:
            return self.kit.methods.SendPhoto(photo=photo, caption=to_html(caption) or None, **common)
        return self.kit.methods.SendMessage(text=self._html(), link_preview_options=self._no_preview(), **common)

    def _picture(self) -> Any:
        words = self.out.words
        if words.picture:
            return self.kit.types.BufferedInputFile(words.picture, "chart.png")
        return self.kit.types.FSInputFile(words.photo) if words.photo and os.path.isfile(words.photo) else None

    def _edit(self) -> Any:
        chat, message = _target(self.out.target)
        return self.kit.methods.EditMessageText(
            chat_id=chat,
            message_id=message,
            text=self._html(),
            link_preview_options=self._no_preview(),
            reply_markup=self._inline(),
        )

    def _answer(self) -> Any:
        if not self.out.target:
            raise ValueError("no press to answer")
        text = to_plain(clip(storable(self.out.words.text), LONGEST_ANSWER, to_plain))
        return self.kit.methods.AnswerCallbackQuery(callback_query_id=self.out.target, text=text or None)

    def _react(self) -> Any:
        chat, message = _target(self.out.target)
        emoji = to_plain(self.out.words.text) or "👍"
        reaction = [self.kit.types.ReactionTypeEmoji(emoji=emoji)]
        return self.kit.methods.SetMessageReaction(chat_id=chat, message_id=message, reaction=reaction)

    def _html(self) -> str:
        text = clip(storable(self.out.words.text), LONGEST_TEXT, to_plain)
        if not to_plain(text).strip():
            raise ValueError("nothing to say")
        return to_html(text)

    def _no_preview(self) -> Any:
        return self.kit.types.LinkPreviewOptions(is_disabled=True)

    def _reply(self) -> Any:
        if not self.out.reply_to:
            return None
        _, message = _target(self.out.reply_to)
        return self.kit.types.ReplyParameters(message_id=message, allow_sending_without_reply=True)

    def _inline(self) -> Any:
        if not self.out.words.buttons:
            return None
        types = self.kit.types
        rows = [
            [types.InlineKeyboardButton(text=button.label, callback_data=_payload(button)) for button in row]
            for row in self.out.words.buttons
        ]
        return types.InlineKeyboardMarkup(inline_keyboard=rows)

    def _keyboard(self) -> Any:
        types, words = self.kit.types, self.out.words
        rows = [[types.KeyboardButton(text=label) for label in row] for row in words.commands_keyboard]
        if words.ask_contact:
            rows.insert(0, [types.KeyboardButton(text=_SHARE_NUMBER, request_contact=True)])
        if not rows:
            return None
        return types.ReplyKeyboardMarkup(keyboard=rows, resize_keyboard=True, one_time_keyboard=words.ask_contact)


def _payload(button: Button) -> str:
    if not 0 < len(button.payload.encode()) <= LONGEST_PAYLOAD:
        raise ValueError("a button's payload is empty or too long")
    return button.payload


def _target(key: str | None) -> tuple[int, int]:
    chat, _, message = (key or "").rpartition(":")
    return int(chat), int(message)


# ---------------------------------------------------------------- one attempt and its outcome

# What a 400 says → what it comes to. Texts of Telegram's own server; the first that fits counts.
_REFUSALS: tuple[tuple[str, Literal["address", "content", "road"]], ...] = (
    ("chat not found", "address"),
    ("user not found", "address"),
    ("peer_id_invalid", "address"),
    ("chat was deleted", "address"),
    ("group chat was deactivated", "address"),
    ("not enough rights", "road"),
    ("have no rights", "road"),
    ("chat_write_forbidden", "road"),
    ("topic_closed", "road"),
    ("chat_restricted", "road"),
)


class _Attempt:
    """Sends one method, and once more for each of a few faults that are known to be mendable.

    A method Telegram has refused was not carried out, so sending a mended one doubles nothing.
    """

    def __init__(self, bot: Bot, out: Outgoing, method: TelegramMethod[Any]) -> None:
        self._bot = bot
        self._out = out
        self._method = method
        self._moved_to: str | None = None
        self._mended: set[str] = set()

    async def outcome(self) -> Outcome:
        errors = load_aiogram().errors
        while True:
            try:
                result = await self._bot(self._method)
                return Accepted(self._provider_id(result), self._moved_to)
            except errors.TelegramAPIError as error:
                if not self._mend(error):
                    return self._refusal(error)
            except errors.ClientDecodeError as error:
                if getattr(error, "status", None) == 429:
                    return Later("Telegram: too many requests")
                return Unsure("Telegram: an answer that cannot be read")
            except (OSError, ValueError, RecursionError) as error:
                return Unsure(f"Telegram: {type(error).__name__}")

    def _provider_id(self, result: Any) -> str:
        message_id = getattr(result, "message_id", None)
        if message_id is None:
            return self._out.target or ""  # answers and reactions are confirmed with `true`
        return message_key(getattr(self._method, "chat_id", self._out.address), message_id)

    # -- mending

    def _mend(self, error: Any) -> bool:
        """Changes the method so that it may pass. Each fault is mended once."""
        errors = load_aiogram().errors
        mendable = errors.TelegramBadRequest, errors.TelegramMigrateToChat, errors.TelegramEntityTooLarge
        if not isinstance(error, mendable):
            return False
        for name, method in self._remedies(error):
            if name not in self._mended:
                self._mended.add(name)
                self._method = method
                return True
        return False

    def _remedies(self, error: Any) -> Iterator[tuple[str, TelegramMethod[Any]]]:
        kit, says, method = load_aiogram(), _says(error), self._method
        has = type(method).model_fields
        if isinstance(error, kit.errors.TelegramMigrateToChat):
            self._moved_to = str(error.migrate_to_chat_id)
            yield "moved", method.model_copy(update={"chat_id": error.migrate_to_chat_id})
        elif "photo" in has and (isinstance(error, kit.errors.TelegramEntityTooLarge) or "photo" in says):
            words = replace(self._out.words, photo=None, picture=b"")
            yield "photo", _Writing(kit, replace(self._out, words=words)).method()
        elif "message thread not found" in says and "message_thread_id" in has:
            yield "thread", method.model_copy(update={"message_thread_id": None})
        elif "can't parse entities" in says or "is too long" in says:
            field, limit = ("caption", LONGEST_CAPTION) if "caption" in has else ("text", LONGEST_TEXT)
            yield "plain", method.model_copy(update={field: self._plain(limit), "parse_mode": None})
        elif "there is no text in the message" in says:  # a card with a picture
            yield "caption", self._as_caption(method)

    def _as_caption(self, edit: Any) -> TelegramMethod[Any]:
        made: TelegramMethod[Any] = load_aiogram().methods.EditMessageCaption(
            chat_id=edit.chat_id,
            message_id=edit.message_id,
            caption=to_html(clip(storable(self._out.words.text), LONGEST_CAPTION, to_plain)),
            reply_markup=edit.reply_markup,
        )
        return made

    def _plain(self, limit: int) -> str:
        return to_plain(clip(storable(self._out.words.text), limit, to_plain))

    # -- refusals

    def _refusal(self, error: Any) -> Outcome:
        errors = load_aiogram().errors
        status = getattr(error, "status", None)
        if isinstance(error, errors.TelegramRetryAfter):
            return Later("Telegram: too many requests", _wait(error.retry_after))
        if status == 429:
            return Later("Telegram: too many requests")
        if isinstance(error, errors.TelegramEntityTooLarge):
            return Refused("Telegram: too large", "413", "content")
        if isinstance(error, errors.TelegramNetworkError):
            return _network_outcome(error)
        if isinstance(error, errors.TelegramServerError):
            return Unsure(_why(error))
        if isinstance(error, errors.TelegramForbiddenError):
            return Refused(_why(error), "403", "address")
        if status in (401, 404, 409):
            return ConfigFault(_why(error), str(status))
        return self._bad_request(_says(error), _why(error), str(status or 400))

    def _bad_request(self, says: str, why: str, code: str) -> Outcome:
        if "message is not modified" in says:
            return Accepted(self._out.target or "")
        if self._out.op == "answer" and ("query is too old" in says or "query id is invalid" in says):
            return Accepted(self._out.target or "")  # the press was seen; only its little clock ran out
        for part_of_text, about in _REFUSALS:
            if part_of_text in says:
                return Refused(why, code, about)
        return Refused(why, code, "content")


def _network_outcome(error: Any) -> Outcome:
    import aiohttp

    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Down(f"Telegram: {type(cause).__name__}")
    return Unsure(f"Telegram: {type(cause or error).__name__}")


def _wait(seconds: int) -> timedelta:
    return timedelta(seconds=min(max(seconds, 1), 24 * 3600))


def _says(error: Any) -> str:
    return str(getattr(error, "message", "") or "").lower()


def _why(error: Any) -> str:
    """The server's own words; for network faults the kind alone, since their texts may hold the token's address."""
    network = isinstance(error, load_aiogram().errors.TelegramNetworkError)
    says = "" if network else str(getattr(error, "message", "") or "")
    return f"Telegram: {says[:200] or type(error).__name__}"
