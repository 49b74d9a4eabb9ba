"""catch_up: what a provider knows and never told us: messages that did not reach the door (they go through the same
inbox), and what became of messages of ours whose callback did not come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import structlog

from bot.channels.base import NotFetched
from bot.core.conversation import Say, To
from bot.core.delivery import Failed, Outcome
from bot.core.inbound import Letter, Receipt
from bot.core.messages import LettersParked
from bot.store import Store, Tx
from bot.store.inbox import put_aside
from bot.store.restored import RESTORED
from bot.store.saying import Cause
from handlers.receipts import note_look
from jobs.admins import tell_of_settings
from jobs.prices import read_prices

log = structlog.get_logger("catch_up")

OVERLAP = timedelta(minutes=30)  # the provider's list may show a message later than it was sent
FURTHEST = timedelta(hours=24)
ASKED_AT_ONCE = 20
ASK_AGAIN = timedelta(seconds=10)  # wait per channel after a provider did not answer: one account may have several


class Holding(Protocol):
    """A channel whose provider keeps what people wrote."""

    async def held_messages(self, since: datetime) -> list[Letter]:
        """What people wrote since an instant. Raises NotFetched, since an empty list would mean that nobody wrote."""
        ...


@runtime_checkable
class Telling(Protocol):
    """A channel whose provider can be asked what became of a message."""

    async def statuses(self, provider_ids: Iterable[str]) -> list[Receipt]:
        """Raises NotFetched."""
        ...

    def judge(self, code: str) -> Outcome:
        """The outcome of a failed receipt's code."""
        ...


async def ask_after(store: Store, channels: Mapping[str, Any]) -> int:
    """Ask what became of messages that were taken and have not arrived, and send on those that have waited too long;
    how many were looked at.

    The provider is asked first: a callback that was lost must not make a second message. One that cannot be asked
    now is asked again in five minutes; for a channel that cannot be asked at all the silence itself counts.
    """
    rows = await store.write(_to_ask)
    silent: set[str] = set()  # their providers do not answer now
    for row in rows:
        if row.channel in silent:
            continue
        channel = channels.get(row.channel)
        receipt: Receipt | None = None
        outcome: Outcome = Failed("no receipt")
        if isinstance(channel, Telling) and row.provider_id:
            try:
                receipt = next(iter(await channel.statuses([row.provider_id])), None)
            except NotFetched as error:
                log.warning("status_not_read", channel=row.channel, outbox=row.id, why=str(error))
                silent.add(row.channel)
                continue
            outcome = channel.judge(receipt.code) if receipt is not None else outcome
        await store.write(_looked, row.id, receipt, outcome)
    return len(rows)


def _looked(tx: Tx, row_id: int, receipt: Receipt | None, outcome: Outcome) -> None:
    note_look(tx, row_id, receipt, outcome)
    if receipt is not None:
        tell_of_settings(tx, receipt, outcome)


def _to_ask(tx: Tx) -> Sequence[Any]:
    return tx.undelivered.to_ask(ASKED_AT_ONCE)


def may_ask(tx: Tx, channel: str) -> bool:
    """Whether a provider may be called now. One that is down gets one call in ten seconds, and a waiting message is the
    better probe."""
    state = tx.runs.channel(channel)
    if state.state != "down":
        return True
    if tx.outbox.waiting(channel) or (state.probe_at is not None and state.probe_at > tx.real):
        return False
    tx.runs.probing(channel)
    return True


class CatchUp:
    """The job `catch_up`: what a provider holds and the door never got."""

    def __init__(self, store: Store, channels: Mapping[str, Holding]) -> None:
        self._store = store
        self._channels = channels

    async def turn(self) -> datetime | None:
        """Fetch what came since the last look, from the first activation on, a day back at most; ask after messages
        of ours that have no receipt. When to come again if a provider could not be asked."""
        failed = 0
        for name, channel in self._channels.items():
            try:
                failed += not await self._fetch(name, channel)
            except NotFetched as error:
                log.warning("list_not_read", channel=name, why=str(error))
                failed += 1
        if failed:
            return self._store.clock.now() + ASK_AGAIN * failed
        while await ask_after(self._store, self._channels) == ASKED_AT_ONCE:
            pass
        await read_prices(self._store, self._channels)
        return None

    async def _fetch(self, name: str, channel: Holding) -> bool:
        """Fetch one channel's letters into the inbox; False when its provider may not be called now. Raises
        NotFetched."""
        if not await self._store.write(may_ask, name):
            return False
        started = self._store.clock.now()
        since = await self._store.write(_since, name)
        letters = await channel.held_messages(since)
        restored = await self._store.write(_restored_since, name)
        if restored is not None and letters:
            letters = await self._put_aside(name, channel, letters, restored)
        new = await self._store.put(letters) if letters else 0
        await self._store.write(_note, name, started)
        if new:
            log.info("caught_up", channel=name, letters=new)
        return True

    async def _put_aside(
        self, name: str, channel: Holding, letters: Sequence[Letter], restored: datetime
    ) -> list[Letter]:
        """The first look of a desk that came back from a backup: what was written before it did was most likely
        answered then, and is shown to staff instead of being answered twice. The letters written since."""
        since = {letter.provider_id for letter in await channel.held_messages(restored)}
        before = [letter for letter in letters if letter.provider_id not in since]
        await self._store.write(_aside, name, before)
        return [letter for letter in letters if letter.provider_id in since]


def _restored_since(tx: Tx, channel: str) -> datetime | None:
    """When the desk came back from a backup, if nobody has looked at this channel since."""
    restored, looked = tx.runs.noted(RESTORED), tx.runs.noted(f"caught_up:{channel}")
    if restored is None or looked is None or datetime.fromisoformat(looked) >= datetime.fromisoformat(restored):
        return None
    return datetime.fromisoformat(restored)


def _aside(tx: Tx, channel: str, letters: Sequence[Letter]) -> None:
    count = put_aside(tx, letters, "restored from a backup: perhaps answered before")
    desk = tx.departments.first()
    if count and desk is not None:
        say = Say(message=LettersParked(channel, count=count), to=To.STAFF, department_id=desk.id)
        tx.speech.say(say, Cause("clock"), default_key=f"restored:{channel}:{int(tx.now.timestamp())}")


def _since(tx: Tx, channel: str) -> datetime:
    """The first look begins now: what people wrote before the desk was switched on is not for it."""
    noted = tx.runs.noted(f"caught_up:{channel}")
    if noted is None:
        tx.runs.note(f"caught_up:{channel}", tx.now.isoformat())
        tx.runs.note(f"activated:{channel}", tx.now.isoformat())
        return tx.now
    activated = datetime.fromisoformat(tx.runs.noted(f"activated:{channel}") or noted)
    return max(datetime.fromisoformat(noted) - OVERLAP, activated, tx.now - FURTHEST)


def _note(tx: Tx, channel: str, at: datetime) -> None:
    tx.runs.note(f"caught_up:{channel}", at.isoformat())
