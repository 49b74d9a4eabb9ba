"""The chats as the page shows them: one frame a conversation, whoever the provider is."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.core.records import record
from bot.sandbox.message import Attachment, Message
from bot.sandbox.phones import Phone
from bot.sandbox.telegram_chats import Chat, Person
from bot.sandbox.telegram_html import Entity

Kind = Literal["whatsapp", "sms", "telegram", "group", "mail"]
Json = dict[str, object]
SHOWN = 120  # messages of one conversation sent to the page


class Unsaid(Exception):
    """What was requested cannot be done in this chat: `why` is `writer`, `message`, `button` or `blocked`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@record(frozen=True, slots=True)
class Label:
    """Words on the page that are not part of a conversation, in both of its languages."""

    fr: str
    en: str

    def as_json(self) -> Json:
        return {"fr": self.fr, "en": self.en}


@record(frozen=True, slots=True)
class Writer:
    """Somebody who can be chosen to write in a chat."""

    key: str
    name: str
    role: Label


@record(frozen=True, slots=True)
class Look:
    """How a conversation is presented: its key in the page's addresses, its title, what to try in it."""

    key: str
    kind: Kind
    title: Label
    subtitle: Label
    chips: tuple[Label, ...] = ()


class Screen(Protocol):
    """One conversation on the page."""

    look: Look
    writers: tuple[Writer, ...]

    def messages(self) -> list[Message]: ...

    async def say(self, text: str, writer: str, *, reply_to: str, photo: bool) -> None:
        """Writes. Raises Unsaid."""
        ...

    async def press(self, message_id: str, button: str, writer: str) -> None:
        """Presses a button by its payload or label. Raises Unsaid."""
        ...


def _pick(messages: list[Message], message_id: str) -> Message:
    found = next((message for message in messages if message.id == message_id), None)
    if found is None:
        raise Unsaid("message")
    return found


def _replied(messages: list[Message], message_id: str) -> Message | None:
    return _pick(messages, message_id) if message_id else None


@dataclass(slots=True)
class PhoneScreen:
    """A borrower's phone, on WhatsApp or SMS."""

    look: Look
    phone: Phone
    writers: tuple[Writer, ...] = ()

    def messages(self) -> list[Message]:
        return self.phone.chat

    async def say(self, text: str, writer: str, *, reply_to: str, photo: bool) -> None:
        media = (sample_photo(),) if photo else ()
        await self.phone.says(text, media=media, reply_to=_replied(self.phone.chat, reply_to))

    async def press(self, message_id: str, button: str, writer: str) -> None:
        message = _pick(self.phone.chat, message_id)
        try:
            await self.phone.press(button, message)
        except LookupError as error:
            raise Unsaid("button") from error


@dataclass(slots=True)
class ChatScreen:
    """A Telegram chat. In a group one chooses who writes; in a private chat there is but one person."""

    look: Look
    chat: Chat
    people: dict[str, Person]
    writers: tuple[Writer, ...] = field(default=())

    def messages(self) -> list[Message]:
        return [message for message in self.chat.messages if message.service != "topic"]

    def _writer(self, key: str) -> Person:
        if not key:
            return next(iter(self.people.values()))
        if key not in self.people:
            raise Unsaid("writer")
        return self.people[key]

    async def say(self, text: str, writer: str, *, reply_to: str, photo: bool) -> None:
        person, replied = self._writer(writer), _replied(self.chat.messages, reply_to)
        if self.chat.person is not None and person.blocked:
            raise Unsaid("blocked")
        if photo:
            await person.sends(sample_photo(), text, chat=self.chat, reply_to=replied)
        else:
            await person.says(text, chat=self.chat, reply_to=replied)

    async def press(self, message_id: str, button: str, writer: str) -> None:
        message = _pick(self.chat.messages, message_id)
        try:
            await self._writer(writer).press(message, button)
        except LookupError as error:
            raise Unsaid("button") from error


def screen_json(screen: Screen) -> Json:
    """One conversation as the page draws it: the newest messages, oldest first."""
    look, messages = screen.look, screen.messages()
    by_id = {message.id: message for message in messages}
    return {
        "id": look.key,
        "kind": look.kind,
        "title": look.title.as_json(),
        "subtitle": look.subtitle.as_json(),
        "chips": [chip.as_json() for chip in look.chips],
        "writers": [{"id": one.key, "name": one.name, "role": one.role.as_json()} for one in screen.writers],
        "messages": [message_json(message, by_id.get(message.reply_to or "")) for message in messages[-SHOWN:]],
    }


def message_json(message: Message, replied: Message | None) -> Json:
    return {
        "id": message.id,
        "mine": message.mine,
        "author": message.author,
        "text": message.text,
        "entities": [_entity_json(one) for one in message.entities],
        "at": message.at.isoformat(),
        "status": message.status,
        "edited": bool(message.history),
        "service": message.service,
        "silent": message.silent,
        "buttons": [[{"label": one.label, "payload": one.payload} for one in row] for row in message.buttons],
        "keyboard": [list(row) for row in message.keyboard],
        "files": [{"name": one.name, "picture": is_picture(one)} for one in message.attachments],
        "reactions": message.reactions,
        "toasts": [{"text": toast.text, "alert": toast.alert} for toast in message.toasts],
        "reply": {"author": replied.author, "text": replied.text[:120]} if replied is not None else None,
    }


def is_picture(one: Attachment) -> bool:
    """Whether a file is shown in the chat; any other is a name to open."""
    return one.kind == "photo" and one.mime.startswith("image/")


def _entity_json(entity: Entity) -> Json:
    return {key: entity[key] for key in ("type", "offset", "length", "url") if key in entity}


def sample_photo() -> Attachment:
    """A small picture of our own making, to be sent where a person would take a photo: a drill's yellow on grey."""
    width, height = 64, 48
    rows = b"".join(b"\0" + bytes(_pixel(x, y) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    palette = bytes((214, 219, 224, 244, 178, 35, 66, 74, 84))
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)
    return Attachment("photo", "image/png", png)


def _pixel(x: int, y: int) -> int:
    if (12 <= x < 44 and 12 <= y < 24) or (14 <= x < 24 and 24 <= y < 40):
        return 1
    return 2 if 44 <= x < 58 and 16 <= y < 20 else 0


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
