"""catch_up: messages the provider holds that never reached the door. They go through the same inbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.core.inbound import Letter
from bot.store import Store, Tx

log = structlog.get_logger("catch_up")

OVERLAP = timedelta(minutes=30)  # the provider's list may show a message later than it was sent
FURTHEST = timedelta(hours=24)


class Holding(Protocol):
    """A channel whose provider keeps what people wrote."""

    async def held_messages(self, since: datetime) -> list[Letter]:
        """Raises OSError-like faults of its own as an empty list is no proof of silence."""
        ...


class CatchUp:
    def __init__(self, store: Store, channels: Mapping[str, Holding]) -> None:
        self._store = store
        self._channels = channels

    async def turn(self) -> None:
        """Fetch what came since the last look, from the first activation on, a day back at most."""
        for name, channel in self._channels.items():
            started = self._store.clock.now()
            since = await self._store.write(_since, name)
            letters = await channel.held_messages(since)
            new = await self._store.put(letters) if letters else 0
            await self._store.write(_note, name, started)
            if new:
                log.info("caught_up", channel=name, letters=new)


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
