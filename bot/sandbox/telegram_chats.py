"""People and groups on the Telegram stand-in: what they write, press, join, block and see."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from bot.sandbox.message import Attachment, Message, Toast
from bot.sandbox.telegram_html import units
from bot.sandbox.telegram_shapes import (
    ANONYMOUS_ADMIN,
    Json,
    chat_json,
    member_json,
    message_json,
    person_json,
    seconds,
)

if TYPE_CHECKING:
    from bot.sandbox.telegram_net import TelegramNet

Kind = Literal["private", "group", "supergroup"]
INSIDE = ("member", "administrator", "creator")


class Chat:
    """One chat and all that was written in it. A private chat has its `person`, a group its `title` and members."""

    def __init__(self, net: TelegramNet, chat_id: int, kind: Kind, *, title: str = "", person: Person | None = None):
        self.net = net
        self.id = chat_id
        self.kind: Kind = kind
        self.title = title
        self.person = person
        self.messages: list[Message] = []
        self.topics: dict[int, str] = {}
        self.members: dict[int, str] = {}
        self.bot_status = "left"
        self.moved_to: int | None = None
        self._numbers: Iterator[int] = itertools.count(net.first) if kind == "supergroup" else net.numbers
        self._seen = 0

    @property
    def heard(self) -> list[Message]:
        """All that the bot has said here, oldest first."""
        return [message for message in self.messages if not message.mine and not message.service]

    def new(self) -> list[Message]:
        """What the bot said here since the last look."""
        heard = self.heard
        fresh, self._seen = heard[self._seen :], len(heard)
        return fresh

    def find(self, message_id: str | int | None) -> Message | None:
        return next((message for message in self.messages if message.id == str(message_id)), None)

    def write(self, text: str, at: datetime, **more: object) -> Message:
        """Puts a message into the chat under its next number. `more`: other fields of Message."""
        message = Message(str(next(self._numbers)), text, at)
        for name, value in more.items():
            setattr(message, name, value)
        self.messages.append(message)
        return message

    def as_json(self, message: Message) -> Json:
        return message_json(self, message, self.net.bot)


class Person:
    """Somebody with a Telegram account. `opened`: has started the bot, so that it may write to them."""

    def __init__(self, net: TelegramNet, person_id: int, name: str, username: str, phone: str, language: str) -> None:
        self.net = net
        self.id = person_id
        self.name = name
        self.username = username
        self.phone = phone
        self.language = language
        self.private = Chat(net, person_id, "private", person=self)
        self.opened = False
        self.blocked = False
        self.deactivated = False
        self.toasts: list[Toast] = []

    @property
    def heard(self) -> list[Message]:
        """All that the bot has said to this person alone."""
        return self.private.heard

    def new(self) -> list[Message]:
        return self.private.new()

    # --- writing ----------------------------------------------------------------------------------------------------

    async def says(
        self,
        text: str,
        *,
        chat: Chat | None = None,
        reply_to: Message | None = None,
        topic: int | None = None,
        anonymous: bool = False,
        forwarded: bool = False,
    ) -> Message:
        """Writes in `chat` (default: privately to the bot); returns once the bot's webhook was tried.

        anonymous: as an administrator who hides behind the group. forwarded: words of somebody else passed on.
        """
        extra: Json = {}
        chat = chat or self.private
        if anonymous:
            extra |= {"from": ANONYMOUS_ADMIN, "sender_chat": chat_json(chat)}
        if forwarded:
            origin = {"type": "hidden_user", "sender_user_name": "Quelqu’un", "date": seconds(self.net.now())}
            extra |= {"forward_origin": origin}
        return await self._writes(chat, text, reply_to=reply_to, topic=topic, extra=extra)

    async def starts(self, token: str = "") -> Message:
        """Presses START, perhaps by a deep link that carries a token."""
        return await self.says(f"/start {token}".strip())

    async def sends(
        self, attachment: Attachment, caption: str = "", *, chat: Chat | None = None, reply_to: Message | None = None
    ) -> Message:
        """Sends a photo, a voice note, a document…"""
        kept = self.net.keep(attachment)
        return await self._writes(chat or self.private, caption, reply_to=reply_to, attachments=(kept,))

    async def shares_contact(self, phone: str = "", *, user_id: int | None = None, name: str = "") -> Message:
        """Sends a contact card, by default the own one; somebody else's carries another user id, or 0 for none."""
        owner = self.id if user_id is None else user_id
        card: Json = {"phone_number": (phone or self.phone).lstrip("+"), "first_name": name or self.name}
        contact = card | ({"user_id": owner} if owner else {})
        return await self._writes(self.private, "", extra={"contact": contact})

    async def shares_location(self, latitude: float, longitude: float) -> Message:
        location: Json = {"latitude": latitude, "longitude": longitude}
        return await self._writes(self.private, "", extra={"location": location})

    async def sends_other(self, content: Json) -> Message:
        """Privately sends what only Telegram has, such as `{"poll": {…}}`."""
        return await self._writes(self.private, "", extra=content)

    async def edits(self, message: Message, text: str) -> None:
        """Changes own words."""
        chat = self.net.chat_of(message)
        message.history.append(message.text)
        message.text = text
        message.entities = commands_in(text)
        message.extra["edit_date"] = seconds(self.net.now())
        if self.net.bot_sees(chat, message):
            await self.net.tell("edited_message", f"chat:{chat.id}", chat.as_json(message))

    async def _writes(self, chat: Chat, text: str, **more: object) -> Message:
        reply_to = more.pop("reply_to", None)
        if chat is self.private and self.blocked:
            raise ValueError(f"{self.name} has blocked the bot: unblock first")
        message = chat.write(
            text, self.net.now(), mine=True, author=self.name, author_id=self.id, entities=commands_in(text),
            reply_to=reply_to.id if isinstance(reply_to, Message) else None, **more,
        )  # fmt: skip
        if chat is self.private:
            self.opened = True
        elif self.id not in chat.members:
            chat.members[self.id] = "member"
        if self.net.bot_sees(chat, message):
            arrived = await self.net.tell("message", f"chat:{chat.id}", chat.as_json(message))
            message.status = "delivered" if arrived else "sent"
        return message

    # --- pressing ---------------------------------------------------------------------------------------------------

    async def press(self, message: Message, wanted: str) -> str:
        """Presses the button with this label or payload; the id of the press, empty for a key of a reply keyboard.

        Anybody who sees a message can press. Raises LookupError when there is no such button.
        """
        if any(wanted in row for row in message.keyboard):
            await (self.shares_contact() if wanted == message.contact_label else self.says(wanted))
            return ""
        return await self.presses(message, message.button(wanted).payload)

    async def presses(self, message: Message, payload: str) -> str:
        """Sends this callback data for a message, whether or not one of its buttons (still) carries it."""
        chat = self.net.chat_of(message)
        press = self.net.new_press(self, message)
        query: Json = {
            "id": press, "from": person_json(self), "message": chat.as_json(message),
            "chat_instance": str(chat.id * 7919), "data": payload,
        }  # fmt: skip
        await self.net.tell("callback_query", f"user:{self.id}", query)
        return press

    async def blocks(self) -> None:
        self.blocked = True
        await self.private.net.membership(self.private, self, "member", "kicked")

    async def unblocks(self) -> None:
        self.blocked = False
        await self.private.net.membership(self.private, self, "kicked", "member")


class Group(Chat):
    """A group, perhaps with topics, which may become a supergroup."""

    async def adds_bot(self, by: Person, status: str = "member") -> None:
        """Lets the bot in; `administrator` lets it read everything."""
        before, self.bot_status = self.bot_status, status
        self.members.setdefault(by.id, "creator")
        await self.net.membership(self, by, before, status)

    async def removes_bot(self, by: Person) -> None:
        before, self.bot_status = self.bot_status, "kicked"
        await self.net.membership(self, by, before, "kicked")

    async def welcomes(self, person: Person) -> None:
        """A person joins; the chat says so."""
        self.members[person.id] = "member"
        await self._announces("joined", {"new_chat_members": [person_json(person)]}, person)

    async def _announces(self, what: str, extra: Json, person: Person) -> None:
        now = self.net.now()
        line = self.write("", now, mine=True, author=person.name, author_id=person.id, service=what, extra=extra)
        await self.net.tell("message", f"chat:{self.id}", self.as_json(line))

    def opens_topic(self, name: str) -> int:
        """A new forum topic; its thread id. Only a supergroup has topics."""
        if self.kind != "supergroup":
            raise ValueError("only a supergroup has topics")
        line = self.write(name, self.net.now(), mine=True, service="topic")
        self.topics[int(line.id)] = name
        return int(line.id)

    async def becomes_supergroup(self, by: Person) -> Group:
        """Moves to a new id, as Telegram does when a group grows or opens its history; the group at its new place."""
        new = self.net.group(-1_000_000_000_000 - abs(self.id), self.title)
        new.members, new.bot_status = dict(self.members), self.bot_status
        self.moved_to = new.id
        await self._announces("moved", {"migrate_to_chat_id": new.id}, by)
        await new._announces("moved", {"migrate_from_chat_id": self.id}, by)
        return new


def commands_in(text: str) -> tuple[Json, ...]:
    """The entity of a command at the beginning of a text: `/pret`, `/pret@the_bot`."""
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    is_command = text.startswith("/") and len(word) > 1
    return ({"type": "bot_command", "offset": 0, "length": units(word)},) if is_command else ()


def membership_json(chat: Chat, by: Person, bot: Json, before: str, after: str) -> Json:
    return {
        "chat": chat_json(chat), "from": person_json(by), "date": seconds(chat.net.now()),
        "old_chat_member": member_json(bot, before), "new_chat_member": member_json(bot, after),
    }  # fmt: skip
