"""The Bot API's methods, each a function of the stand-in and the parameters it was called with.

Descriptions of errors are worded as the real server words them, since clients tell errors apart by them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.records import record
from bot.sandbox.faults import Call
from bot.sandbox.message import Attachment, Button, Message, Toast
from bot.sandbox.telegram_chats import INSIDE, Chat
from bot.sandbox.telegram_html import CannotParse, read_html, units
from bot.sandbox.telegram_shapes import Json, chat_json, file_json, member_json, person_json, seconds
from bot.sandbox.telegram_updates import Webhook
from bot.sandbox.wire import LOOPBACK, host_of

if TYPE_CHECKING:
    from bot.sandbox.telegram_net import TelegramNet

LONGEST_TEXT, LONGEST_CAPTION, LONGEST_TOAST, LARGEST_PAYLOAD = 4096, 1024, 200, 64
PRESS_LIVES = timedelta(minutes=15)
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)


class ApiError(Exception):
    """An answer with `ok: false`."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters or {}


def bad(reason: str) -> ApiError:
    return ApiError(400, f"Bad Request: {reason}")


@record(frozen=True, slots=True)
class Params:
    """The arguments of one call. Numbers and objects may come as text, as forms carry them."""

    given: Mapping[str, object]
    files: Mapping[str, bytes]
    names: Mapping[str, str]

    @classmethod
    def of(cls, call: Call) -> Params:
        if call.json is not None and not isinstance(call.json, dict):
            raise bad("can't parse JSON object")
        return cls(dict(call.fields) | (call.json if isinstance(call.json, dict) else {}), call.files, call.names)

    def text(self, name: str) -> str:
        value = self.given.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def number(self, name: str, default: int = 0) -> int:
        text = self.text(name)
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            raise bad(f"invalid {name} specified") from None

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "1", "yes")

    def json(self, name: str) -> object:
        """A parameter that is an object or a list; None when it is absent."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name} JSON object") from None

    def map(self, name: str) -> Json:
        value = self.json(name)
        return value if isinstance(value, dict) else {}

    def list(self, name: str) -> list[Json]:
        value = self.json(name)
        return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []

    def file(self, name: str) -> bytes | None:
        """An uploaded file: a part of that name, or the part that `attach://…` points to."""
        return self.files.get(name) or self.files.get(self.text(name).removeprefix("attach://"))

    def file_name(self, name: str) -> str:
        """What its sender calls an uploaded file."""
        return self.names.get(name) or self.names.get(self.text(name).removeprefix("attach://"), "")


Method = Callable[["TelegramNet", Params], object]

# --- where to -------------------------------------------------------------------------------------------------------


def find_chat(net: TelegramNet, params: Params) -> Chat:
    """The chat meant. Raises ApiError when it is empty or unknown."""
    wanted = params.text("chat_id")
    if not wanted:
        raise bad("chat_id is empty")
    for chat in net.chats():
        if wanted == str(chat.id):
            return chat
    raise bad("chat not found")


def writable(net: TelegramNet, params: Params) -> Chat:
    """The chat meant, if the bot may write there. Raises ApiError."""
    chat = find_chat(net, params)
    if chat.moved_to is not None:
        text = "Bad Request: group chat was upgraded to a supergroup chat"
        raise ApiError(400, text, {"migrate_to_chat_id": chat.moved_to})
    if chat.person is None:
        _check_group(chat)
    elif chat.person.deactivated:
        raise ApiError(403, "Forbidden: user is deactivated")
    elif chat.person.blocked:
        raise ApiError(403, "Forbidden: bot was blocked by the user")
    elif not chat.person.opened:
        raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
    return chat


def _check_group(chat: Chat) -> None:
    if chat.bot_status == "kicked":
        raise ApiError(403, f"Forbidden: bot was kicked from the {chat.kind} chat")
    if chat.bot_status not in INSIDE:
        raise ApiError(403, f"Forbidden: bot is not a member of the {chat.kind} chat")


def _place(chat: Chat, params: Params) -> dict[str, object]:
    """The topic a message goes to and the message it answers, checked."""
    topic = params.number("message_thread_id") or None
    if topic is not None and topic not in chat.topics:
        raise bad("message thread not found")
    reply = params.map("reply_parameters")
    replied = chat.find(str(reply.get("message_id", params.text("reply_to_message_id"))))
    wants_reply = bool(reply) or bool(params.text("reply_to_message_id"))
    may_do_without = bool(reply.get("allow_sending_without_reply")) or params.flag("allow_sending_without_reply")
    if wants_reply and replied is None and not may_do_without:
        raise bad("message to be replied not found")
    return {"topic": topic, "reply_to": replied.id if replied else None}


# --- what -----------------------------------------------------------------------------------------------------------


def _words(params: Params, name: str, longest: int) -> tuple[str, tuple[Json, ...]]:
    """Text and entities, checked. Lengths are counted in UTF-16 units, the stricter reading of "characters"."""
    source, mode = params.text(name), params.text("parse_mode")
    entities: list[Json] = []
    if mode.lower() == "html":
        try:
            source, entities = read_html(source)
        except CannotParse as error:
            raise bad(f"can't parse entities: {error}") from None
    elif mode:
        raise bad("unsupported parse_mode")
    if units(source) > longest:
        raise bad("message is too long" if name == "text" else "message caption is too long")
    return source.strip(), tuple(entities)


def _markup(params: Params) -> dict[str, object]:
    """The keyboard under a message: inline buttons, or keys that replace the person's own keyboard."""
    markup = params.map("reply_markup")
    rows = markup.get("inline_keyboard") or []
    keys = markup.get("keyboard") or []
    if not isinstance(rows, list) or not isinstance(keys, list):
        raise bad("can't parse reply keyboard markup JSON object")
    contact = [key for row in keys for key in row if isinstance(key, dict) and key.get("request_contact")]
    return {
        "buttons": tuple(tuple(_button(one) for one in row) for row in rows if row),
        "keyboard": tuple(tuple(_label(key) for key in row) for row in keys if row),
        "contact_label": _label(contact[0]) if contact else "",
    }


def _label(key: object) -> str:
    return str(key.get("text", "")) if isinstance(key, dict) else str(key)


def _button(given: object) -> Button:
    if not isinstance(given, dict) or not given.get("text"):
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    payload = str(given.get("callback_data") or "")
    if not payload and not given.get("url"):
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(payload.encode()) > LARGEST_PAYLOAD:
        raise bad("BUTTON_DATA_INVALID")
    return Button(str(given["text"]), payload or str(given["url"]))


def _say(net: TelegramNet, chat: Chat, text: str, params: Params, **more: object) -> Json:
    place, markup = _place(chat, params), _markup(params)
    net.spend(chat)
    silent = params.flag("disable_notification")
    message = chat.write(
        text, net.now(), author=net.bot["first_name"], status="delivered", silent=silent, **place, **markup, **more
    )
    return chat.as_json(message)


def send_message(net: TelegramNet, params: Params) -> object:
    chat = writable(net, params)
    text, entities = _words(params, "text", LONGEST_TEXT)
    if not text:
        raise bad("message text is empty")
    return _say(net, chat, text, params, entities=entities)


def _uploaded(params: Params, kind: str, mime: str, content: bytes) -> Attachment:
    return Attachment(kind, mime, content, name=params.file_name(kind) if kind == "document" else "")


def _sender(kind: str, mime: str) -> Method:
    def send(net: TelegramNet, params: Params) -> object:
        chat = writable(net, params)
        caption, entities = _words(params, "caption", LONGEST_CAPTION)
        content = params.file(kind)
        if content is None and params.text(kind) not in net.files:
            raise bad("wrong file identifier/HTTP URL specified")
        kept = net.files[params.text(kind)] if content is None else net.keep(_uploaded(params, kind, mime, content))
        return _say(net, chat, caption, params, entities=entities, attachments=(kept,))

    return send


# --- later changes --------------------------------------------------------------------------------------------------


def _own_message(net: TelegramNet, params: Params, what: str) -> tuple[Chat, Message]:
    chat = writable(net, params)
    message = chat.find(params.text("message_id"))
    if message is None:
        raise bad(f"message to {what} not found")
    if message.mine and what == "edit":
        raise bad("message can't be edited")
    return chat, message


def edit_message_text(net: TelegramNet, params: Params) -> object:
    chat, message = _own_message(net, params, "edit")
    text, entities = _words(params, "text", LONGEST_TEXT)
    if not text:
        raise bad("message text is empty")
    buttons = _markup(params)["buttons"]
    if (text, entities, buttons) == (message.text, message.entities, message.buttons):
        raise bad(NOT_MODIFIED)
    net.spend(chat)
    message.history.append(message.text)
    return _changed(net, chat, message, text=text, entities=entities, buttons=buttons)


def edit_message_reply_markup(net: TelegramNet, params: Params) -> object:
    chat, message = _own_message(net, params, "edit")
    buttons = _markup(params)["buttons"]
    if buttons == message.buttons:
        raise bad(NOT_MODIFIED)
    return _changed(net, chat, message, buttons=buttons)


def _changed(net: TelegramNet, chat: Chat, message: Message, **fields: object) -> Json:
    for name, value in fields.items():
        setattr(message, name, value)
    message.extra["edit_date"] = seconds(net.now())
    return chat.as_json(message)


def answer_callback_query(net: TelegramNet, params: Params) -> object:
    press = net.presses.get(params.text("callback_query_id"))
    if press is None or press.answered or net.now() - press.at > PRESS_LIVES:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    text = params.text("text")
    if len(text) > LONGEST_TOAST:
        raise bad("MESSAGE_TOO_LONG")
    press.answered = True
    if text:
        toast = Toast(press.person.id, text, params.flag("show_alert"))
        press.message.toasts.append(toast)
        press.person.toasts.append(toast)
    return True


def set_message_reaction(net: TelegramNet, params: Params) -> object:
    _, message = _own_message(net, params, "react")
    message.reactions = [str(one.get("emoji", "")) for one in params.list("reaction")]
    if len(message.reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    return True


# --- updates --------------------------------------------------------------------------------------------------------


async def get_updates(net: TelegramNet, params: Params) -> object:
    _set_allowed(net, params)
    limit = min(max(params.number("limit", 100), 1), 100)
    return await net.updates.get(params.number("offset"), limit, params.number("timeout"))


def _set_allowed(net: TelegramNet, params: Params) -> None:
    """The kinds wanted; the earlier list stays when the parameter is absent."""
    wanted = params.json("allowed_updates")
    if isinstance(wanted, list):
        net.updates.allowed = [str(one) for one in wanted] or None


def set_webhook(net: TelegramNet, params: Params) -> object:
    url, secret = params.text("url"), params.text("secret_token")
    if url and not url.startswith("https://") and host_of(url) not in LOOPBACK:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    _set_allowed(net, params)
    if params.flag("drop_pending_updates"):
        net.updates.drop_all()
    net.updates.set_webhook(Webhook(url, secret, params.number("max_connections", 40)) if url else None)
    return True


def delete_webhook(net: TelegramNet, params: Params) -> object:
    if params.flag("drop_pending_updates"):
        net.updates.drop_all()
    net.updates.set_webhook(None)
    return True


def get_webhook_info(net: TelegramNet, params: Params) -> object:
    webhook, updates = net.updates.webhook, net.updates
    info: Json = {
        "url": webhook.url if webhook else "", "has_custom_certificate": False,
        "pending_update_count": len(updates.waiting),
    }  # fmt: skip
    if updates.last_error:
        info |= {"last_error_date": seconds(net.now()), "last_error_message": updates.last_error}
    return info | ({"allowed_updates": updates.allowed} if updates.allowed else {})


# --- who and what ---------------------------------------------------------------------------------------------------


def get_me(net: TelegramNet, params: Params) -> object:
    able = {"can_join_groups": True, "can_read_all_group_messages": not net.privacy, "supports_inline_queries": False}
    return net.bot | able


def get_chat(net: TelegramNet, params: Params) -> object:
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, False)}
    return chat_json(find_chat(net, params)) | full


def _member(net: TelegramNet, chat: Chat, user_id: int) -> Json:
    if user_id == net.bot["id"]:
        return member_json(net.bot, chat.bot_status)
    if user_id not in net.people:
        raise bad("user not found")
    return member_json(person_json(net.people[user_id]), chat.members.get(user_id, "left"))


def get_chat_member(net: TelegramNet, params: Params) -> object:
    return _member(net, find_chat(net, params), params.number("user_id"))


def get_chat_administrators(net: TelegramNet, params: Params) -> object:
    chat = find_chat(net, params)
    if chat.person is not None:
        raise bad("there are no administrators in the private chat")
    leading = [one for one, status in chat.members.items() if status in ("administrator", "creator")]
    return [_member(net, chat, one) for one in leading]


def get_file(net: TelegramNet, params: Params) -> object:
    found = net.files.get(params.text("file_id"))
    if found is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    return file_json(found) | {"file_path": f"{found.kind}s/{found.ref}"}


def send_chat_action(net: TelegramNet, params: Params) -> object:
    writable(net, params)
    return True


def _scope(params: Params) -> tuple[str, str]:
    return json.dumps(params.map("scope") or {"type": "default"}, sort_keys=True), params.text("language_code")


def set_my_commands(net: TelegramNet, params: Params) -> object:
    commands = params.list("commands")
    for one in commands:
        if not COMMAND.fullmatch(str(one.get("command", "")).removeprefix("/")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(one.get("description", ""))) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    net.commands[_scope(params)] = commands
    return True


def get_my_commands(net: TelegramNet, params: Params) -> object:
    return net.commands.get(_scope(params), [])


def delete_my_commands(net: TelegramNet, params: Params) -> object:
    net.commands.pop(_scope(params), None)
    return True


METHODS: dict[str, Method] = {
    "getme": get_me,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "sendmessage": send_message,
    "sendphoto": _sender("photo", "image/jpeg"),
    "senddocument": _sender("document", "application/octet-stream"),
    "editmessagetext": edit_message_text,
    "editmessagereplymarkup": edit_message_reply_markup,
    "answercallbackquery": answer_callback_query,
    "setmessagereaction": set_message_reaction,
    "sendchataction": send_chat_action,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "getchat": get_chat,
    "getchatmember": get_chat_member,
    "getchatadministrators": get_chat_administrators,
    "getfile": get_file,
}
