"""What messages cost: providers publish a price some time after a message left, and only on request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import structlog

from bot.channels.base import NotFetched
from bot.core.inbound import Price
from bot.store import Store, Tx

log = structlog.get_logger("prices")

LAGS = (timedelta(hours=1), timedelta(hours=25))  # most prices are known within the hour, some carriers take a day
AT_LEAST = timedelta(hours=1)  # an idle desk asks once an hour
FURTHEST = timedelta(days=7)


@runtime_checkable
class Pricing(Protocol):
    """A channel whose provider reports what messages cost."""

    def prices(self, since: datetime, until: datetime) -> AsyncIterator[list[Price]]:
        """Page by page, of messages that left in between. Raises NotFetched."""
        ...


async def read_prices(store: Store, channels: Mapping[str, Any]) -> None:
    """Ask each channel that tells what its messages cost, an hour and once more a day after they left. One that cannot
    be asked is asked about the same hours at the next turn."""
    for name, channel in channels.items():
        if not isinstance(channel, Pricing):
            continue
        for lag in LAGS:
            try:
                await _read(store, name, channel, lag)
            except NotFetched as error:
                log.warning("prices_not_read", channel=name, why=str(error))
                break


async def _read(store: Store, name: str, channel: Pricing, lag: timedelta) -> None:
    span = await store.write(_span, name, lag)
    if span is None:
        return
    async for prices in channel.prices(*span):
        await store.write(_keep, name, prices)
    await store.write(_note, name, lag, span[1])


def _span(tx: Tx, channel: str, lag: timedelta) -> tuple[datetime, datetime] | None:
    """From when to when messages left whose prices are to be read now. The first look only begins the count."""
    until = tx.now - lag
    noted = tx.runs.noted(_mark(channel, lag))
    if noted is None:
        _note(tx, channel, lag, tx.now)
        return None
    since = max(datetime.fromisoformat(noted), until - FURTHEST)
    return (since, until) if until - since >= AT_LEAST else None


def _keep(tx: Tx, channel: str, prices: list[Price]) -> None:
    tx.costs.told(channel, prices)


def _note(tx: Tx, channel: str, lag: timedelta, until: datetime) -> None:
    tx.runs.note(_mark(channel, lag), until.isoformat())


def _mark(channel: str, lag: timedelta) -> str:
    return f"priced:{channel}:{lag // timedelta(hours=1)}"
