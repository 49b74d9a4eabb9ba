"""The Bot API's shapes of people, chats, members and messages, as dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bot.sandbox.message import Attachment, Message

if TYPE_CHECKING:
    from bot.sandbox.telegram_chats import Chat, Person

Json = dict[str, object]
ANONYMOUS_ADMIN: Json = {
    "id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot",
}  # fmt: skip
ADMIN_RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
    "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories", "can_send_welcome_messages",
)  # fmt: skip


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def person_json(person: Person) -> Json:
    named = {"username": person.username} if person.username else {}
    return {
        "id": person.id, "is_bot": False, "first_name": person.name, "language_code": person.language, **named,
    }  # fmt: skip


def chat_json(chat: Chat) -> Json:
    if chat.person is not None:
        shown = person_json(chat.person)
        return {"type": "private"} | {key: shown[key] for key in ("id", "first_name", "username") if key in shown}
    forum = {"is_forum": True} if chat.topics else {}
    return {"id": chat.id, "type": chat.kind, "title": chat.title, **forum}


def member_json(user: Json, status: str) -> Json:
    """A ChatMember; an administrator's rights are all there, all granted but anonymity."""
    if status == "kicked":
        return {"user": user, "status": status, "until_date": 0}
    if status in ("administrator", "creator"):
        rights = {right: right != "is_anonymous" for right in ADMIN_RIGHTS}
        return {"user": user, "status": status, **rights}
    return {"user": user, "status": status}


def file_json(one: Attachment) -> Json:
    return {"file_id": one.ref, "file_unique_id": "u" + one.ref[-12:], "file_size": len(one.content)}


def _photo(one: Attachment) -> list[Json]:
    """The sizes of a photo, smallest first; the stand-in has but one picture and calls it by two sizes."""
    return [file_json(one) | {"width": 90, "height": 67}, file_json(one) | {"width": 1280, "height": 960}]


def attachment_json(one: Attachment) -> Json:
    if one.kind == "photo":
        return {"photo": _photo(one)}
    if one.kind in ("voice", "video"):
        size = {"width": 640, "height": 480} if one.kind == "video" else {}
        return {one.kind: file_json(one) | {"duration": 3, "mime_type": one.mime} | size}
    if one.kind == "sticker":
        flags = {"type": "regular", "is_animated": False, "is_video": False}
        return {"sticker": file_json(one) | {"width": 512, "height": 512} | flags}
    return {"document": file_json(one) | {"mime_type": one.mime, "file_name": one.name or "document"}}


def message_json(chat: Chat, message: Message, bot: Json, *, with_reply: bool = True) -> Json:
    """A message as the API shows it: a reply one level deep, buttons only where they can be pressed."""
    shown: Json = {"message_id": int(message.id), "date": seconds(message.at), "chat": chat_json(chat)}
    shown["from"] = _author(chat, message, bot)
    shown |= _words(message)
    for one in message.attachments:
        shown |= attachment_json(one)
    if message.buttons:
        shown["reply_markup"] = {"inline_keyboard": keyboard_json(message)}
    if message.topic is not None:
        shown |= {"message_thread_id": message.topic, "is_topic_message": True}
    replied = chat.find(message.reply_to) if message.reply_to and with_reply else None
    if replied is not None:
        shown["reply_to_message"] = message_json(chat, replied, bot, with_reply=False)
    return shown | message.extra


def _author(chat: Chat, message: Message, bot: Json) -> Mapping[str, object]:
    person = chat.net.people.get(message.author_id or 0)
    return person_json(person) if person is not None and message.mine else bot


def _words(message: Message) -> Json:
    if not message.text or message.service:
        return {}
    where, spans = ("caption", "caption_entities") if message.attachments else ("text", "entities")
    return {where: message.text} | ({spans: list(message.entities)} if message.entities else {})


def keyboard_json(message: Message) -> list[list[Json]]:
    return [[{"text": button.label, "callback_data": button.payload} for button in row] for row in message.buttons]
