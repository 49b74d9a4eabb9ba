"""Our words as methods of Telegram's Bot API."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bot.channels.base import Button, Outgoing
from bot.core.markup import clip, storable, to_html, to_plain
from bot.core.records import record

if TYPE_CHECKING:
    from aiogram.methods import TelegramMethod

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_ANSWER = 200
LONGEST_PAYLOAD = 64  # bytes
_SHARE_NUMBER = "📱 Partager mon numéro · Share my number"


@record(frozen=True, slots=True)
class Writing:
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
            "reply_markup": self._inline() or self._share_number(),
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

    def _inline(self) -> Any:
        if not self.out.words.buttons:
            return None
        types = self.kit.types
        rows = [
            [types.InlineKeyboardButton(text=button.label, callback_data=_payload(button)) for button in row]
            for row in self.out.words.buttons
        ]
        return types.InlineKeyboardMarkup(inline_keyboard=rows)

    def _share_number(self) -> Any:
        if not self.out.words.ask_contact:
            return None
        types = self.kit.types
        button = types.KeyboardButton(text=_SHARE_NUMBER, request_contact=True)
        return types.ReplyKeyboardMarkup(keyboard=[[button]], resize_keyboard=True, one_time_keyboard=True)


def _payload(button: Button) -> str:
    if not 0 < len(button.payload.encode()) <= LONGEST_PAYLOAD:
        raise ValueError("a button's payload is empty or too long")
    return button.payload


def _target(key: str | None) -> tuple[int, int]:
    chat, _, message = (key or "").rpartition(":")
    return int(chat), int(message)
