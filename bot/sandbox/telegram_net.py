"""A stand-in for Telegram's Bot API server with one bot, the people and groups around it, and its updates.

It speaks the API's own HTTP on loopback (`/bot<token>/<method>`, form, multipart or JSON), so that aiogram talks to it
unchanged, and pushes updates to the service's real door with its real secret. Known limits: one bot, no inline mode, no
payments, no channels, only HTML as parse mode.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from bot.sandbox.faults import Fault
from bot.sandbox.message import Attachment, Message
from bot.sandbox.telegram_chats import INSIDE, Chat, Group, Person, membership_json
from bot.sandbox.telegram_methods import METHODS, ApiError, Params, get_updates
from bot.sandbox.telegram_shapes import Json
from bot.sandbox.telegram_updates import Conflict, Updates
from bot.sandbox.wire import CALL, Clock, Wire

PER_GROUP, PER_GROUP_SECONDS = 20, 60.0
PER_SECOND = 30
FIRST_UPDATE = 810_000_000


@dataclass(slots=True)
class Press:
    """A button pressed and, once answered, no longer to be answered."""

    person: Person
    message: Message
    at: datetime
    answered: bool = False


class TelegramNet(Wire):
    """The bot, everybody it can meet, and what it was told."""

    def __init__(self, now: Clock, pace: float, first: int = 1) -> None:
        super().__init__(now, pace)
        self.token = "7000000001:AAsandbox-desk_bot_of_the_network0"  # noqa: S105 (opens nothing but this stand-in)
        self.bot: Json = {"id": 7000000001, "is_bot": True, "first_name": "Prêté-Rendu", "username": "pret_rendu_bot"}
        self.privacy = True  # in groups the bot hears commands, replies to it and service lines only
        self.limits = False  # the real limits on real time: 20 a minute in a group, 30 a second in all
        self.first = first
        self.numbers = itertools.count(first)
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self.updates = Updates(self, FIRST_UPDATE + first)
        self.presses: dict[str, Press] = {}
        self.files: dict[str, Attachment] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self._press_numbers = itertools.count(4_000_000_001)
        self._spent: defaultdict[int, deque[float]] = defaultdict(deque)

    @property
    def username(self) -> str:
        return str(self.bot["username"])

    # --- who is there -----------------------------------------------------------------------------------------------

    def person(self, person_id: int, name: str, username: str = "", *, phone: str = "", language: str = "fr") -> Person:
        """The person with this id, made at first mention."""
        if person_id not in self.people:
            self.people[person_id] = Person(self, person_id, name, username, phone, language)
        return self.people[person_id]

    def group(self, group_id: int, title: str) -> Group:
        """The group with this id, made at first mention; ids from -1000000000000 down are supergroups."""
        if group_id >= 0:
            raise ValueError("the id of a group is negative")
        if group_id not in self.groups:
            is_super = group_id <= -1_000_000_000_000
            self.groups[group_id] = Group(self, group_id, "supergroup" if is_super else "group", title=title)
        return self.groups[group_id]

    def chats(self) -> list[Chat]:
        return [person.private for person in self.people.values()] + list(self.groups.values())

    def chat_of(self, message: Message) -> Chat:
        """The chat a message stands in. Raises LookupError."""
        for chat in self.chats():
            if any(one is message for one in chat.messages):
                return chat
        raise LookupError(f"no chat holds {message.text!r}")

    # --- towards the bot --------------------------------------------------------------------------------------------

    def bot_sees(self, chat: Chat, message: Message) -> bool:
        """Privacy mode. A bare `/command` counts as seen, since no other bot is in these groups."""
        if chat.person is not None:
            return True
        if chat.bot_status not in INSIDE:
            return False
        if chat.bot_status == "administrator" or not self.privacy:
            return True
        replied = chat.find(message.reply_to)
        return self._is_our_command(message.text) or (replied is not None and not replied.mine)

    def _is_our_command(self, text: str) -> bool:
        word = text.split(maxsplit=1)[0] if text.startswith("/") else ""
        name = word.partition("@")[2]
        return bool(word) and (not name or name.lower() == self.username.lower())

    async def tell(self, kind: str, lane: str, content: Json) -> bool:
        """Gives the bot an update; with a webhook, waits until it was tried. Whether it has arrived by then."""
        update = self.updates.put(kind, lane, content)
        if update is None or self.updates.webhook is None:
            return False
        await update.tried.wait()
        return update.gone

    async def membership(self, chat: Chat, by: Person, before: str, after: str) -> None:
        await self.tell("my_chat_member", f"user:{by.id}", membership_json(chat, by, self.bot, before, after))

    def new_press(self, person: Person, message: Message) -> str:
        press = str(next(self._press_numbers))
        self.presses[press] = Press(person, message, self.now())
        return press

    def keep(self, attachment: Attachment) -> Attachment:
        """Stores a file under an id that getFile and the file's own address know."""
        number = f"{len(self.files)}:{id(self)}"
        ref = "AgACAgQAAx" + hashlib.sha256(number.encode()).hexdigest()[:40]
        self.files[ref] = replace(attachment, ref=ref)
        return self.files[ref]

    # --- from the bot -----------------------------------------------------------------------------------------------

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/file/bot{token}/{path:.+}", self._file),
            web.route("*", "/bot{token}/{method}", self._method),
            web.route("*", "/{tail:.*}", _nowhere),
        ]

    def error(self, fault: Fault) -> web.Response:
        if fault.status != 429:
            return _refusal(ApiError(fault.status, fault.text or "Refused on demand"))
        if fault.retry_after is None:
            return _refusal(ApiError(429, "Too Many Requests"))
        return _refusal(too_many(fault.retry_after))

    async def _method(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _refusal(ApiError(401, "Unauthorized"))
        name, call = request.match_info["method"].lower(), request[CALL]
        try:
            params = Params.of(call)
            if name == "getupdates":
                return _result(await get_updates(self, params))
            if name not in METHODS:
                return _refusal(ApiError(404, "Not Found"))
            return _result(METHODS[name](self, params))
        except ApiError as error:
            return _refusal(error)
        except Conflict as conflict:
            return _refusal(ApiError(409, f"Conflict: {conflict}"))

    async def _file(self, request: web.Request) -> web.Response:
        found = self.files.get(request.match_info["path"].rpartition("/")[2])
        if request.match_info["token"] != self.token or found is None:
            return _refusal(ApiError(404, "Not Found"))
        return web.Response(body=found.content, content_type=found.mime)

    def spend(self, chat: Chat) -> None:
        """Counts a message against the limits. Raises ApiError 429 with the seconds to wait."""
        if not self.limits:
            return
        self._within(0, PER_SECOND, 1.0)
        if chat.person is None:
            self._within(chat.id, PER_GROUP, PER_GROUP_SECONDS)
        moment = time.monotonic()
        self._spent[0].append(moment)
        self._spent[chat.id].append(moment)

    def _within(self, key: int, most: int, length: float) -> None:
        spent, moment = self._spent[key], time.monotonic()
        while spent and moment - spent[0] > length:
            spent.popleft()
        if len(spent) >= most:
            raise too_many(math.ceil(length - (moment - spent[0])))


def too_many(retry_after: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def _result(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _refusal(error: ApiError) -> web.Response:
    body: Json = {"ok": False, "error_code": error.status, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.status)


async def _nowhere(_: web.Request) -> web.Response:
    return _refusal(ApiError(404, "Not Found"))
