"""One attempt to call Telegram, and its outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from bot.channels.base import Outgoing
from bot.channels.telegram_library import load_aiogram
from bot.channels.telegram_reader import message_key
from bot.channels.telegram_writing import LONGEST_CAPTION, LONGEST_TEXT, Writing
from bot.core.delivery import Accepted, ConfigFault, Down, Later, Outcome, Refused, Unsure
from bot.core.markup import clip, storable, to_html, to_plain

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.methods import TelegramMethod

# The description of a 400 → its outcome. Texts of Telegram's own server; the first match counts.
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


class Attempt:
    """Sends one method, and once more for each of a few faults that are known to be correctable.

    A method Telegram has refused was not carried out, so sending a corrected one duplicates nothing.
    """

    def __init__(self, bot: Bot, out: Outgoing, method: TelegramMethod[Any]) -> None:
        self._bot = bot
        self._out = out
        self._method = method
        self._moved_to: str | None = None
        self._corrected: set[str] = set()

    async def outcome(self) -> Outcome:
        errors = load_aiogram().errors
        while True:
            try:
                result = await self._bot(self._method)
                return Accepted(self._provider_id(result), self._moved_to)
            except errors.TelegramAPIError as error:
                if not self._correct(error):
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

    # -- correcting

    def _correct(self, error: Any) -> bool:
        """Corrects the method after a fault, once for each fault. Whether it can be sent again."""
        errors = load_aiogram().errors
        correctable = errors.TelegramBadRequest, errors.TelegramMigrateToChat, errors.TelegramEntityTooLarge
        if not isinstance(error, correctable):
            return False
        for name, method in self._remedies(error):
            if name not in self._corrected:
                self._corrected.add(name)
                self._method = method
                return True
        return False

    def _remedies(self, error: Any) -> Iterator[tuple[str, TelegramMethod[Any]]]:
        kit, says, method = load_aiogram(), _says(error), self._method
        has = type(method).model_fields
        if isinstance(error, kit.errors.TelegramMigrateToChat):
            if "message_id" in has:  # a supergroup counts its messages anew: the number is another's there
                return
            self._moved_to = str(error.migrate_to_chat_id)
            yield "moved", method.model_copy(update={"chat_id": error.migrate_to_chat_id})
        elif "photo" in has and (isinstance(error, kit.errors.TelegramEntityTooLarge) or "photo" in says):
            words = replace(self._out.words, photo=None, picture=b"")
            yield "photo", Writing(kit, replace(self._out, words=words)).method()
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
            return Unsure(why_of(error))
        if isinstance(error, errors.TelegramForbiddenError):
            return Refused(why_of(error), "403", "address")
        if status in (401, 404, 409):
            return ConfigFault(why_of(error), str(status))
        return self._bad_request(_says(error), why_of(error), str(status or 400))

    def _bad_request(self, says: str, why: str, code: str) -> Outcome:
        if "message is not modified" in says:
            return Accepted(self._out.target or "")
        if self._out.op == "answer" and ("query is too old" in says or "query id is invalid" in says):
            return Accepted(self._out.target or "")  # the press was handled all the same
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


def why_of(error: Any) -> str:
    """The server's own words; for network faults only the type, since their texts may contain the URL with the
    token."""
    network = isinstance(error, load_aiogram().errors.TelegramNetworkError)
    says = "" if network else str(getattr(error, "message", "") or "")
    return f"Telegram: {says[:200] or type(error).__name__}"
