"""What a Telegram update says, read from the plain dictionary: nothing of aiogram is needed to understand a letter.

Updates are untrusted data: every field is validated, and what is not valid counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.core.inbound import Event, Inbound, Item, Letter, Media, Medium, SharedContact
from bot.core.records import record

# What the reader understands; Telegram is asked for these kinds and no others.
UPDATE_KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
LARGEST_FILE = 20 * 1024 * 1024  # what a bot may download
_START = re.compile(r"/start(?:@(\w+))?[ \n]+([A-Za-z0-9_-]{1,64})\s*")
_INSIDE = ("member", "administrator", "creator")
_MEDIA_FIELDS: tuple[tuple[str, Medium], ...] = (
    ("voice", "voice"),
    ("audio", "voice"),
    ("video", "video"),
    ("video_note", "video"),
    ("animation", "video"),
    ("document", "document"),
    ("sticker", "sticker"),
)
# Sent by people as well, and of no use here: they are told so, as of a sticker.
_UNREAD_FIELDS = ("poll", "checklist", "dice", "game", "story", "paid_media")

Fields = Mapping[str, Any]
_NOTHING: Fields = {}


def message_key(chat_id: object, message_id: object) -> str:
    """A message's provider id. Message numbers are counted per chat, so the chat belongs to it."""
    return f"{chat_id}:{message_id}"


def part(fields: Fields, name: str) -> Fields:
    """A nested object; empty when it is missing or something else."""
    value = fields.get(name)
    return value if isinstance(value, dict) else _NOTHING


def text_of(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def number(fields: Fields, name: str) -> int | None:
    """A whole number that fits into 64 bits; None for anything else, `true` included."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    return None


def writer_of(update: Fields) -> str:
    """Whose update it is: the user's id, else the chat's. One person's updates keep their order in all chats."""
    abouts = (about for about in update.values() if isinstance(about, dict))
    ids = (number(part(about, name), "id") for about in abouts for name in ("sender_chat", "from", "chat"))
    return next((str(found) for found in ids if found is not None), "")


@record(frozen=True, slots=True)
class TelegramReader:
    """Private chats and groups of one bot. What other bots and channels post is ignored."""

    bot_id: int
    bot_username: str = ""

    def read(self, letter: Letter) -> list[Item]:
        update = letter.payload
        if message := part(update, "message"):
            found = self._message(letter, message, edited=False)
        elif message := part(update, "edited_message"):
            found = self._message(letter, message, edited=True)
        elif press := part(update, "callback_query"):
            found = self._press(letter, press)
        else:
            found = self._membership(letter, part(update, "my_chat_member"))
        return [found] if found else []

    # -- what people say

    def _message(self, letter: Letter, message: Fields, *, edited: bool) -> Inbound | None:
        if moved := self._migration(letter, message):
            return moved
        place = _Place.of(message)
        who = _Writer.of(message)
        if place is None or who is None or message.get("is_automatic_forward") is True:
            return None
        text = text_of(message, "text") or text_of(message, "caption")
        media, contact, location = _media(message), _contact(message, who, place), _location(message)
        if not (text or media or contact or location):
            return None  # a pinned message, a new title, somebody who joined: nothing was said
        return Inbound(
            **self._common(letter, place, who),
            text=text,
            media=media,
            contact=contact,
            location=location,
            edited=edited,
            forwarded="forward_origin" in message or "forward_date" in message,
            start_token=self._start_token(text),
            **self._replied(message, place),
        )

    def _common(self, letter: Letter, place: _Place, who: _Writer) -> dict[str, Any]:
        return {
            "channel": "telegram",
            "provider_id": letter.provider_id,
            "sender": str(self.bot_id),
            "address": str(who.id),
            "chat": str(place.chat),
            "topic": place.topic,
            "group": place.group,
            "group_title": place.title,
            "name": who.name,
            "username": who.username,
            "language": who.language,
            "anonymous": who.anonymous,
        }

    def _start_token(self, text: str) -> str | None:
        found = _START.fullmatch(text)
        if found is None or (found[1] and found[1].lower() != self.bot_username.lower()):
            return None
        return found[2]

    def _replied(self, message: Fields, place: _Place) -> dict[str, Any]:
        replied = part(message, "reply_to_message")
        replied_id = number(replied, "message_id")
        # In a topic every message answers the service message that opened it; nobody meant that as a reply.
        if replied_id is None or "forum_topic_created" in replied:
            return {}
        author = part(replied, "from")
        author_id = number(author, "id")
        # What a group, a channel or another bot wrote bears an account that many share: it names nobody.
        shared = "sender_chat" in replied or (author.get("is_bot") is True and author_id != self.bot_id)
        return {
            "on_message": message_key(place.chat, replied_id),
            "reply_to_address": str(author_id) if author_id is not None and not shared else None,
            "reply_to_name": _name(author),
            "reply_to_bot": author_id == self.bot_id,
        }

    def _press(self, letter: Letter, press: Fields) -> Inbound | None:
        message = part(press, "message")
        place, who = _Place.of(message), _Writer.of({"from": press.get("from")})
        data, press_id = text_of(press, "data"), text_of(press, "id")
        message_id = number(message, "message_id")
        if place is None or who is None or message_id is None or not press_id:
            return None
        return Inbound(
            **self._common(letter, place, who),
            payload=data,  # empty: an unknown button, whose press is answered all the same
            press_id=press_id,
            on_message=message_key(place.chat, message_id),
            reply_to_bot=True,
        )

    # -- what becomes of chats

    def _migration(self, letter: Letter, message: Fields) -> Inbound | None:
        """A group that became a supergroup; reported once in the old chat and once in the new."""
        here = number(part(message, "chat"), "id")
        new, old = number(message, "migrate_to_chat_id"), number(message, "migrate_from_chat_id")
        if here is None or (new is None and old is None):
            return None
        was, becomes = (here, new) if new is not None else (old, here)
        return self._event(letter, "migrated", was, writer_of({"message": message}), migrated_to=str(becomes))

    def _membership(self, letter: Letter, change: Fields) -> Inbound | None:
        """The bot's own membership. Other people's gives nobody a right, so it is ignored."""
        chat, who = part(change, "chat"), number(part(change, "from"), "id")
        chat_id = number(chat, "id")
        new, old = part(change, "new_chat_member"), part(change, "old_chat_member")
        if chat_id is None or who is None or number(part(new, "user"), "id") != self.bot_id:
            return None
        event = _membership_event(text_of(chat, "type"), inside=_is_inside(new), before=_is_inside(old))
        if event is None:
            return None
        group = text_of(chat, "type") != "private"
        return self._event(letter, event, chat_id, str(who), group=group, group_title=text_of(chat, "title"))

    def _event(self, letter: Letter, event: Event, chat: object, who: str, **more: Any) -> Inbound:
        more = {"group": True} | more
        return Inbound("telegram", letter.provider_id, str(self.bot_id), who, str(chat), event=event, **more)


@record(frozen=True, slots=True)
class _Place:
    chat: int
    group: bool
    title: str
    topic: int | None

    @classmethod
    def of(cls, message: Fields) -> _Place | None:
        chat = part(message, "chat")
        chat_id, kind = number(chat, "id"), text_of(chat, "type")
        if chat_id is None or kind not in ("private", "group", "supergroup"):
            return None
        # A thread number outside a forum belongs to a chain of replies, and sending with it would fail.
        topic = number(message, "message_thread_id") if message.get("is_topic_message") is True else None
        return cls(chat_id, kind != "private", text_of(chat, "title"), topic)


@record(frozen=True, slots=True)
class _Writer:
    id: int
    name: str
    username: str
    language: str
    anonymous: bool

    @classmethod
    def of(cls, message: Fields) -> _Writer | None:
        """The person who wrote; a chat that writes as itself is anonymous; None for bots."""
        behind = part(message, "sender_chat")
        chat_id = number(behind, "id")
        if chat_id is not None:
            return cls(chat_id, text_of(behind, "title"), text_of(behind, "username"), "", True)
        person = part(message, "from")
        user_id = number(person, "id")
        if user_id is None or person.get("is_bot") is True:
            return None
        return cls(user_id, _name(person), text_of(person, "username"), text_of(person, "language_code"), False)


def _name(person: Fields) -> str:
    return f"{text_of(person, 'first_name')} {text_of(person, 'last_name')}".strip()


def _media(message: Fields) -> tuple[Media, ...]:
    album = text_of(message, "media_group_id") or None
    if photo := _largest_photo(message.get("photo")):
        return (Media("photo", photo["file_id"], "image/jpeg", number(photo, "file_size"), album),)
    for name, kind in _MEDIA_FIELDS:
        found = part(message, name)
        if ref := text_of(found, "file_id"):
            size, called = number(found, "file_size"), text_of(found, "file_name")
            return (Media(kind, ref, text_of(found, "mime_type"), size, album, called),)
    return (Media("other", ""),) if any(name in message for name in _UNREAD_FIELDS) else ()


def _largest_photo(sizes: object) -> Fields | None:
    """The largest of the sizes of one photo that a bot may download."""
    if not isinstance(sizes, list):
        return None
    fit = [size for size in sizes if isinstance(size, dict) and text_of(size, "file_id")]
    fit = [size for size in fit if (number(size, "file_size") or 0) <= LARGEST_FILE]
    return max(fit, key=lambda size: (number(size, "width") or 0) * (number(size, "height") or 0), default=None)


def _contact(message: Fields, who: _Writer, place: _Place) -> SharedContact | None:
    card = part(message, "contact")
    phone = text_of(card, "phone_number").strip()
    if not phone:
        return None
    # Only the card Telegram itself made for the writer's own number names the writer. A forwarded card or one typed
    # by hand may hold anybody's number.
    own = number(card, "user_id") == who.id and not place.group and not who.anonymous
    own = own and "forward_origin" not in message and "forward_date" not in message
    return SharedContact(phone if phone.startswith("+") else f"+{phone}", own, _name(card))


def _location(message: Fields) -> tuple[float, float] | None:
    spot = part(message, "location") or part(part(message, "venue"), "location")
    latitude, longitude = _degrees(spot, "latitude", 90), _degrees(spot, "longitude", 180)
    return None if latitude is None or longitude is None else (latitude, longitude)


def _degrees(spot: Fields, name: str, most: int) -> float | None:
    value = spot.get(name)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most
    return float(value) if fits and value is not None else None


def _is_inside(member: Fields) -> bool:
    status = text_of(member, "status")
    return status in _INSIDE or (status == "restricted" and member.get("is_member") is True)


def _membership_event(kind: str, *, inside: bool, before: bool) -> Event | None:
    if inside == before:
        return None  # promoted, restricted, renamed
    if kind == "private":
        return "unblocked" if inside else "blocked"
    if kind in ("group", "supergroup"):
        return "joined" if inside else "left"
    return None
