"""The updates a bot has not confirmed yet, and the two ways to get them: pushed to a webhook, or asked for.

Facts kept from the real server: one queue per chat (per person for presses and membership), one update of a queue at
a time, queues side by side; a push that is not answered with 2xx is tried again at once, then after 2, 4, 8… seconds,
60 at most; an update is dropped when it is too old; one webhook or one reader, never both.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp

from bot.core.records import record

if TYPE_CHECKING:
    from bot.sandbox.wire import Wire

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
LIFE = timedelta(hours=24)
LIFE_OF_A_PRESS = timedelta(seconds=150)
LONGEST_BACK_OFF = 60.0  # seconds, at pace 1
ANSWER_WITHIN = 60.0  # seconds of real time


class Conflict(Exception):
    """Answered 409; `str(error)` is the description."""


@record(frozen=True, slots=True)
class Webhook:
    url: str
    secret: str
    max_connections: int = 40


@dataclass(slots=True)
class Update:
    """One update on its way. `tried` is set once it was offered, or when its queue is stuck behind another."""

    update_id: int
    lane: str
    kind: str
    content: dict[str, object]
    since: datetime
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    gone: bool = False

    def as_json(self) -> dict[str, object]:
        return {"update_id": self.update_id, self.kind: self.content}


class Updates:
    """What the bot has still to hear."""

    def __init__(self, wire: Wire, first: int) -> None:
        self.wire = wire
        self.webhook: Webhook | None = None
        self.allowed: list[str] | None = None  # None: the default set
        self.waiting: list[Update] = []
        self.last_error = ""
        self._numbers = itertools.count(first)
        self._lanes: set[str] = set()
        self._news = asyncio.Event()
        self._reader: asyncio.Event | None = None  # set to send the present reader away

    def put(self, kind: str, lane: str, content: dict[str, object]) -> Update | None:
        """Queues an update and starts pushing it if there is a webhook; None when the bot did not ask for this kind."""
        wanted = kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT
        if not wanted:
            return None
        update = Update(next(self._numbers), lane, kind, content, self.wire.now())
        self.waiting.append(update)
        self._news.set()
        self._push(lane)
        return update

    def _alive(self) -> list[Update]:
        now = self.wire.now()
        for update in self.waiting:
            life = LIFE_OF_A_PRESS if update.kind == "callback_query" else LIFE
            update.gone = update.gone or now - update.since > life
        self._settle()
        return self.waiting

    def _settle(self) -> None:
        for update in self.waiting:
            if update.gone:
                update.tried.set()
        self.waiting = [update for update in self.waiting if not update.gone]

    def drop_all(self) -> None:
        for update in self.waiting:
            update.gone = True
        self._settle()

    # --- pushed -----------------------------------------------------------------------------------------------------

    def set_webhook(self, webhook: Webhook | None) -> None:
        self.webhook = webhook
        for lane in {update.lane for update in self.waiting}:
            self._push(lane)

    def _push(self, lane: str) -> None:
        if self.webhook is not None and lane not in self._lanes:
            self._lanes.add(lane)
            self.wire.errands.run(self._work(lane))

    async def _work(self, lane: str) -> None:
        try:
            failures = 0
            while self.webhook is not None and (update := self._first(lane)) is not None:
                if await self._offer(update, self.webhook):
                    update.gone = True
                    self._settle()
                    failures = 0
                else:
                    self._let_go(lane)
                    await self.wire.rest(min(2.0**failures, LONGEST_BACK_OFF) if failures else 0)
                    failures += 1
        finally:
            self._lanes.discard(lane)

    def _first(self, lane: str) -> Update | None:
        return next((update for update in self._alive() if update.lane == lane), None)

    def _let_go(self, lane: str) -> None:
        """Whoever waits for an update of this queue need not wait for its next try."""
        for update in self.waiting:
            if update.lane == lane:
                update.tried.set()

    async def _offer(self, update: Update, webhook: Webhook) -> bool:
        body = json.dumps(update.as_json()).encode()
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        try:
            status = await self.wire.post(webhook.url, body, headers, ANSWER_WITHIN)
        except (aiohttp.ClientError, TimeoutError) as error:
            self.last_error = f"Connection failed: {type(error).__name__}"
            return False
        if 200 <= status < 300:
            return True
        self.last_error = f"Wrong response from the webhook: {status}"
        return False

    # --- asked for --------------------------------------------------------------------------------------------------

    async def get(self, offset: int, limit: int, seconds: float) -> list[dict[str, object]]:
        """What waits from `offset` on; everything before it counts as heard and goes.

        A negative offset counts from the end. Waits up to `seconds` of real time for something to come.
        Raises Conflict.
        """
        if self.webhook is not None:
            raise Conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete it first")
        leave = self._take_over()
        self._confirm(offset)
        end = asyncio.get_running_loop().time() + seconds
        while not self._alive() and not leave.is_set():
            left = end - asyncio.get_running_loop().time()
            if left <= 0 or not await self._hear(leave, left):
                break
        if leave.is_set():
            raise Conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
        if self._reader is leave:
            self._reader = None
        return [update.as_json() for update in self._alive()[:limit]]

    def _take_over(self) -> asyncio.Event:
        if self._reader is not None:
            self._reader.set()
            self._news.set()
        self._reader = asyncio.Event()
        return self._reader

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            kept = {update.update_id for update in self.waiting[offset:]}
        else:
            kept = {update.update_id for update in self.waiting if update.update_id >= offset}
        for update in self.waiting:
            update.gone = update.gone or update.update_id not in kept
        self._settle()

    async def _hear(self, leave: asyncio.Event, within: float) -> bool:
        """Waits for news; False when none came in time."""
        self._news.clear()
        if leave.is_set():
            return False
        try:
            await asyncio.wait_for(self._news.wait(), within)
        except TimeoutError:
            return False
        return True
