"""Figures of the notification log: how much was sent, what arrived, how fast; and how the queue stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.money import Cost
from bot.core.records import record
from bot.store.engine import is_sqlite
from bot.store.hints import off_index
from bot.store.notices import IN_A_CONVERSATION
from bot.store.reports import TO_PEOPLE
from bot.store.runs import GROUP_LOST
from bot.store.tables import OUTBOX_WAITS, channel_state, inbox, meta, outbox, planned, spent, tally
from bot.store.tally import days_within

if TYPE_CHECKING:
    from bot.store.store import Store

MEDIAN_OF = 10_000  # messages: more of them hardly change a median


@record(frozen=True, slots=True)
class Tally:
    """Messages of one channel and kind created in one period, by state and by the currency of their cost. `cost`: their
    sum, None when the provider reported none."""

    channel: str
    kind: str
    state: str
    count: int
    cost: Cost | None = None


@record(frozen=True, slots=True)
class Queue:
    """The outbox now: rows that wait, those of them that are due, those being sent, and since when the oldest is
    due."""

    waiting: int
    due: int
    sending: int
    oldest_due: datetime | None


async def tallies(store: Store, since: datetime, until: datetime, department_id: int | None) -> list[Tally]:
    """What was begun in a period, by channel, kind, state and currency of the cost; what the log has dropped by its
    whole days. Raises StoreBusy."""
    both = sa.union_all(_in_log(since, until, department_id), _dropped(since, until, department_id)).subquery()
    by = (both.c.channel, both.c.kind, both.c.state, both.c.currency)
    query = sa.select(*by, sa.func.sum(both.c.messages), sa.func.sum(both.c.cost)).group_by(*by)
    rows: Sequence[Any] = await store.rows(query.order_by(*by))
    return [
        Tally(channel, kind, state, int(count), Cost(int(micro), currency) if currency else None)
        for channel, kind, state, currency, count, micro in rows
    ]


def _in_log(since: datetime, until: datetime, department_id: int | None) -> sa.Select[Any]:
    by = (outbox.c.channel, outbox.c.message, outbox.c.state, outbox.c.cost_currency)
    currency = sa.func.coalesce(outbox.c.cost_currency, "").label("currency")
    many, cost = sa.func.count().label("messages"), sa.func.coalesce(sa.func.sum(outbox.c.cost), 0).label("cost")
    query = sa.select(outbox.c.channel, outbox.c.message.label("kind"), outbox.c.state, currency, many, cost)
    return query.where(*_of(since, until, department_id)).group_by(*by)


def _dropped(since: datetime, until: datetime, department_id: int | None) -> sa.Select[Any]:
    query = sa.select(tally.c.channel, tally.c.kind, tally.c.state, tally.c.currency, tally.c.messages, tally.c.cost)
    query = query.where(days_within(since, until))
    return query if department_id is None else query.where(tally.c.department_id == department_id)


async def median_seconds(
    store: Store, since: datetime, until: datetime, department_id: int | None, channel: str
) -> float | None:
    """Half of a channel's messages (of very many: of the newest) took no longer than this from leaving to being
    delivered. None without receipts."""
    arrived = sa.and_(
        *_of(since, until, department_id), outbox.c.channel == channel, outbox.c.delivered_at.is_not(None),
        outbox.c.sent_at.is_not(None),
    )  # fmt: skip
    newest = sa.select(_taken(store).label("seconds")).where(arrived).order_by(outbox.c.created_at.desc())
    some = newest.limit(MEDIAN_OF).subquery()
    count = (await store.rows(sa.select(sa.func.count()).select_from(some)))[0][0]
    if not count:
        return None
    rows = await store.rows(sa.select(some.c.seconds).order_by(some.c.seconds).limit(1).offset((count - 1) // 2))
    return max(0.0, float(rows[0][0]))


async def queue(store: Store, now: datetime, department_id: int | None = None) -> Queue:
    """The state of the outbox."""
    # Not by the desk's whole log.
    mine = [] if department_id is None else [off_index(outbox.c.department_id) == department_id]
    waits = sa.and_(OUTBOX_WAITS, *mine)
    due = sa.and_(waits, outbox.c.next_at <= now)
    waiting = await store.rows(sa.select(sa.func.count()).where(waits))
    soonest: Sequence[Any] = await store.rows(sa.select(sa.func.count(), sa.func.min(outbox.c.next_at)).where(due))
    sending = await store.rows(sa.select(sa.func.count()).where(outbox.c.state == "sending", *mine))
    return Queue(waiting[0][0], soonest[0][0], sending[0][0], soonest[0][1])


async def channels(store: Store) -> dict[str, tuple[str, datetime | None]]:
    """Channel → (up, down or config; since when). Channels that never had a fault are absent."""
    rows: Sequence[Any] = await store.rows(sa.select(channel_state))
    return {row.channel: (row.state, row.since) for row in rows}


async def groups_lost(store: Store, now: datetime) -> int:
    """Desks whose staff group took no message since yesterday. What the morning tells them fails each day until the
    group is back, or another one theirs."""
    recent = (now - timedelta(days=1)).astimezone(UTC).date().isoformat()
    lost = meta.c.name.like(f"{GROUP_LOST}%") & (meta.c.value >= recent)
    rows: Sequence[Any] = await store.rows(sa.select(sa.func.count()).select_from(meta).where(lost))
    return int(rows[0][0])


async def spent_in(
    store: Store, since: datetime, until: datetime, department_id: int | None
) -> list[tuple[str, str, int, int]]:
    """(month, channel, messages, segments) of the months that a period touches, as providers bill them: by UTC."""
    first, last = f"{since.astimezone(UTC):%Y-%m}", f"{until.astimezone(UTC):%Y-%m}"
    query = (
        sa.select(spent.c.month, spent.c.channel, sa.func.sum(spent.c.messages), sa.func.sum(spent.c.segments))
        .where(spent.c.month.between(first, last))
        .group_by(spent.c.month, spent.c.channel)
        .order_by(spent.c.month, spent.c.channel)
    )
    mine = query if department_id is None else query.where(spent.c.department_id == department_id)
    rows: Sequence[Any] = await store.rows(mine)
    return [(row[0], row[1], int(row[2]), int(row[3])) for row in rows]


def days(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Each civil day of a period, by the zone of `since`; the first and last may be cut."""
    found, start = [], since
    while start < until:
        morning = (start + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        found.append((start, min(morning, until)))
        start = morning
    return found


def _of(since: datetime, until: datetime, department_id: int | None) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [
        outbox.c.created_at >= since, outbox.c.created_at < until, TO_PEOPLE,
        outbox.c.about.not_in(IN_A_CONVERSATION),
    ]  # fmt: skip
    # SQLite is kept to the days asked for: it would scan all that the desk ever sent instead.
    return found if department_id is None else [*found, off_index(outbox.c.department_id) == department_id]


def _taken(store: Store) -> sa.ColumnElement[Any]:
    """Seconds from leaving to being delivered."""
    delivered, sent = outbox.c.delivered_at, outbox.c.sent_at
    if is_sqlite(store.url):
        return (sa.type_coerce(delivered, sa.BigInteger()) - sa.type_coerce(sent, sa.BigInteger())) / 1_000_000.0
    return sa.extract("epoch", delivered - sent)


@record(frozen=True, slots=True)
class Backlog:
    """What is not done yet, of every desk. `*_since`: when the oldest of it came, or was due."""

    letters: int
    letters_since: datetime | None
    parked: int
    planned_due: int
    planned_since: datetime | None
    unfinished: list[tuple[str, str, int]]  # (channel, state, messages)


async def backlog(store: Store, now: datetime) -> Backlog:
    """What waits in inbox, plan and outbox. Each query reads a partial index and no closed row. Raises StoreBusy."""
    new = sa.select(sa.func.count(), sa.func.min(inbox.c.received_at)).where(inbox.c.state == "new")
    parked = sa.select(sa.func.count()).where(inbox.c.state == "parked")
    come = (planned.c.state == "planned") & (planned.c.at <= now)
    due = sa.select(sa.func.count(), sa.func.min(planned.c.at)).where(come)
    of = (outbox.c.channel, outbox.c.state)
    unfinished = [
        (row.channel, row.state, row.many)
        for key in (OUTBOX_WAITS, outbox.c.state == "sending", outbox.c.state == "unsure")
        for row in await store.rows(sa.select(*of, sa.func.count().label("many")).where(key).group_by(*of))
    ]
    one: list[Any] = [(await store.rows(query))[0] for query in (new, parked, due)]
    (letters, since), (aside,), (on_time, earliest) = one
    return Backlog(letters, since, aside, on_time, earliest, unfinished)
