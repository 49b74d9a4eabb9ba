"""Counts of messages, made before the log drops them, so that the figures of old days stay true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.store.notices import IN_A_CONVERSATION
from bot.store.tables import outbox, tally

if TYPE_CHECKING:
    from bot.store.transaction import Tx

NO_DESK = 0
# The columns needed to count a message.
COUNTED = (
    outbox.c.id, outbox.c.department_id, outbox.c.created_at, outbox.c.channel, outbox.c.message, outbox.c.state,
    outbox.c.op, outbox.c.about, outbox.c.contact_id, outbox.c.cost, outbox.c.cost_currency,
)  # fmt: skip


def keep(tx: Tx, rows: Iterable[Any]) -> None:
    """Count messages that are about to be dropped, in the transaction that drops them: each is either in the log or
    counted here."""
    many: Counter[tuple[Any, ...]] = Counter()
    cost: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        if row.op == "send" and row.contact_id is not None and row.about not in IN_A_CONVERSATION:
            key = (
                _day(tx, row), row.department_id or NO_DESK, row.channel, row.message, row.state,
                row.cost_currency or "",
            )  # fmt: skip
            many[key] += 1
            cost[key] += row.cost or 0
    for key, count in sorted(many.items()):
        _add(tx, key, count, cost[key])


def _day(tx: Tx, row: Any) -> str:
    """The civil day in the desk's zone, 2026-11-21."""
    desk = tx.departments.get(row.department_id) if row.department_id else None
    return f"{row.created_at.astimezone(desk.zone if desk else tx.desk.zone):%Y-%m-%d}"


def _add(tx: Tx, key: tuple[Any, ...], count: int, cost: int) -> None:
    named = dict(zip(("day", "department_id", "channel", "kind", "state", "currency"), key, strict=True))
    here = sa.and_(*(tally.c[name] == value for name, value in named.items()))
    more = {"messages": tally.c.messages + count, "cost": tally.c.cost + cost}
    if tx.run(sa.update(tally).where(here).values(more)).rowcount == 0:
        tx.insert_new(tally, **named, messages=count, cost=cost)


def days_within(since: datetime, until: datetime) -> sa.ColumnElement[bool]:
    """Of the days of a period those that begin in it, by the zone of `since`: of a day that is cut off at the beginning
    nobody knows any more what came before and what after."""
    whole = since if f"{since:%H%M%S%f}" == "0" * 12 else since + timedelta(days=1)
    last = until.astimezone(since.tzinfo) - timedelta(microseconds=1)
    return tally.c.day.between(f"{whole:%Y-%m-%d}", f"{last:%Y-%m-%d}")
