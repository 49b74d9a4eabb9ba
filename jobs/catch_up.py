"""catch_up: what a provider knows and never told us: messages that did not reach the door (they go through the same
inbox), and what became of messages of ours whose callback did not come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import structlog

from bot.channels.base import NotFetched
from bot.core.delivery import Failed, Outcome
from bot.core.inbound import Letter, Receipt
from bot.store import Store, Tx
from handlers.receipts import note_look

log = structlog.get_logger("catch_up")

OVERLAP = timedelta(minutes=30)  # the provider's list may show a message later than it was sent
FURTHEST = timedelta(hours=24)
ASKED_AT_ONCE = 20


class Holding(Protocol):
    """A channel whose provider keeps what people wrote."""

    async def held_messages(self, since: datetime) -> list[Letter]:
        """Raises OSError-like faults of its own as an empty list is no proof of silence."""
        ...


@runtime_checkable
class Telling(Protocol):
    """A channel whose provider can be asked what became of a message."""

    async def statuses(self, provider_ids: Iterable[str]) -> list[Receipt]:
        """Raises NotFetched."""
        ...

    def judge(self, code: str) -> Outcome:
        """What the code of a failed receipt comes to."""
        ...


async def ask_after(store: Store, channels: Mapping[str, Any], limit: int = ASKED_AT_ONCE) -> int:
    """Ask what became of messages that were taken and have not arrived, and send on those that have waited too long;
    how many were looked at.

    The provider is asked first: a callback that was lost must not make a second message. One that cannot be asked
    now is asked again in five minutes; for a channel that cannot be asked at all the silence itself counts.
    """
    rows = await store.write(_to_ask, limit)
    for row in rows:
        channel = channels.get(row.channel)
        receipt: Receipt | None = None
        outcome: Outcome = Failed("no receipt")
        if isinstance(channel, Telling) and row.provider_id:
            try:
                receipt = next(iter(await channel.statuses([row.provider_id])), None)
            except NotFetched as error:
                log.warning("status_not_read", channel=row.channel, outbox=row.id, why=str(error))
                continue
            outcome = channel.judge(receipt.code) if receipt is not None else outcome
        await store.write(note_look, row.id, receipt, outcome)
    return len(rows)


def _to_ask(tx: Tx, limit: int) -> Any:
    return tx.undelivered.to_ask(limit)


class CatchUp:
    def __init__(self, store: Store, channels: Mapping[str, Holding]) -> None:
        self._store = store
        self._channels = channels

    async def turn(self) -> None:
        """Fetch what came since the last look, from the first activation on, a day back at most; ask after messages
        of ours that have no receipt."""
        for name, channel in self._channels.items():
            started = self._store.clock.now()
            since = await self._store.write(_since, name)
            letters = await channel.held_messages(since)
            new = await self._store.put(letters) if letters else 0
            await self._store.write(_note, name, started)
            if new:
                log.info("caught_up", channel=name, letters=new)
        while await ask_after(self._store, self._channels) == ASKED_AT_ONCE:
            pass


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
